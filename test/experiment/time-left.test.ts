// How long it will still take, beside runs of known length.

import { expect, it } from 'vitest';
import { createTimeLeft } from '../../node/experiment/time-left.ts';
import { specsOf } from './runs/support.ts';

const START = { phase: 'starting', doneMs: 0, phaseMs: 0 } as const;
const measuring = (share: number) =>
  ({ phase: 'measuring', doneMs: share * 1_000, phaseMs: 1_000 }) as const;

function set(flags: Record<string, string>) {
  const specs = specsOf(flags);
  const clock = { now: 0 };
  const timeLeft = createTimeLeft(specs, () => clock.now);
  const run = (forMs: number, then: 'end' | 'fail'): void => {
    const spec = specs.shift();
    if (spec !== undefined) timeLeft.begin(spec);
    clock.now += forMs;
    timeLeft[then]();
  };
  return { specs, clock, timeLeft, run };
}

it('is not known before anything was done', () => {
  const { timeLeft, specs } = set({ runs: '4' });
  timeLeft.begin(specs[0] as (typeof specs)[number]);
  expect(timeLeft.leftMs(START)).toBeUndefined();
});

it('is as long for each run that waits as for those that are done', () => {
  const { timeLeft, run } = set({ runs: '4' });
  run(2_000, 'end');
  expect(timeLeft.leftMs(START)).toBeCloseTo(6_000);
});

it('falls while a run is measured', () => {
  const { timeLeft, run, specs, clock } = set({ runs: '3' });
  run(2_000, 'end');
  timeLeft.begin(specs[0] as (typeof specs)[number]);
  clock.now += 1_000;
  expect(timeLeft.leftMs(measuring(0.5))).toBeCloseTo(3_000);
});

it('knows that larger simulated clusters take longer', () => {
  const { timeLeft, run } = set({ mode: 'simulate', nodes: '10,40' });
  run(1_000, 'end');
  expect(timeLeft.leftMs(START)).toBeCloseTo(8_000);
});

it('learns nothing from a run that failed, and waits for it no more', () => {
  const { timeLeft, run } = set({ runs: '4' });
  run(2_000, 'end');
  run(50, 'fail');
  expect(timeLeft.leftMs(START)).toBeCloseTo(4_000);
});
