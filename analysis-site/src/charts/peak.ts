// The sentence about what goes on along time or rounds: where it is highest, and its means.

import type { AlongRow } from './along.ts';
import { groupBy } from './data.ts';
import { quantity } from './format.ts';
import { spoken } from './interval.ts';

export interface PeakWords {
  readonly subject: string;
  readonly unit: string;
  /** `at 12 s`, `in round 3`. */
  at(x: number): string;
}

export const atTime = (x: number): string => `at ${quantity(x, 's')}`;
export const ofMeasuring = (x: number): string => `${atTime(x)} of the measured time`;
export const inRound = (x: number): string => `in round ${x}`;

/** Where it is highest, and what it is on average along x. */
export function peakCaption(rows: readonly AlongRow[], { subject, unit, at }: PeakWords): string {
  const peak = rows.reduce((top, row) => (row.mean > top.mean ? row : top));
  const averages = [...groupBy(rows, ({ series }) => series)]
    .map(([series, own]) => ({
      series,
      mean: own.reduce((sum, row) => sum + row.mean, 0) / own.length,
    }))
    .sort((a, b) => a.mean - b.mean);
  const value = spoken({ ...peak, count: peak.runs }, unit);
  if (rows.every(({ mean }) => mean === peak.mean)) return `${subject} is always ${value}`;
  const start = `${subject} is highest ${at(peak.x)} with ${peak.series}, ${value}`;
  const [least, most] = [averages[0], averages.at(-1)];
  if (rows.length < 2 || least === undefined || most === undefined) return start;
  if (least === most)
    return `${start}; its mean over all that time is ${quantity(most.mean, unit)}`;
  const lowest = `${quantity(least.mean, unit)} with ${least.series}`;
  const highest = `${quantity(most.mean, unit)} with ${most.series}`;
  return `${start}; over all that time its mean runs from ${lowest} to ${highest}`;
}
