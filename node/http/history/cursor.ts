// Where an answer goes on that did not fit: the rest of a history is what is earlier.

import * as v from 'valibot';
import type { History, HistoryQuery } from '../../ports.ts';
import { single } from '../access/validate.ts';

/** All until `toMs`, but for the newest rows of that very moment, which were told before. */
export interface Cursor {
  readonly toMs: number;
  readonly told: number;
}

const CURSOR_RULE = 'must be the cursor of an answer, as its `next` has it';

export const cursor = v.pipe(
  single,
  v.regex(/^\d{1,14}\.\d{1,5}$/, CURSOR_RULE),
  v.transform((text): Cursor => {
    const [toMs = '', told = ''] = text.split('.');
    return { toMs: Number(toMs), told: Number(told) };
  }),
);

export const writeCursor = ({ toMs, told }: Cursor): string => `${toMs}.${told}`;

/** The answer without what was told already; its columns are views of the old ones. */
export function withoutTold(history: History, told: number): History {
  if (told === 0) return history;
  const { line, atMs, min, avg, max, count } = history.points;
  const end = Math.max(0, atMs.length - told);
  const points = {
    line: line.subarray(0, end),
    atMs: atMs.subarray(0, end),
    min: min.subarray(0, end),
    avg: avg.subarray(0, end),
    max: max.subarray(0, end),
    count: count.subarray(0, end),
  };
  return { ...history, points };
}

/** Undefined where nothing was left out. */
export function cursorAfter(
  query: Pick<HistoryQuery, 'stepMs' | 'toMs'>,
  { limited, linesLeftOut, fromMs, points: { atMs } }: History,
  before: Cursor | undefined,
): Cursor | undefined {
  // Of lines that do not fit the rest cannot be told by time.
  if (limited === undefined || linesLeftOut !== undefined) return undefined;
  if (limited === 'rows' || query.stepMs >= 1) return { toMs: Math.ceil(fromMs) - 1, told: 0 };
  // The limit may have cut through the rows of one moment, in their fixed order.
  const oldestMs = atMs[0];
  if (oldestMs === undefined) return before;
  const told = atMs.findIndex((at) => at !== oldestMs);
  const earlier = before?.toMs === oldestMs ? before.told : 0;
  return { toMs: oldestMs, told: earlier + (told === -1 ? atMs.length : told) };
}
