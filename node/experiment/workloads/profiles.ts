// How each metric behaves: its natural range, and how far and how fast it moves by itself.
//
// A workload moves levels, 0 … 1 of a metric's range. Only a metric's name and unit matter, never
// its priority or delta: sets that differ in these must meet the same values to be compared.

import type { MetricDefinition } from '../../core/model.ts';

/** Shares are parts of the metric's range. */
export interface Profile {
  /** Where the level rests, give or take what makes nodes differ. */
  readonly rest: number;
  /** Standard deviation of a random walk. */
  readonly spread: number;
  /** How long a random walk remembers where it was. */
  readonly memoryMs: number;
  /** How far an event (burst, day) takes it. */
  readonly swing: number;
}

const MINUTE_MS = 60_000;

const profile = (rest: number, spread: number, memoryMinutes: number, swing: number): Profile => ({
  rest,
  spread,
  memoryMs: memoryMinutes * MINUTE_MS,
  swing,
});

/**
 * With the default deltas a random walk has news of cpu and of network every 15 s, of memory every
 * 2 to 3 min and of storage, which are urgent, every hour and a half or so: files pile up slowly.
 */
const BY_NAME: ReadonlyMap<string, Profile> = new Map([
  ['cpu', profile(0.35, 0.12, 2, 0.5)],
  ['memory', profile(0.5, 0.08, 5, 0.15)],
  ['network', profile(0.4, 0.08, 5, 0.4)],
  ['storage', profile(0.45, 0.05, 20, 0.02)],
  ['swap', profile(0.2, 0.04, 30, 0.02)],
  ['load1', profile(0.2, 0.12, 3, 0.4)],
]);

const USER_DEFINED = profile(0.5, 0.1, 3, 0.3);

export const profileOf = ({ name, unit }: MetricDefinition): Profile =>
  BY_NAME.get(name) ?? BY_NAME.get(unit === 'B/s' ? 'network' : '') ?? USER_DEFINED;

// Rates range over powers of ten, from an idle link to a busy one of 100 Mbit/s: 10⁴ … 10⁷ B/s.
const LEAST_RATE_EXPONENT = 4;
const RATE_DECADES = 3;

/** Four cores with two waiting for each, or so. */
const HIGHEST_LOAD = 8;

/** The value of a level; levels beyond the range end at its edge. Unknown units count 0 … 100. */
export function scaleOf({ name, unit }: MetricDefinition): (level: number) => number {
  if (unit === 'B/s') {
    return (level) => 10 ** (LEAST_RATE_EXPONENT + RATE_DECADES * within(level));
  }
  const highest = name === 'load1' ? HIGHEST_LOAD : 100;
  return (level) => highest * within(level);
}

const within = (level: number): number => Math.max(0, Math.min(1, level));
