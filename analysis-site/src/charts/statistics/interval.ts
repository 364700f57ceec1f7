// Means of runs with their 95 % intervals, as columns of a row and as words of a caption.

import { summarize } from '../../../../node/experiment/measures/statistics.ts';
import { counted, quantity } from '../drawing/format.ts';

export interface Interval {
  readonly mean: number;
  /** Null where one run alone says nothing of its spread. */
  readonly low: number | null;
  readonly high: number | null;
  /** Number of runs. */
  readonly count: number;
}

/** Where values can be: the interval of their mean does not know, and would go beyond. */
export type Bounds = readonly [least: number, most: number];

/** Bytes, times, counts and errors: what almost all figures show. */
const NOT_NEGATIVE: Bounds = [0, Infinity];
/** Shares of what another sent: as bad as can be, but never more than all. */
export const SAVED: Bounds = [-Infinity, 100];
/** For tables that write half of an interval beside the mean. */
export const UNBOUNDED: Bounds = [-Infinity, Infinity];

/** Undefined of no number at all; values that are none are left out. */
export function interval(
  values: readonly number[],
  [least, most]: Bounds = NOT_NEGATIVE,
): Interval | undefined {
  const numbers = values.filter(Number.isFinite);
  if (numbers.length === 0) return undefined;
  const { mean, low, high } = summarize(numbers);
  const count = numbers.length;
  if (!Number.isFinite(low)) return { mean, low: null, high: null, count };
  return { mean, low: Math.max(low, least), high: Math.min(high, most), count };
}

/** `475 B/s (95 % interval 450 to 500, 5 runs)`. */
export function spoken({ mean, low, high, count }: Interval, unit: string): string {
  const runs = counted(count, 'run');
  if (low === null || high === null) return `${quantity(mean, unit)} (${runs})`;
  const [from, to] = [quantity(low, unit), quantity(high, unit)];
  if (from === to) return `${quantity(mean, unit)} (${runs})`;
  // A unit that both share is said once; from ms to s, and from B to MB, there are two.
  const [start] = unitOf(from) === unitOf(to) ? from.split(' ') : [from];
  return `${quantity(mean, unit)} (95 % interval ${start} to ${to}, ${runs})`;
}

/** What follows the number, for numbers hold no space. */
const unitOf = (said: string): string => said.split(' ').slice(1).join(' ');
