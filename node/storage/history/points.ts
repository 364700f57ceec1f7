// Points of an answer as they are made: in columns, however many they are.

import type { History, HistoryLine, HistoryPoints } from '../../ports.ts';
import { byNames } from './grid.ts';

export interface PointColumns {
  readonly points: HistoryPoints;
  /** `line`: its place among the lines of the answer. NaN three times: a gap. */
  add(line: number, atMs: number, min: number, avg: number, max: number, count: number): void;
}

/** Room for `length` points, all of which are to be added. */
export function createPoints(length: number): PointColumns {
  const points = {
    line: new Uint32Array(length),
    atMs: new Float64Array(length),
    min: new Float64Array(length),
    avg: new Float64Array(length),
    max: new Float64Array(length),
    count: new Float64Array(length),
  };
  let place = 0;
  return {
    points,
    add(line, atMs, min, avg, max, count) {
      points.line[place] = line;
      points.atMs[place] = atMs;
      points.min[place] = min;
      points.avg[place] = avg;
      points.max[place] = max;
      points.count[place] = count;
      place += 1;
    },
  };
}

export const noPoints = (): Pick<History, 'lines' | 'points'> => ({
  lines: [],
  points: createPoints(0).points,
});

/** A row as it was stored, and the run that it is of. */
interface Row<Run> {
  readonly run: Run;
  readonly atMs: number;
  readonly value: number;
}

/** Each row is a point of its own; runs of one name are one line. */
export function pointsOfRows<Run extends HistoryLine>(
  rows: readonly Row<Run>[],
): Pick<History, 'lines' | 'points'> {
  const keys = new Map<Run, string>();
  const byKey = new Map<string, HistoryLine>();
  for (const { run } of rows) {
    if (keys.has(run)) continue;
    const { node, metric, unit } = run;
    const key = JSON.stringify([node, metric, unit]);
    keys.set(run, key);
    byKey.set(key, { node, metric, unit });
  }
  const ordered = [...byKey].sort(([, a], [, b]) => byNames(a, b));
  const places = new Map(ordered.map(([key], place) => [key, place]));
  const { points, add } = createPoints(rows.length);
  for (const { run, atMs, value } of rows) {
    add(places.get(keys.get(run) ?? '') ?? 0, atMs, value, value, value, 1);
  }
  return { lines: ordered.map(([, line]) => line), points };
}
