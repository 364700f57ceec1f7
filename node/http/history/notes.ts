// What a reader should know of an answer that is not all that was asked for, in sentences.

import type { History, HistoryQuery } from '../../ports.ts';
import { isoTime } from '../answers/number.ts';

/** No rounding, and no clock that is set a little at a time, ms. */
const AHEAD_MS = 60_000;

export function notesOf(query: HistoryQuery, history: History, nowMs: number): string[] {
  const { lines, limited, toMs, newestMs } = history;
  const notes: string[] = [];
  if (history.linesLeftOut !== undefined) notes.push(linesSentence(query, history.linesLeftOut));
  else if (limited === 'points') notes.push(pointsSentence(query, history));
  else if (limited === 'rows') notes.push(rowsSentence(history));
  else if (lines.length === 0) notes.push(nothingSentence(query, history));
  if (lines.length > 0 && newestMs !== undefined && toMs < query.toMs) {
    const newest = isoTime(newestMs);
    notes.push(`The newest row is of ${newest}: nothing is known after this answer.`);
  }
  if (newestMs !== undefined && newestMs > nowMs + AHEAD_MS) notes.push(aheadSentence(newestMs));
  return notes;
}

/** Of when they were really taken, which lies in a gap, nobody knows any more. */
const aheadSentence = (newestMs: number): string =>
  `Rows are stored with times up to ${isoTime(newestMs)}, which is later than now: the clock was ` +
  'ahead when they came. They are missing where they belong, and are told under those times.';

function pointsSentence({ limit, stepMs }: HistoryQuery, { fromMs }: History): string {
  const [what, fix] = stepMs < 1 ? ['rows', 'give a step'] : ['points', 'widen the step'];
  return (
    `More than ${limit} ${what} match: the newest are told, from ${isoTime(fromMs)} on; ` +
    `\`next\` leads to the rest; or raise the limit, ${fix}, or name a node and a metric.`
  );
}

const linesSentence = ({ limit }: HistoryQuery, leftOut: number): string =>
  `Of ${limit + leftOut} series only the first ${limit} by name are told, one point each: raise ` +
  'the limit, or name a node and a metric.';

const rowsSentence = ({ fromMs }: History): string =>
  `More rows are stored than one answer reads: it begins at ${isoTime(fromMs)}; \`next\` leads ` +
  'to the rest; or name a node and a metric, or ask for a shorter time.';

function nothingSentence(query: HistoryQuery, { newestMs }: History): string {
  const node = query.node === undefined ? '' : ` of node ${query.node}`;
  const metric = query.metric === undefined ? '' : ` of metric ${query.metric}`;
  const span = `between ${isoTime(query.fromMs)} and ${isoTime(query.toMs)}`;
  const newest = newestMs === undefined ? '' : `; the newest row is of ${isoTime(newestMs)}`;
  return `Nothing${node}${metric} is stored ${span}${newest}.`;
}
