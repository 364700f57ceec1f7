import { describe, expect, test } from 'vitest';
import { CPU, LOAD1 } from '../../node/config/metrics.ts';
import { OperatingError } from '../../node/errors.ts';
import type { Probe, Reading } from '../../node/ports.ts';
import { createProbeRunner } from '../../node/probes/runner.ts';

const clock = () => 0;

function probe(name: string, collect: Probe['collect']): Probe {
  return { name, metrics: [CPU, LOAD1], collect };
}

const cpu = (value: number): Reading[] => [{ metric: 'cpu', value }];

describe('outcomes', () => {
  test('ok, no data and failed are told apart, each with its duration', async () => {
    let nowMs = 0;
    const slow = probe('slow', () => {
      nowMs += 7;
      return cpu(1);
    });
    const none = probe('none', () => []);
    const broken = probe('broken', () => Promise.reject(new Error('disk on fire')));
    const runner = createProbeRunner([slow, none, broken], { monotonicMs: () => nowMs });
    expect(runner.runs()).toEqual([]);
    expect(await runner.collect(0)).toEqual(cpu(1));
    expect(runner.runs()).toEqual([
      { probe: 'slow', outcome: 'ok', durationMs: 7 },
      { probe: 'none', outcome: 'no_data', durationMs: 0 },
      {
        probe: 'broken',
        outcome: 'failed',
        durationMs: 0,
        problem: 'disk on fire; please report it',
      },
    ]);
  });

  test.each([
    [
      'throws',
      () => {
        throw new TypeError('no such thing');
      },
    ],
    ['rejects', () => Promise.reject(new TypeError('no such thing'))],
    ['rejects with nothing', () => Promise.reject(undefined)],
  ])('a probe that %s never stops the others', async (_, collect) => {
    const probes = [probe('bad', collect), probe('good', () => cpu(2))];
    const runner = createProbeRunner(probes, { monotonicMs: clock });
    expect(await runner.collect(0)).toEqual(cpu(2));
    expect(runner.runs()[0]).toMatchObject({ probe: 'bad', outcome: 'failed' });
  });

  test('a probe that recovers is ok again', async () => {
    let broken = true;
    const flaky = probe('flaky', () => {
      if (broken) throw new Error('not now');
      return cpu(3);
    });
    const runner = createProbeRunner([flaky], { monotonicMs: clock });
    await runner.collect(0);
    broken = false;
    expect(await runner.collect(1000)).toEqual(cpu(3));
    expect(runner.runs()).toEqual([{ probe: 'flaky', outcome: 'ok', durationMs: 0 }]);
  });

  test('the time of the sample is handed to every probe', async () => {
    const seen: number[] = [];
    const note = (nowMs: number) => {
      seen.push(nowMs);
      return [];
    };
    const runner = createProbeRunner([probe('a', note), probe('b', note)], { monotonicMs: clock });
    await runner.collect(42);
    expect(seen).toEqual([42, 42]);
  });
});

describe('remarks', () => {
  test('stand beside readings, and beside a failure of another reason', async () => {
    const remarks = () => ['/data is closed', 'disk on fire'];
    const measuring = { ...probe('measuring', () => cpu(1)), remarks };
    const failing = {
      ...probe('failing', () => Promise.reject(new OperatingError('x', 'disk on fire'))),
      remarks,
    };
    const runner = createProbeRunner([measuring, failing], { monotonicMs: clock });
    expect(await runner.collect(0)).toEqual(cpu(1));
    expect(runner.runs()).toMatchObject([
      { outcome: 'ok', remarks: ['/data is closed', 'disk on fire'] },
      { outcome: 'failed', problem: 'disk on fire', remarks: ['/data is closed'] },
    ]);
  });

  test('are bounded, and say so', async () => {
    const remarks = () => Array.from({ length: 300 }, (_, index) => `/disk${index} is closed`);
    const runner = createProbeRunner([{ ...probe('many', () => cpu(1)), remarks }], {
      monotonicMs: clock,
    });
    await runner.collect(0);
    expect(runner.runs()[0]?.remarks).toHaveLength(16);
    expect(runner.runs()[0]?.remarks?.at(-1)).toBe('more remarks of this kind are left out');
  });
});

describe('values', () => {
  test.each([Number.NaN, Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY])(
    '%s is refused and fails the probe; its other readings stand',
    async (value) => {
      const both = [...cpu(value), { metric: 'load1', value: 1 }];
      const runner = createProbeRunner([probe('odd', () => both)], { monotonicMs: clock });
      expect(await runner.collect(0)).toEqual([{ metric: 'load1', value: 1 }]);
      expect(runner.runs()[0]?.problem).toBe(`it measured cpu as ${value}; please report it`);
    },
  );

  test('a metric that the probe does not declare is refused', async () => {
    const stray = probe('stray', () => [{ metric: 'secret', value: 1 }]);
    const runner = createProbeRunner([stray], { monotonicMs: clock });
    expect(await runner.collect(0)).toEqual([]);
    expect(runner.runs()[0]?.problem).toBe(
      'it measured secret, which it does not declare; please report it',
    );
  });
});

describe('a probe that hangs', () => {
  function createHanging() {
    const calls: ((readings: Reading[]) => void)[] = [];
    const hanging = probe('hanging', () => new Promise((resolve) => calls.push(resolve)));
    const quick = probe('quick', () => [{ metric: 'load1', value: 1 }]);
    const options = { monotonicMs: clock, patienceMs: 5 };
    return { calls, runner: createProbeRunner([hanging, quick], options) };
  }
  const quickReading = { metric: 'load1', value: 1 };

  test('does not hold up the sample, is not started again, and is told as failed', async () => {
    const { calls, runner } = createHanging();
    for (const second of [0, 1, 2]) {
      expect(await runner.collect(second * 1000)).toEqual([quickReading]);
      expect(runner.runs()[0]).toMatchObject({ probe: 'hanging', outcome: 'failed' });
      expect(runner.runs()[0]?.problem).toBe(
        'it does not answer within 5 ms and is left out until it does (disabled: hanging turns ' +
          'it off)',
      );
    }
    expect(calls).toHaveLength(1);
  });

  test('gives its late readings with the next sample, and then runs again', async () => {
    const { calls, runner } = createHanging();
    await runner.collect(0);
    calls[0]?.(cpu(9));
    await Promise.resolve();
    expect(await runner.collect(1000)).toEqual([...cpu(9), quickReading]);
    expect(runner.runs()[0]?.outcome).toBe('ok');
    await runner.collect(2000);
    expect(calls).toHaveLength(2);
  });
});
