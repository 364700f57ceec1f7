// From stored rows to buckets, for every store: a value holds until the next one of its line, until
// it is too old to be believed, or until a gap. Rows come newest first, one by one or summed up.

import type { History } from '../../ports.ts';
import type { Grid } from './grid.ts';
import { type Gap, isIn, without } from './lives.ts';
import { createPoints } from './points.ts';

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
  /** From `fromMs` on, where rows before it were not read. */
  answer(fromMs?: number): Pick<History, 'lines' | 'points'>;
}

/** A row for itself. */
export const partOf = (atMs: number, value: number): Part => ({
  ...{ count: 1, min: value, max: value, heldSum: 0, heldMs: 0 },
  ...{ firstMs: atMs, lastMs: atMs, lastValue: value },
});

/** What is known of each bucket of each line, in columns: an answer has thousands. */
function createBuckets(length: number) {
  const count = new Float64Array(length);
  const min = new Float64Array(length).fill(Infinity);
  const max = new Float64Array(length).fill(-Infinity);
  const heldSum = new Float64Array(length);
  const heldMs = new Float64Array(length);
  const at = (column: Float64Array, place: number): number => column[place] ?? 0;
  return {
    addRows(place: number, rows: number): void {
      count[place] = at(count, place) + rows;
    },
    addHeld(place: number, part: Pick<Part, 'min' | 'max' | 'heldSum' | 'heldMs'>): void {
      min[place] = Math.min(at(min, place), part.min);
      max[place] = Math.max(at(max, place), part.max);
      heldSum[place] = at(heldSum, place) + part.heldSum;
      heldMs[place] = at(heldMs, place) + part.heldMs;
    },
    rows: (place: number): number => at(count, place),
    /** Three times NaN where nothing held. */
    values(place: number): readonly [min: number, avg: number, max: number] {
      const ms = at(heldMs, place);
      if (ms === 0) return [NaN, NaN, NaN];
      const [least, most] = [at(min, place), at(max, place)];
      // Sums are rounded; a mean that lies outside would be no mean.
      return [least, Math.min(most, Math.max(least, at(heldSum, place) / ms)), most];
    },
  };
}

export function createFold(grid: Grid): Fold {
  const { stepMs, fromMs, toMs, firstBucket, lastBucket, lines } = grid;
  const width = Math.max(0, lastBucket - firstBucket + 1);
  const buckets = createBuckets(lines.length * width);
  const nextMs = lines.map(() => Number.POSITIVE_INFINITY);
  const placeOf = (line: number, bucket: number): number => line * width + bucket - firstBucket;
  const hold = (line: number, value: number, sinceMs: number, untilMs: number): void => {
    const endMs = Math.min(untilMs, toMs + 1);
    for (let atMs = Math.max(sinceMs, fromMs); atMs < endMs; ) {
      const bucket = Math.floor(atMs / stepMs);
      const borderMs = Math.min(endMs, (bucket + 1) * stepMs);
      const heldMs = borderMs - atMs;
      const held = { min: value, max: value, heldSum: value * heldMs, heldMs };
      buckets.addHeld(placeOf(line, bucket), held);
      atMs = borderMs;
    }
  };
  return {
    take(line, gaps, part) {
      const { lastMs, firstMs, lastValue } = part;
      if (firstMs >= fromMs && firstMs <= toMs) {
        const place = placeOf(line, Math.floor(firstMs / stepMs));
        buckets.addRows(place, part.count);
        if (!isIn(gaps, firstMs)) buckets.addHeld(place, part);
      }
      const endMs = Math.min(nextMs[line] ?? Infinity, lastMs + (lines[line]?.holdMs ?? 0));
      for (const known of without(gaps, lastMs, endMs)) {
        hold(line, lastValue, known.fromMs, known.untilMs);
      }
      nextMs[line] = firstMs;
    },
    answer(sinceMs = fromMs) {
      const first = Math.floor(sinceMs / stepMs);
      const { points, add } = createPoints(lines.length * Math.max(0, lastBucket - first + 1));
      for (let bucket = first; bucket <= lastBucket; bucket++) {
        lines.forEach((_, line) => {
          const place = placeOf(line, bucket);
          add(line, bucket * stepMs, ...buckets.values(place), buckets.rows(place));
        });
      }
      return { lines: lines.map(({ node, metric, unit }) => ({ node, metric, unit })), points };
    },
  };
}
