// When a node measures.

import { describe, expect, it } from 'vitest';
import { createSampler, type SamplerOptions } from '../../node/driver/sampler.ts';
import type { Reading } from '../../node/ports.ts';
import { createTestClock } from './support.ts';

const CPU: Reading = { metric: 'cpu', value: 1 };
const DISKS: Reading = { metric: 'disks', value: 2 };

function setUp(choices: Partial<SamplerOptions> = {}) {
  const clock = createTestClock();
  const collectedAt: number[] = [];
  const taken: { at: number; metrics: string[] }[] = [];
  const sampler = createSampler({
    clock,
    sampleMs: 1_000,
    everyMs: new Map(),
    collect: async (nowMs) => {
      collectedAt.push(nowMs);
      return [CPU, DISKS];
    },
    take: (readings) =>
      taken.push({ at: clock.monotonicMs(), metrics: readings.map(({ metric }) => metric) }),
    ...choices,
  });
  return { clock, sampler, collectedAt, taken };
}

describe('the sampler', () => {
  it('takes nothing from the first look, for rates need two; the second comes soon', async () => {
    const { clock, sampler, collectedAt, taken } = setUp();
    const started = sampler.start();
    await clock.advance(250);
    await started;
    expect(collectedAt).toEqual([0, 250]);
    expect(taken).toEqual([{ at: 250, metrics: ['cpu', 'disks'] }]);
  });

  it('measures at fixed steps from then on, however long a sample takes', async () => {
    const clock = createTestClock();
    const startedAt: number[] = [];
    const sampler = createSampler({
      clock,
      sampleMs: 1_000,
      everyMs: new Map(),
      collect: async (nowMs) => {
        startedAt.push(nowMs);
        const isFirstPair = startedAt.length <= 2;
        if (!isFirstPair) await new Promise<void>((resolve) => clock.after(400, resolve));
        return [CPU];
      },
      take: () => {},
    });
    void sampler.start();
    await clock.advance(4_500);
    expect(startedAt).toEqual([0, 250, 1_250, 2_250, 3_250, 4_250]);
  });

  it('never measures twice at once: a sample longer than the step delays the next', async () => {
    const clock = createTestClock();
    let running = 0;
    let most = 0;
    const startedAt: number[] = [];
    const sampler = createSampler({
      clock,
      sampleMs: 1_000,
      everyMs: new Map(),
      collect: async (nowMs) => {
        startedAt.push(nowMs);
        most = Math.max(most, ++running);
        if (startedAt.length > 2) await new Promise<void>((resolve) => clock.after(1_700, resolve));
        running--;
        return [CPU];
      },
      take: () => {},
    });
    void sampler.start();
    await clock.advance(6_000);
    expect(most).toBe(1);
    expect(startedAt).toEqual([0, 250, 1_250, 2_950, 4_650]);
  });

  it('takes a metric with a period of its own that seldom', async () => {
    const { clock, sampler, taken } = setUp({ everyMs: new Map([['disks', 3_000]]) });
    void sampler.start();
    await clock.advance(9_500);
    const takenAt = (metric: string) =>
      taken.filter(({ metrics }) => metrics.includes(metric)).map(({ at }) => at);
    expect(takenAt('cpu')).toHaveLength(10);
    expect(takenAt('disks')).toEqual([250, 3_250, 6_250, 9_250]);
  });

  it.each([0, 100, 250, 900, 1_250])(
    'leaves no timer when it is stopped after %d ms',
    async (ms) => {
      const { clock, sampler, collectedAt } = setUp();
      const started = sampler.start();
      await clock.advance(ms);
      const before = collectedAt.length;
      sampler.stop();
      await started;
      expect(clock.timers()).toBe(0);
      await clock.advance(5_000);
      expect(collectedAt.length).toBe(before);
    },
  );
});
