// What a reader should know of an answer that is not all that was asked for, in sentences.

import type { History, HistoryQuery } from '../../ports.ts';
import { isoTime } from '../number.ts';

export function notesOf(query: HistoryQuery, history: History): string[] {
  const { points, limited, fromMs, newestMs } = history;
  const wanted = `${query.node === undefined ? '' : ` of node ${query.node}`}${
    query.metric === undefined ? '' : ` of metric ${query.metric}`
  }`;
  if (limited === 'points') return [cutSentence(query, fromMs)];
  if (limited === 'rows') {
    const fix = 'name a node and a metric, or ask for a shorter time';
    return [`More rows are stored than one answer reads: it begins at ${isoTime(fromMs)}; ${fix}.`];
  }
  if (points.length > 0) return [];
  const last = newestMs === undefined ? '' : `; the newest row is of ${isoTime(newestMs)}`;
  return [
    `Nothing${wanted} is stored between ${isoTime(query.fromMs)} and ${spanEnd(query)}${last}.`,
  ];
}

const spanEnd = ({ toMs }: HistoryQuery): string => isoTime(toMs);

const cutSentence = ({ limit, stepMs }: HistoryQuery, fromMs: number): string => {
  const fix = stepMs < 1 ? 'give a step' : 'widen the step';
  const what = stepMs < 1 ? 'rows' : 'points';
  return (
    `More than ${limit} ${what} match: the newest are told, from ${isoTime(fromMs)} on; ` +
    `raise the limit, ${fix}, or name a node and a metric.`
  );
};
