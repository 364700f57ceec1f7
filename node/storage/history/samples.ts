// Answers a question about the past from rows that stand in memory: of the stores without SQL over
// samples, and of what waits for a server.

import type { History, HistoryQuery, Sample } from '../../ports.ts';
import { createFold, partOf } from './fold.ts';
import { byNames, holdOf, type Line, limitsOf, longestHoldMs, planGrid } from './grid.ts';
import { createLives, type LifeEvent, type Lives, type OwnRun } from './lives.ts';
import { pointsOfRows } from './points.ts';

/** A series as records and packs hold it. */
export interface Series extends Pick<Sample, 'node' | 'metric' | 'generation' | 'unit'> {
  readonly rows: readonly Pick<Sample, 'version' | 'value' | 'sampledAtMs'>[];
}

export interface Gathering {
  /** One record; those after it are older. Answers whether there is room for another. */
  add(series: readonly Series[], events: readonly LifeEvent[]): boolean;
  /** `isCut`: there are older records that were not added. */
  answer(isCut: boolean): History;
}

type Row = Series['rows'][number];
interface Run extends Omit<Series, 'rows'> {
  readonly rows: Row[];
}

/** Takes the rows that the question is about, `maxRows` of them and what their record has more. */
export function createGathering(query: HistoryQuery, maxRows: number): Gathering {
  const runs = new Map<string, Run>();
  const events: LifeEvent[] = [];
  const own = new Map<number, Required<OwnRun>>();
  /** When each run of the observer last said something of itself. */
  const saidMs = new Map<number, number>();
  const names = createNames();
  const sinceMs = query.fromMs - (query.stepMs < 1 ? 0 : longestHoldMs(query));
  let rowCount = 0;
  let newestMs: number | undefined;
  /** Newest row of the last record: all that is newer was taken. */
  let wholeFromMs = 0;

  const addSeries = ({ rows, ...series }: Series): void => {
    const { node, metric, generation, unit } = series;
    names.add(node, metric);
    const isWanted = (query.node ?? node) === node && (query.metric ?? metric) === metric;
    if (!isWanted && node !== query.observer) return;
    const key = JSON.stringify([node, metric, generation, unit]);
    const run = runs.get(key) ?? { ...series, rows: [] };
    for (const row of rows) {
      const atMs = Math.floor(row.sampledAtMs);
      wholeFromMs = Math.max(wholeFromMs, atMs);
      if (node === query.observer) {
        const known = own.get(generation) ?? { firstMs: atMs, lastMs: atMs };
        const firstMs = Math.min(known.firstMs, atMs);
        own.set(generation, { generation, firstMs, lastMs: Math.max(known.lastMs, atMs) });
      }
      if (!isWanted) continue;
      newestMs = Math.max(newestMs ?? atMs, atMs);
      if (atMs < sinceMs || atMs > query.toMs) continue;
      run.rows.push({ ...row, sampledAtMs: atMs });
      rowCount++;
    }
    if (run.rows.length > 0) runs.set(key, run);
  };
  return {
    add(series, seen) {
      wholeFromMs = 0;
      for (const event of seen) {
        const { node, generation, atMs } = event;
        if (atMs < sinceMs) continue;
        events.push(event);
        if (node !== query.observer) continue;
        saidMs.set(generation, Math.max(saidMs.get(generation) ?? 0, Math.floor(atMs)));
      }
      for (const each of series) addSeries(each);
      return rowCount < maxRows;
    },
    answer(isCut) {
      const all = [...runs.values()].map((run) => ({ ...run, rows: orderRows(run.rows) }));
      const ownRuns = [...own.values()].map((run) => {
        return { ...run, lastMs: Math.max(run.lastMs, saidMs.get(run.generation) ?? 0) };
      });
      const lives = createLives(events, { observer: query.observer, runs: ownRuns });
      const history =
        query.stepMs < 1
          ? rawHistory(query, all, isCut ? wholeFromMs : 0)
          : bucketHistory(query, all, lives, isCut ? wholeFromMs : undefined);
      return {
        ...history,
        ...(newestMs === undefined ? { stored: names.list() } : { newestMs }),
        ...(isCut && history.fromMs > query.fromMs && { limited: 'rows' as const }),
      };
    },
  };
}

/** As their owner counted them, each once: what was told twice counts with its first time. */
function orderRows(rows: readonly Row[]): Row[] {
  const ordered = rows.toSorted((a, b) => a.version - b.version || a.sampledAtMs - b.sampledAtMs);
  return ordered.filter(({ version }, index) => version !== ordered[index - 1]?.version);
}

function rawHistory(query: HistoryQuery, runs: readonly Run[], wholeFromMs: number): History {
  const fromMs = Math.max(query.fromMs, wholeFromMs);
  const rows = runs
    .flatMap((run) => run.rows.map((row) => ({ ...row, run, atMs: row.sampledAtMs })))
    .filter(({ atMs }) => atMs >= fromMs)
    .sort(
      (a, b) =>
        a.atMs - b.atMs ||
        byNames(a.run, b.run) ||
        a.run.generation - b.run.generation ||
        a.version - b.version,
    );
  const kept = rows.slice(Math.max(0, rows.length - Math.floor(query.limit)));
  return {
    ...pointsOfRows(kept),
    fromMs,
    toMs: query.toMs,
    ...(kept.length < rows.length && { limited: 'points' }),
  };
}

interface RunLine extends Line {
  /** Newest run first. */
  readonly runs: readonly Run[];
}

function bucketHistory(
  query: HistoryQuery,
  runs: readonly Run[],
  lives: Lives,
  wholeFromMs: number | undefined,
): History {
  const lines = linesOf(query, runs);
  const firstMs = runs.map(({ rows }) => rows[0]?.sampledAtMs ?? Infinity);
  // What was told before, and not read, may hold for so long.
  const readMs = wholeFromMs === undefined ? 0 : wholeFromMs + longestHoldMs(query);
  const oldestMs = firstMs.reduce((oldest, atMs) => Math.min(oldest, atMs), Infinity);
  const grid = planGrid(query, lines, Math.max(oldestMs, Math.min(readMs, query.toMs)));
  const fold = createFold(grid);
  grid.lines.forEach((line, index) => {
    for (const run of line.runs) {
      const gaps = lives.gapsOf(run.node, run.generation);
      for (const { sampledAtMs, value } of run.rows.toReversed()) {
        fold.take(index, gaps, partOf(sampledAtMs, value));
      }
    }
  });
  return {
    ...fold.answer(),
    fromMs: grid.fromMs,
    toMs: grid.toMs,
    ...limitsOf(grid),
  };
}

function linesOf(query: HistoryQuery, runs: readonly Run[]): RunLine[] {
  const groups = Map.groupBy(runs, ({ node, metric, unit }) =>
    JSON.stringify([node, metric, unit]),
  );
  return [...groups.values()]
    .flatMap((group) => {
      const ordered = group.toSorted((a, b) => b.generation - a.generation);
      const [newest] = ordered;
      if (newest === undefined) return [];
      const newestMs = Math.max(...ordered.map(({ rows }) => rows.at(-1)?.sampledAtMs ?? 0));
      const { node, metric, unit } = newest;
      return [{ node, metric, unit, newestMs, holdMs: holdOf(query, metric), runs: ordered }];
    })
    .sort(byNames);
}

const MAX_NAMES = 200;

/** Names that are stored, for who asked for others; a few, for nobody reads more. */
interface Names {
  add(node: string, metric: string): void;
  list(): NonNullable<History['stored']>;
}

function createNames(): Names {
  const nodes = new Set<string>();
  const metrics = new Set<string>();
  const put = (names: Set<string>, name: string): void => {
    if (names.size < MAX_NAMES) names.add(name);
  };
  return {
    add(node, metric) {
      put(nodes, node);
      put(metrics, metric);
    },
    list: () => ({ nodes: [...nodes], metrics: [...metrics] }),
  };
}
