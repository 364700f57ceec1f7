// Buckets from a database: summed up by SQL where rows are many, joined and filled here.

import type { History, HistoryQuery } from '../../ports.ts';
import { SLOT_MS } from '../schema.ts';
import { createFold, type Fold, type Part } from './fold.ts';
import { byNames, type Grid, holdOf, type Line, longestHoldMs, planGrid } from './grid.ts';
import { readLives } from './life-rows.ts';
import type { Lives } from './lives.ts';
import { batchesOf, piecesOf } from './pieces.ts';
import type { Reader } from './reader.ts';
import { selectParts } from './statements.ts';
import { type Extent, type Hour, type StoredRun, slotOf, walkHours } from './walk.ts';

interface LineRun extends StoredRun {
  /** Its line's place in the grid. */
  readonly line: number;
}

interface RunLine extends Line {
  readonly runs: readonly StoredRun[];
}

/** Before the grid only the last row counts: one bucket is enough. */
const ONE_BUCKET_MS = 2 ** 50;

export async function readBuckets(
  reader: Reader,
  query: HistoryQuery,
  runs: readonly StoredRun[],
  firstSlot: number,
): Promise<Omit<History, 'newestMs' | 'stored'>> {
  const grid = planGrid(query, linesOf(query, runs), firstSlot * SLOT_MS);
  const { fromMs, toMs, isLimited } = grid;
  const limited = isLimited ? { limited: 'points' as const } : {};
  if (grid.lines.length === 0) return { points: [], fromMs, toMs, ...limited };
  const sinceMs = Math.max(firstSlot * SLOT_MS, fromMs - longestHoldMs(query));
  const lives = await readLives(reader, query, sinceMs, toMs);
  const fold = createFold(grid);
  const chosen = grid.lines.flatMap((line, index) =>
    line.runs.map((run): LineRun => ({ ...run, line: index })),
  );
  for await (const hour of walkHours(reader, chosen, slotOf(sinceMs), slotOf(toMs))) {
    const wholeMs = await readHour(reader, { grid, lives, fold, hour });
    if (hour.share === 1) continue;
    // What was told before, and not read, may hold for so long.
    const readMs = Math.max(wholeMs + longestHoldMs(query), fromMs);
    const laterMs = Math.ceil(readMs / grid.stepMs) * grid.stepMs;
    const startMs = readMs === fromMs ? fromMs : Math.min(laterMs, lastStartMs(grid));
    return { points: fold.points(startMs), fromMs: startMs, toMs, limited: 'rows' };
  }
  return { points: fold.points(), fromMs, toMs, ...limited };
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

interface HourWork {
  readonly grid: Grid<RunLine>;
  readonly lives: Lives;
  readonly fold: Fold;
  readonly hour: Hour<LineRun>;
}

/** Answers from when on all rows of the hour are known. */
async function readHour(reader: Reader, { grid, lives, fold, hour }: HourWork): Promise<number> {
  const pieces = hour.extents.flatMap((extent) => [
    ...piecesOf(extent, hour.share, cuttingOf(reader, grid, lives, extent)),
  ]);
  const knownMs = new Map<LineRun, number>();
  for (const batch of batchesOf(pieces, reader.chunkRows)) {
    const found = await reader.rows(selectParts(batch));
    const byPiece = Map.groupBy(found, ({ number }) => Number(number));
    batch.forEach(({ run, slot }, number) => {
      const gaps = lives.gapsOf(run.node, run.generation);
      for (const { firstMs, sums } of byPiece.get(number)?.toReversed() ?? []) {
        const part = readPart(slot * SLOT_MS, Number(firstMs), String(sums));
        fold.take(run.line, gaps, part);
        knownMs.set(run, part.firstMs);
      }
    });
  }
  if (hour.share === 1) return hour.slot * SLOT_MS;
  const endMs = (hour.slot + 1) * SLOT_MS;
  const known = hour.extents.map(({ run }) => knownMs.get(run) ?? endMs);
  return known.length === 0 ? endMs : Math.max(...known);
}

function cuttingOf(
  { chunkRows }: Reader,
  { lines, fromMs, toMs, stepMs }: Grid<RunLine>,
  lives: Lives,
  { run }: Extent<LineRun>,
): Parameters<typeof piecesOf<LineRun>>[2] {
  const holdMs = lines[run.line]?.holdMs ?? 0;
  const gaps = lives.gapsOf(run.node, run.generation);
  const borders = [fromMs, ...gaps.flatMap((gap) => [gap.fromMs, gap.untilMs])];
  return {
    fromMs: fromMs - holdMs,
    untilMs: toMs + 1,
    borders: borders.sort((a, b) => a - b),
    stepAt: (atMs) => (atMs < fromMs ? ONE_BUCKET_MS : stepMs),
    holdMs,
    maxRows: chunkRows,
  };
}

/** Times of the hour become those of the wall clock. */
function readPart(startMs: number, firstMs: number, sums: string): Part {
  const [count = 0, min = 0, max = 0, heldSum = 0, heldMs = 0, lastMs = 0, lastValue = 0] =
    JSON.parse(sums) as number[];
  const times = { firstMs: startMs + firstMs, lastMs: startMs + lastMs };
  return { count, min, max, heldSum, heldMs, lastValue, ...times };
}
