// Points of a history one by one, for tests that look at single ones.

import type { History, HistoryLine, HistoryQuery, Store } from '../../node/ports.ts';
import { createPoints } from '../../node/storage/history/points.ts';

/** Null three times: a gap. */
export interface HistoryPoint extends HistoryLine {
  readonly atMs: number;
  readonly min: number | null;
  readonly avg: number | null;
  readonly max: number | null;
  readonly count: number;
}

const numberAt = (column: Float64Array, place: number): number => {
  const value = column[place];
  if (value === undefined) throw new Error(`a column of points ends before place ${place}`);
  return value;
};

export function pointList({ lines, points }: Pick<History, 'lines' | 'points'>): HistoryPoint[] {
  return Array.from(points.line, (number, place) => {
    const line = lines[number];
    if (line === undefined) throw new Error(`no line ${number}`);
    const known = (column: Float64Array): number | null => {
      const value = numberAt(column, place);
      return Number.isNaN(value) ? null : value;
    };
    return {
      ...line,
      atMs: numberAt(points.atMs, place),
      ...{ min: known(points.min), avg: known(points.avg), max: known(points.max) },
      count: numberAt(points.count, place),
    };
  });
}

/** The other way round: of points that a test has made up. */
export function historyOf(list: readonly HistoryPoint[]): Pick<History, 'lines' | 'points'> {
  const keys = [...new Set(list.map(({ node, metric, unit }) => `${node}\n${metric}\n${unit}`))];
  const lines = keys.map((key) => {
    const [node = '', metric = '', unit = ''] = key.split('\n');
    return { node, metric, unit };
  });
  const { points, add } = createPoints(list.length);
  for (const { node, metric, unit, atMs, min, avg, max, count } of list) {
    const place = keys.indexOf(`${node}\n${metric}\n${unit}`);
    add(place, atMs, min ?? NaN, avg ?? NaN, max ?? NaN, count);
  }
  return { lines, points };
}

type Listed = Omit<History, 'lines' | 'points'> & { readonly points: HistoryPoint[] };

export const listed = ({ lines, points, ...rest }: History): Listed => ({
  ...rest,
  points: pointList({ lines, points }),
});

export const askStore = async (store: Store, query: HistoryQuery): Promise<Listed> =>
  listed(await store.history(query));
