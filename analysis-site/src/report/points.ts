// Runs gathered into points, and what was measured at each: a mean with its interval and n.

import type {
  MeasureName,
  MeasureRow,
  PointColumns,
  RunRow,
} from '../../../node/storage/results/rows.ts';
import { MEASURES } from '../../../node/storage/results/rows.ts';
import { pointKey } from './conditions.ts';
import { type Estimate, estimate } from './estimate.ts';

export interface Point {
  readonly conditions: PointColumns;
  /** Repetitions that ended well; only they are measured. */
  readonly runs: readonly RunRow[];
}

/** One measure, and one label of it. */
export interface MeasureColumn {
  readonly name: MeasureName;
  readonly label: string;
  readonly unit: string;
}

export type EstimateOf = (point: Point, column: MeasureColumn) => Estimate;

/** In the order of the plan. */
export function pointsOf(runs: readonly RunRow[]): Point[] {
  const byKey = Map.groupBy(
    runs.filter(({ state }) => state === 'done'),
    (run) => pointKey(run),
  );
  return [...byKey.values()].flatMap(([first, ...others]) =>
    first === undefined ? [] : [{ conditions: first, runs: [first, ...others] }],
  );
}

const isMeasure = (name: string): name is MeasureName => Object.hasOwn(MEASURES, name);
const ORDER = Object.keys(MEASURES);

/** Every measure and label that these rows know, as the documents order them. */
export function columnsOf(measures: readonly MeasureRow[]): MeasureColumn[] {
  const columns = new Map<string, MeasureColumn>();
  for (const { name, label, unit } of measures) {
    if (isMeasure(name)) columns.set(`${name}/${label}`, { name, label, unit });
  }
  return [...columns.values()].sort(
    (a, b) =>
      ORDER.indexOf(a.name) - ORDER.indexOf(b.name) ||
      a.label.localeCompare(b.label, 'en', { numeric: true }),
  );
}

/** Looks estimates up in rows of measures; one pass over the rows, whatever is asked. */
export function estimator(measures: readonly MeasureRow[]): EstimateOf {
  const byRun = new Map<string, number | null>();
  for (const { runId, name, label, value } of measures) {
    byRun.set(`${runId}/${name}/${label}`, value);
  }
  return ({ runs }, { name, label }) => {
    const values = runs.map(({ id }) => byRun.get(`${id}/${name}/${label}`));
    return estimate(values.filter((value) => value !== undefined));
  };
}
