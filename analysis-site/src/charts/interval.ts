// Means of runs with their 95 % intervals, as columns of a row and as words of a caption.

import { summarize } from '../../../node/experiment/measures/statistics.ts';
import { counted, quantity } from './format.ts';

export interface Interval {
  readonly mean: number;
  /** Null where one run alone says nothing of its spread. */
  readonly low: number | null;
  readonly high: number | null;
  /** Number of runs. */
  readonly count: number;
}

/**
 * Undefined of no number at all; values that are none are left out. Shares have an end, which the
 * interval of their mean does not know: `domain` says where.
 */
export function interval(
  values: readonly number[],
  [least, most]: readonly [number, number] = [-Infinity, Infinity],
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
