// Buckets from a database: summed up by SQL where rows are many, joined and filled here.

import type { History, HistoryQuery } from '../../ports.ts';
import { SLOT_MS } from '../database/schema.ts';
import { createFold, type Fold } from './fold.ts';
import {
  byNames,
  type Grid,
  holdOf,
  type Line,
  limitsOf,
  longestHoldMs,
  planGrid,
} from './grid.ts';
import { readLives } from './life-rows.ts';
import type { Lives } from './lives.ts';
import { readPieces } from './parts.ts';
import { type Cutting, piecesOf, type RunPiece } from './pieces.ts';
import { noPoints } from './points.ts';
import type { Reader } from './reader.ts';
import { countRows, type Hour, type StoredRun, slotOf, walkHours } from './walk.ts';

interface LineRun extends StoredRun {
  /** Its line's place in the grid. */
  readonly line: number;
}

interface RunLine extends Line {
  readonly runs: readonly StoredRun[];
}

/** What was seen of some runs need not hold for the next. */
const MIN_DENSITY = 0.001;
/** Before the grid only the last row counts: one bucket is enough. */
const ONE_BUCKET_MS = 2 ** 50;

export async function readBuckets(
  reader: Reader,
  query: HistoryQuery,
  runs: readonly StoredRun[],
  firstSlot: number,
): Promise<Omit<History, 'newestMs' | 'stored'>> {
  const grid = planGrid(query, linesOf(query, runs), firstSlot * SLOT_MS);
  const { fromMs, toMs } = grid;
  const limited = limitsOf(grid);
  if (grid.lines.length === 0) return { ...noPoints(), fromMs, toMs, ...limited };
  const sinceMs = Math.max(firstSlot * SLOT_MS, fromMs - longestHoldMs(query));
  const lives = await readLives(reader, query, sinceMs, toMs);
  const fold = createFold(grid);
  const chosen = grid.lines.flatMap((line, index) =>
    line.runs.map((run): LineRun => ({ ...run, line: index })),
  );
  const sums = createSums(reader, { grid, lives, fold });
  for await (const hour of walkHours(reader, chosen, slotOf(sinceMs), slotOf(toMs))) {
    const share = await sums.add(hour);
    if (share === 1 && hour.isEnd !== true) continue;
    // What was told before, and not read, may hold for so long.
    const wholeMs = (await sums.wholeMs(hour)) + longestHoldMs(query);
    const laterMs = Math.ceil(wholeMs / grid.stepMs) * grid.stepMs;
    const startMs = wholeMs <= fromMs ? fromMs : Math.min(laterMs, lastStartMs(grid));
    return { ...fold.answer(startMs), fromMs: startMs, toMs, limited: 'rows' };
  }
  await sums.flush();
  return { ...fold.answer(), fromMs, toMs, ...limited };
}

const lastStartMs = ({ lastBucket, stepMs, fromMs }: Grid): number =>
  Math.max(fromMs, lastBucket * stepMs);

/** By name; of each the latest run first. */
function linesOf(query: HistoryQuery, runs: readonly StoredRun[]): RunLine[] {
  const groups = Map.groupBy(runs, ({ node, metric, unit }) =>
    JSON.stringify([node, metric, unit]),
  );
  return [...groups.values()]
    .flatMap((group): RunLine[] => {
      const ordered = group.toSorted((a, b) => b.generation - a.generation);
      const [latest] = ordered;
      if (latest === undefined) return [];
      const { node, metric, unit } = latest;
      const newestMs = ordered.reduce((newest, run) => Math.max(newest, run.newestMs), 0);
      return [{ node, metric, unit, runs: ordered, newestMs, holdMs: holdOf(query, metric) }];
    })
    .sort(byNames);
}

interface Work {
  readonly grid: Grid<RunLine>;
  readonly lives: Lives;
  readonly fold: Fold;
}

/** Sums hours up and folds them, the newest first; few rows wait for others of their statement. */
function createSums(reader: Reader, { grid, lives, fold }: Work) {
  const knownMs = new Map<LineRun, number>();
  let waiting: RunPiece<LineRun>[] = [];
  let cost = 0;
  let rows = 0;
  let versions = 0;
  /** Other metrics of a node have versions too: rows are fewer, by as much as was seen so far. */
  const density = (): number => (versions === 0 ? 1 : Math.max(MIN_DENSITY, rows / versions));

  const flush = async (): Promise<void> => {
    const batch = waiting;
    waiting = [];
    cost = 0;
    if (batch.length === 0) return;
    const found = await readPieces(reader, batch);
    batch.forEach(({ run, fromVersion, untilVersion }, number) => {
      versions += untilVersion - fromVersion;
      const gaps = lives.gapsOf(run.node, run.generation);
      for (const part of found[number] ?? []) {
        fold.take(run.line, gaps, part);
        rows += part.count;
        knownMs.set(run, part.firstMs);
      }
    });
  };
  return {
    flush,
    /** Answers how much of the hour is read: less than 1 where all of it would be too much. */
    async add({ extents }: Hour<LineRun>): Promise<number> {
      const most = extents.reduce((sum, { first, last }) => sum + last + 1 - first, 0);
      const left = reader.maxRows - rows - cost;
      // Versions are an upper bound, and enough for most hours.
      const all = most <= left ? most : await countRows(reader, extents);
      const share = Math.max(0, Math.min(1, left / Math.max(1, all)));
      for (const extent of extents) {
        const cutting = cuttingOf(grid, lives, extent.run);
        const bounds = { ...cutting, maxCost: reader.chunkRows, density: density() };
        for (const piece of piecesOf(extent, share, bounds)) {
          if (cost + piece.cost > reader.chunkRows) await flush();
          waiting.push(piece);
          cost += piece.cost;
        }
      }
      return share;
    },
    /** From when on the rows of an hour are known that was read in part. */
    async wholeMs({ slot, extents }: Hour<LineRun>): Promise<number> {
      await flush();
      const endMs = (slot + 1) * SLOT_MS;
      const known = extents.map(({ run }) => knownMs.get(run) ?? endMs);
      return known.length === 0 ? endMs : Math.max(...known);
    },
  };
}

function cuttingOf(
  { lines, fromMs, toMs, stepMs }: Grid<RunLine>,
  lives: Lives,
  run: LineRun,
): Omit<Cutting, 'maxCost' | 'density'> {
  const holdMs = lines[run.line]?.holdMs ?? 0;
  const gaps = lives.gapsOf(run.node, run.generation);
  const borders = [fromMs, ...gaps.flatMap((gap) => [gap.fromMs, gap.untilMs])];
  return {
    fromMs: fromMs - holdMs,
    untilMs: toMs + 1,
    borders: borders.sort((a, b) => a - b),
    stepAt: (atMs) => (atMs < fromMs ? ONE_BUCKET_MS : stepMs),
    holdMs,
  };
}
