// The runs of an experiment by the points of its plan, and what each point's runs found together.

import { type Summary, summarize } from '../../experiment/measures/statistics.ts';
import {
  MEASURES,
  type MeasureRow,
  type PointColumns,
  type RunRow,
} from '../../storage/results/rows.ts';

export interface PointMeasure extends Summary {
  readonly name: string;
  readonly label: string;
  readonly unit: string;
  /** Runs that looked for it; `count` of them found it. */
  readonly runs: number;
}

export interface Point {
  readonly columns: PointColumns;
  /** All of them; measures are of those that got done. */
  readonly runs: readonly RunRow[];
  readonly measures: readonly PointMeasure[];
}

/** What people look at first. */
export const MAIN_MEASURES: readonly string[] = [
  'full_view_ms',
  'full_view_rounds',
  'update_p95_ms',
  'messages',
  'wire_bytes',
  'error_deltas',
  'lag_p95_ms',
  'cpu',
  'query_success',
  'detection_ms',
  'false_deaths',
  'recovery_ms',
];

export const POINT_NAMES = [
  'nodes',
  'roundMs',
  'maxRoundMs',
  'targetCount',
  'strategy',
  'exchange',
  'budgetBytes',
  'metricSet',
  'workload',
  'loss',
  'failureRate',
  'minDelayMs',
  'maxDelayMs',
] as const satisfies readonly (keyof PointColumns)[];

const pick = (run: RunRow): PointColumns =>
  Object.fromEntries(POINT_NAMES.map((name) => [name, run[name]])) as unknown as PointColumns;

/** In the order of the plan; measures in the order documents list them, then by label. */
export function pointsOf(runs: readonly RunRow[], measures: readonly MeasureRow[]): Point[] {
  const points = new Map<string, RunRow[]>();
  for (const run of runs) {
    const key = JSON.stringify(pick(run));
    const found = points.get(key);
    if (found === undefined) points.set(key, [run]);
    else found.push(run);
  }
  const byRun = Map.groupBy(measures, ({ runId }) => runId);
  return [...points].map(([key, ofPoint]) => {
    const done = ofPoint.filter(({ state }) => state === 'done');
    const columns = JSON.parse(key) as PointColumns;
    return { columns, runs: ofPoint, measures: summaries(done, byRun) };
  });
}

const ORDER = Object.keys(MEASURES);

const placeOf = (name: string): number => {
  const place = ORDER.indexOf(name);
  return place < 0 ? ORDER.length : place;
};

/** Priority 5 before 10. */
const inNaturalOrder = new Intl.Collator('en', { numeric: true }).compare;

function summaries(
  runs: readonly RunRow[],
  byRun: ReadonlyMap<number, readonly MeasureRow[]>,
): PointMeasure[] {
  const all = runs.flatMap(({ id }) => byRun.get(id) ?? []);
  const groups = Map.groupBy(all, ({ name, label }) => JSON.stringify([name, label]));
  return [...groups.values()]
    .flatMap((rows) => {
      const [first] = rows;
      if (first === undefined) return [];
      const { name, label, unit } = first;
      const summary = summarize(rows.map(({ value }) => value ?? Number.NaN));
      return [{ name, label, unit, runs: rows.length, ...summary }];
    })
    .sort((a, b) => placeOf(a.name) - placeOf(b.name) || inNaturalOrder(a.label, b.label));
}

/** The names of what differs between the points. */
export const varied = (points: readonly Point[]): (keyof PointColumns)[] =>
  POINT_NAMES.filter((name) => new Set(points.map(({ columns }) => columns[name])).size > 1);
