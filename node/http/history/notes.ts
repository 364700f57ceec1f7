// What a reader should know of an answer that is not all that was asked for, in sentences.

import type { History, HistoryQuery } from '../../ports.ts';
import { isoTime } from '../answers/number.ts';

/** No rounding, and no clock that is set a little at a time, ms. */
const AHEAD_MS = 60_000;

/** A row is written by then, ms. */
const WRITTEN_MS = 6_000;

/** `queuedRows`: those that the store has not written yet. */
export function notesOf(
  query: HistoryQuery,
  history: History,
  nowMs: number,
  queuedRows: number,
): string[] {
  const { lines, limited, toMs, newestMs } = history;
  const notes: string[] = [];
  if (history.linesLeftOut !== undefined) notes.push(linesSentence(query, history.linesLeftOut));
  else if (limited === 'points') notes.push(pointsSentence(query, history));
  else if (limited === 'rows') notes.push(rowsSentence(history));
  else if (lines.length === 0) notes.push(nothingSentence(query, history));
  if (lines.length > 0 && newestMs !== undefined && toMs < query.toMs) {
    const newest = isoTime(newestMs);
    notes.push(`The newest row is of ${newest}: nothing is known of the time after it.`);
  }
  if (newestMs !== undefined && newestMs > nowMs + AHEAD_MS) notes.push(aheadSentence(newestMs));
  if (queuedRows > 0 && lacksNewest(query, history, nowMs - WRITTEN_MS)) notes.push(UNWRITTEN);
  return notes;
}

/** Of the node that answers, and so lives: of others a null may be all there is to tell. */
function lacksNewest(query: HistoryQuery, { lines, points }: History, sinceMs: number): boolean {
  if (query.toMs <= sinceMs) return false;
  if (lines.length === 0) return query.node === undefined || query.node === query.observer;
  const { line, atMs, avg } = points;
  for (let place = atMs.length - 1; place >= 0; place--) {
    if ((atMs[place] ?? 0) + query.stepMs <= sinceMs) return false;
    const isOwn = lines[line[place] ?? 0]?.node === query.observer;
    if (isOwn && Number.isNaN(avg[place])) return true;
  }
  return false;
}

const UNWRITTEN =
  'Rows wait some seconds to be written and are missing here: ask again for the newest.';

/** Of when they were really taken, which lies in a gap, nobody knows any more. */
const aheadSentence = (newestMs: number): string =>
  `Rows are stored with times up to ${isoTime(newestMs)}, which is later than now: the clock was ` +
  'ahead when they came. They are missing at their true times, and will be returned under the ' +
  'stored times once those have come.';

function pointsSentence({ limit, stepMs }: HistoryQuery, { fromMs }: History): string {
  const [what, fix] = stepMs < 1 ? ['rows', 'give a step'] : ['points', 'widen the step'];
  return (
    `More than ${limit} ${what} match: the newest are returned, from ${isoTime(fromMs)} on; ` +
    `\`next\` leads to the rest; or raise the limit, ${fix}, or name a node and a metric.`
  );
}

const linesSentence = ({ limit }: HistoryQuery, leftOut: number): string =>
  `Of ${limit + leftOut} series only the first ${limit} by name are returned, one point each: ` +
  'raise the limit, or name a node and a metric.';

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
