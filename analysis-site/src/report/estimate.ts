// The mean of repeated runs and its interval, as tables show them.

import { interval, UNBOUNDED } from '../charts/statistics/interval.ts';

export interface Estimate {
  /** Null when no run had a value. */
  readonly mean: number | null;
  /** Half of the 95 % confidence interval of the mean; null below two runs. */
  readonly half: number | null;
  /** Runs with a value. */
  readonly n: number;
  /** Runs that looked for it and never saw it. */
  readonly missing: number;
}

/** A null was looked for and not there: it counts as missing, and not in the mean. */
export function estimate(values: readonly (number | null)[]): Estimate {
  const found = values.filter((value) => value !== null && Number.isFinite(value));
  const missing = values.length - found.length;
  const over = interval(found.map(Number), UNBOUNDED);
  if (over === undefined) return { mean: null, half: null, n: 0, missing };
  const { mean, low, high, count } = over;
  const half = low === null || high === null ? null : (high - low) / 2;
  return { mean, half, n: count, missing };
}
