// From stored rows to buckets, for every store: a value holds until the next one of its line, until
// it is too old to be believed, or until a gap. Rows come newest first, one by one or summed up.

import type { HistoryPoint } from '../../ports.ts';
import type { Grid, Line } from './grid.ts';
import { type Gap, isIn, without } from './lives.ts';

/** Rows of one line and one run that follow one another within one bucket. */
export interface Part {
  readonly count: number;
  readonly min: number;
  readonly max: number;
  /** Sum of value × ms over all but the last row, each held until the next. */
  readonly heldSum: number;
  /** Ms that those held. */
  readonly heldMs: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly lastValue: number;
}

export interface Fold {
  /**
   * The part before those that were given of this line. Between two of its rows there is no border
   * of `gaps`, of a bucket or of the grid.
   */
  take(line: number, gaps: readonly Gap[], part: Part): void;
  /** In the order of time, then of lines; from `fromMs` on, where rows before it were not read. */
  points(fromMs?: number): HistoryPoint[];
}

interface Bucket {
  count: number;
  min: number;
  max: number;
  heldSum: number;
  heldMs: number;
}

/** A row for itself. */
export const partOf = (atMs: number, value: number): Part => ({
  ...{ count: 1, min: value, max: value, heldSum: 0, heldMs: 0 },
  ...{ firstMs: atMs, lastMs: atMs, lastValue: value },
});

export function createFold(grid: Grid): Fold {
  const { stepMs, fromMs, toMs, firstBucket, lastBucket, lines } = grid;
  const buckets: Bucket[][] = lines.map(() => []);
  const nextMs = lines.map(() => Number.POSITIVE_INFINITY);
  const bucketAt = (line: number, number: number): Bucket => {
    const own = buckets[line] ?? [];
    const place = number - firstBucket;
    own[place] ??= { count: 0, min: Infinity, max: -Infinity, heldSum: 0, heldMs: 0 };
    return own[place];
  };
  const hold = (line: number, value: number, sinceMs: number, untilMs: number): void => {
    const endMs = Math.min(untilMs, toMs + 1);
    for (let atMs = Math.max(sinceMs, fromMs); atMs < endMs; ) {
      const number = Math.floor(atMs / stepMs);
      const borderMs = Math.min(endMs, (number + 1) * stepMs);
      add(bucketAt(line, number), value, value, value * (borderMs - atMs), borderMs - atMs);
      atMs = borderMs;
    }
  };
  return {
    take(line, gaps, part) {
      const { lastMs, firstMs, lastValue } = part;
      if (firstMs >= fromMs && firstMs <= toMs) {
        const bucket = bucketAt(line, Math.floor(firstMs / stepMs));
        bucket.count += part.count;
        if (!isIn(gaps, firstMs)) add(bucket, part.min, part.max, part.heldSum, part.heldMs);
      }
      const endMs = Math.min(nextMs[line] ?? Infinity, lastMs + (lines[line]?.holdMs ?? 0));
      for (const known of without(gaps, lastMs, endMs)) {
        hold(line, lastValue, known.fromMs, known.untilMs);
      }
      nextMs[line] = firstMs;
    },
    points(sinceMs = fromMs) {
      const points: HistoryPoint[] = [];
      for (let number = Math.floor(sinceMs / stepMs); number <= lastBucket; number++) {
        lines.forEach((line, index) => {
          points.push(pointOf(line, number * stepMs, buckets[index]?.[number - firstBucket]));
        });
      }
      return points;
    },
  };
}

function add(bucket: Bucket, min: number, max: number, heldSum: number, heldMs: number): void {
  bucket.min = Math.min(bucket.min, min);
  bucket.max = Math.max(bucket.max, max);
  bucket.heldSum += heldSum;
  bucket.heldMs += heldMs;
}

function pointOf(line: Line, atMs: number, bucket: Bucket | undefined): HistoryPoint {
  const { node, metric, unit } = line;
  const count = bucket?.count ?? 0;
  if (bucket === undefined || bucket.heldMs === 0) {
    return { node, metric, unit, atMs, min: null, avg: null, max: null, count };
  }
  const { min, max, heldSum, heldMs } = bucket;
  // Sums are rounded; a mean that lies outside would be no mean.
  const avg = Math.min(max, Math.max(min, heldSum / heldMs));
  return { node, metric, unit, atMs, min, avg, max, count };
}
