// Cuts what a question has to read into pieces, and pieces into statements of about equal work.

import { SLOT_MS } from '../schema.ts';
import type { Piece } from './statements.ts';
import type { Extent, StoredRun } from './walk.ts';

export interface RunPiece<Run extends StoredRun> extends Piece {
  readonly run: Run;
  /** The work it makes, in rows. */
  readonly cost: number;
}

interface Cutting {
  /** Wall clock, ms; `untilMs` is beyond it. */
  readonly fromMs: number;
  readonly untilMs: number;
  /** In the order of time, wall clock, ms: no piece has rows on both sides of one. */
  readonly borders: readonly number[];
  /** Of the buckets that begin at a time. */
  readonly stepAt: (atMs: number) => number;
  readonly holdMs: number;
  /** Rows of one piece. */
  readonly maxRows: number;
}

/** A bucket is as much work as so many rows. */
const BUCKET_ROWS = 20;

/** Of an extent the newest `share`, by versions; the newest piece first. */
export function* piecesOf<Run extends StoredRun>(
  { run, slot, rows, first, last }: Extent<Run>,
  share: number,
  cutting: Cutting,
): Generator<RunPiece<Run>> {
  const { holdMs, maxRows, stepAt } = cutting;
  const startMs = slot * SLOT_MS;
  const fromMs = Math.max(cutting.fromMs, startMs);
  const untilMs = Math.min(cutting.untilMs, startMs + SLOT_MS);
  const inner = cutting.borders.filter((atMs) => atMs > fromMs && atMs < untilMs);
  const times = [fromMs, ...inner, untilMs];
  const least = last + 1 - Math.floor((last + 1 - first) * share);
  const hourBuckets = (untilMs - fromMs) / stepAt(untilMs - 1);
  const weight = 1 + BUCKET_ROWS * Math.min(1, hourBuckets / rows);
  // All of a calm series at once; of a busy one, whose versions are dense, so many of them.
  const width = rows * weight < maxRows ? last + 1 - least : Math.ceil(maxRows / weight);
  for (let untilVersion = last + 1; untilVersion > least; untilVersion -= width) {
    const fromVersion = Math.max(least, untilVersion - width);
    for (let index = times.length - 1; index > 0; index--) {
      const [from = 0, until = 0] = [times[index - 1], times[index]];
      if (from >= until) continue;
      const stepMs = stepAt(from);
      const mostRows = Math.min(rows, untilVersion - fromVersion);
      const buckets = Math.min(mostRows, Math.ceil((until - from) / stepMs));
      yield {
        ...{ run, slot, series: run.id, fromVersion, untilVersion, stepMs, holdMs },
        ...{ fromMs: from - startMs, untilMs: until - startMs },
        cost: mostRows + BUCKET_ROWS * buckets,
      };
    }
  }
}

/** Neighbours together, as long as their work is no more than `most`; one at least. */
export function* batchesOf<One extends { readonly cost: number }>(
  pieces: Iterable<One>,
  most: number,
): Generator<One[]> {
  let batch: One[] = [];
  let cost = 0;
  for (const piece of pieces) {
    if (batch.length > 0 && cost + piece.cost > most) {
      yield batch;
      batch = [];
      cost = 0;
    }
    batch.push(piece);
    cost += piece.cost;
  }
  if (batch.length > 0) yield batch;
}
