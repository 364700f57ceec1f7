// What an answer spans, decided before any row is read: lines times buckets keep within the limit.

import type { History, HistoryLine, HistoryQuery } from '../../ports.ts';

/** What one reader takes for one line: all runs of a node's metric in one unit. */
export interface Line extends HistoryLine {
  /** How long a value of it holds that is not told anew, ms. */
  readonly holdMs: number;
  /** Time of its newest row, wall clock, ms. */
  readonly newestMs: number;
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

/** The order of names, whatever the language of the machine. */
export const byNames = (a: HistoryLine, b: HistoryLine): number =>
  compare(a.node, b.node) || compare(a.metric, b.metric) || compare(a.unit, b.unit);

export interface Grid<L extends Line = Line> {
  readonly lines: readonly L[];
  readonly stepMs: number;
  /** Inclusive. */
  readonly fromMs: number;
  readonly toMs: number;
  readonly firstBucket: number;
  readonly lastBucket: number;
  readonly isLimited: boolean;
  /** Of lines that hold in the span, those beyond the limit. */
  readonly linesLeftOut: number;
}

export const holdOf = (query: HistoryQuery, metric: string): number =>
  query.holdsMs.get(metric) ?? query.holdMs;

/** Longest time before `fromMs` from which a value may hold into the span. */
export const longestHoldMs = (query: HistoryQuery): number =>
  Math.max(query.holdMs, ...query.holdsMs.values());

/**
 * Of the span that was asked for what is stored, and of that the newest: as many buckets as all
 * lines that still held in them may have. Lines that had ended before are left out.
 */
export function planGrid<L extends Line>(
  query: HistoryQuery,
  lines: readonly L[],
  oldestMs: number,
): Grid<L> {
  const stepMs = Math.floor(query.stepMs);
  const limit = Math.floor(query.limit);
  const asked = { fromMs: Math.ceil(query.fromMs), toMs: Math.floor(query.toMs) };
  const bucketOf = (atMs: number): number => Math.floor(atMs / stepMs);
  if (lines.length === 0 || asked.fromMs > asked.toMs || oldestMs > asked.toMs) {
    const nothing = {
      lines: [],
      firstBucket: 0,
      lastBucket: -1,
      isLimited: false,
      linesLeftOut: 0,
    };
    return { ...nothing, stepMs, ...asked };
  }
  const endsMs = lines.map(({ newestMs, holdMs }) => newestMs + holdMs).sort((a, b) => b - a);
  const startMs = Math.max(asked.fromMs, oldestMs);
  const spanTo = (toMs: number, buckets: number): number =>
    Math.max(startMs, (bucketOf(toMs) - buckets + 1) * stepMs);
  const pointsTo = (toMs: number, buckets: number): number =>
    buckets * countFrom(endsMs, spanTo(toMs, buckets));
  const bucketsTo = (toMs: number): number => Math.max(0, bucketOf(toMs) - bucketOf(startMs) + 1);

  // Buckets after the last value are worth telling, but not instead of values.
  const isRoomy = pointsTo(asked.toMs, bucketsTo(asked.toMs)) <= limit;
  const toMs = isRoomy ? asked.toMs : Math.min(asked.toMs, endsMs[0] ?? asked.toMs);
  const all = bucketsTo(toMs);
  const buckets = mostWithin(all, (count) => pointsTo(toMs, count) <= limit);
  const fromMs = spanTo(toMs, Math.max(buckets, Math.min(all, 1)));
  const held = lines.filter(({ newestMs, holdMs }) => newestMs + holdMs >= fromMs);
  return {
    lines: held.slice(0, limit),
    ...{ stepMs, fromMs, toMs },
    firstBucket: bucketOf(fromMs),
    lastBucket: bucketOf(toMs),
    isLimited: buckets < all || held.length > limit,
    linesLeftOut: Math.max(0, held.length - limit),
  };
}

/** What `History` says of it. */
export const limitsOf = ({
  isLimited,
  linesLeftOut,
}: Grid): Pick<History, 'limited' | 'linesLeftOut'> => ({
  ...(isLimited && { limited: 'points' }),
  ...(linesLeftOut > 0 && { linesLeftOut }),
});

/** Of descending numbers those that are at least `least`. */
const countFrom = (numbers: readonly number[], least: number): number =>
  mostWithin(numbers.length, (count) => (numbers[count - 1] ?? least) >= least);

/** The most of 0 to `all` that fits, where less always fits better. */
function mostWithin(all: number, fits: (count: number) => boolean): number {
  let [low, high] = [0, all];
  while (low < high) {
    // Their sum may be beyond whole numbers, where rounding would go round in circles.
    const middle = high - Math.floor((high - low) / 2);
    if (fits(middle)) low = middle;
    else high = middle - 1;
  }
  return low;
}
