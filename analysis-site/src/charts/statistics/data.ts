// Ways through an experiment's rows that the figures share.

import type {
  MeasureName,
  MeasureRow,
  PointColumns,
  RunRow,
} from '../../../../node/storage/results/rows.ts';
import { counted, listed, number, percent, quantity } from '../drawing/format.ts';
import { PART } from '../drawing/palette.ts';
import type { ExperimentData, Table } from '../figure.ts';

/** Runs that came to their end; what others left behind says nothing. */
export const finished = (data: ExperimentData): RunRow[] =>
  data.runs.filter(({ state }) => state === 'done');

export function groupBy<Key, Item>(
  items: Iterable<Item>,
  keyOf: (item: Item) => Key,
): Map<Key, Item[]> {
  const groups = new Map<Key, Item[]>();
  for (const item of items) {
    const key = keyOf(item);
    const group = groups.get(key);
    if (group === undefined) groups.set(key, [item]);
    else group.push(item);
  }
  return groups;
}

/** Rows of one table by run. */
export const byRun = <Name extends Table>(
  data: ExperimentData,
  table: Name,
): Map<number, ExperimentData['rows'][Name][number][]> =>
  groupBy<number, ExperimentData['rows'][Name][number]>(data.rows[table], ({ runId }) => runId);

/** A measure's rows by run; its values may be null. */
export function measures(data: ExperimentData, name: MeasureName): Map<number, MeasureRow[]> {
  const rows = data.rows.measures.filter((row) => row.name === name);
  return groupBy(rows, ({ runId }) => runId);
}

/** One value a run: of this label, of none, or the mean of all labels where it carries several. */
export function measureOf(rows: readonly MeasureRow[] | undefined, label?: string): number {
  const whole = rows?.some((row) => row.label === '') ? '' : undefined;
  const wanted = label ?? whole;
  const chosen = rows?.filter((row) => wanted === undefined || row.label === wanted) ?? [];
  return mean(chosen.map(({ value }) => value ?? Number.NaN).filter(Number.isFinite));
}

/**
 * A measure as one value a run, in the unit that `times` leads to. A run that looked for it has a
 * row of it, be it null; others are left out.
 */
export function measured(
  name: MeasureName,
  { label, times = 1 }: { label?: string; times?: number } = {},
): (data: ExperimentData) => Map<number, number | null> {
  return (data) => {
    const values = new Map<number, number | null>();
    for (const [runId, rows] of measures(data, name)) {
      if (label !== undefined && !rows.some((row) => row.label === label)) continue;
      const value = measureOf(rows, label);
      values.set(runId, Number.isFinite(value) ? value * times : null);
    }
    return values;
  };
}

/** When a run's last view became full, ms; undefined when one never did, or nobody looked. */
export function fullViewOf(data: ExperimentData): (run: RunRow) => number | undefined {
  const found = measures(data, 'full_view_ms');
  const nodes = byRun(data, 'nodes');
  return ({ id }) => {
    const measure = measureOf(found.get(id));
    if (Number.isFinite(measure)) return measure;
    const times = nodes.get(id)?.map(({ fullViewAtMs }) => fullViewAtMs) ?? [];
    return times.length > 0 && times.every(isNumber) ? Math.max(...times) : undefined;
  };
}

/** What a node added up round by round until all knew all, mean of a run; null: they never did. */
export function untilFullView(
  column: 'messages' | 'newEntries',
): (data: ExperimentData) => Map<number, number | null> {
  return (data) => {
    const rounds = byRun(data, 'rounds');
    const fullView = fullViewOf(data);
    const values = new Map<number, number | null>();
    for (const run of finished(data)) {
      const own = rounds.get(run.id);
      const until = fullView(run);
      if (own === undefined) continue;
      // Of a large fleet rounds are kept of some nodes alone.
      const nodes = new Set(own.map(({ node }) => node)).size;
      const before = own.filter(({ atMs }) => until !== undefined && atMs <= until);
      const sum = before.reduce((total, row) => total + row[column], 0);
      values.set(run.id, until === undefined ? null : sum / nodes);
    }
    return values;
  };
}

/** NaN of nothing. */
export const mean = (values: readonly number[]): number =>
  values.reduce((sum, value) => sum + value, 0) / values.length;

export const isNumber = (value: number | null | undefined): value is number =>
  typeof value === 'number' && Number.isFinite(value);

/** What a grid varies, and how a series says its choice; in this order. */
const NAMES = {
  strategy: (run) => run.strategy,
  exchange: (run) => run.exchange,
  metricSet: (run) => run.metricSet,
  workload: (run) => run.workload,
  nodes: (run) => `${number(run.nodes)} nodes`,
  targetCount: (run) => counted(run.targetCount, 'peer'),
  roundMs: (run) => `rounds of ${quantity(run.roundMs, 'ms')}`,
  budgetBytes: (run) => `budget ${quantity(run.budgetBytes, 'B')}`,
  loss: (run) => `loss ${percent(run.loss)}`,
  failureRate: (run) => `${percent(run.failureRate)} down`,
} as const satisfies Partial<Record<keyof PointColumns, (run: RunRow) => string>>;

export type Varied = keyof typeof NAMES;
const VARIED = Object.keys(NAMES) as Varied[];

const WORDS: Readonly<Record<Varied, string>> = {
  strategy: 'strategies',
  exchange: 'directions of exchange',
  metricSet: 'sets of priorities',
  workload: 'workloads',
  nodes: 'numbers of nodes',
  targetCount: 'numbers of peers a round',
  roundMs: 'lengths of a round',
  budgetBytes: 'byte budgets',
  loss: 'loss',
  failureRate: 'failure rates',
};

/** Columns in which these runs differ. */
export const varied = (runs: readonly RunRow[]): Varied[] =>
  VARIED.filter((column) => new Set(runs.map((run) => run[column])).size > 1);

/**
 * Names a run's series by all that varies besides the columns an axis already shows. The strategy
 * stands first, for it has a colour; where nothing else varies it is the whole name.
 */
export function seriesOf(
  runs: readonly RunRow[],
  besides: readonly Varied[] = [],
): (run: RunRow) => string {
  const columns = varied(runs).filter((column) => !besides.includes(column));
  if (columns.length === 0) return (run) => run.strategy;
  return (run) => columns.map((column) => NAMES[column](run)).join(PART);
}

/** Why there is nothing to see: `nothing` is what this experiment did not do (`ran no queries`). */
export function emptyBecause(data: ExperimentData, nothing: string): string {
  const runs = finished(data);
  if (runs.length === 0) return 'No run of this experiment has finished, so there are no figures.';
  const differs = varied(runs).map((column) => WORDS[column]);
  return differs.length === 0
    ? `This experiment ${nothing}.`
    : `This experiment compared ${listed(differs)}, but ${nothing}.`;
}
