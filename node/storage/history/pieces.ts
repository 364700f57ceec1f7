// Cuts what a question has to read into pieces of which none is too much for one statement.

import { SLOT_MS } from '../database/schema.ts';
import type { Piece } from './part-statements.ts';
import type { Extent, StoredRun } from './walk.ts';

export interface RunPiece<Run extends StoredRun> extends Piece {
  readonly run: Run;
  /** The work it makes, in rows. */
  readonly cost: number;
}

export interface Cutting {
  /** Wall clock, ms; `untilMs` is beyond it. */
  readonly fromMs: number;
  readonly untilMs: number;
  /** In the order of time, wall clock, ms: no piece has rows on both sides of one. */
  readonly borders: readonly number[];
  /** Of the buckets that begin at a time. */
  readonly stepAt: (atMs: number) => number;
  readonly holdMs: number;
  /** Work of one piece, in rows. */
  readonly maxCost: number;
  /** Rows that one version stands for, as far as they were counted: 1 where none is missing. */
  readonly density: number;
}

/** A bucket is as much work as so many rows. */
const BUCKET_ROWS = 20;

/** Of an extent the newest `share`, by versions; the newest piece first. */
export function* piecesOf<Run extends StoredRun>(
  { run, slot, first, last }: Extent<Run>,
  share: number,
  { holdMs, maxCost, density, stepAt, ...cutting }: Cutting,
): Generator<RunPiece<Run>> {
  const startMs = slot * SLOT_MS;
  const fromMs = Math.max(cutting.fromMs, startMs);
  const untilMs = Math.min(cutting.untilMs, startMs + SLOT_MS);
  const inner = cutting.borders.filter((atMs) => atMs > fromMs && atMs < untilMs);
  const times = [fromMs, ...inner, untilMs];
  const least = last + 1 - Math.floor((last + 1 - first) * share);
  const rows = (last + 1 - first) * density;
  const buckets = (untilMs - fromMs) / stepAt(untilMs - 1);
  const versionCost = density * (1 + BUCKET_ROWS * Math.min(1, buckets / rows));
  const width = Math.ceil(maxCost / versionCost);
  for (let untilVersion = last + 1; untilVersion > least; untilVersion -= width) {
    const fromVersion = Math.max(least, untilVersion - width);
    const cost = (untilVersion - fromVersion) * versionCost;
    for (let index = times.length - 1; index > 0; index--) {
      const [from = 0, until = 0] = [times[index - 1], times[index]];
      if (from >= until) continue;
      const stepMs = stepAt(from);
      const stepVersions = ((last + 1 - first) * Math.min(stepMs, SLOT_MS)) / SLOT_MS;
      yield {
        ...{ run, slot, series: run.id, fromVersion, untilVersion, holdMs, cost, stepMs },
        ...{ fromMs: from - startMs, untilMs: until - startMs },
        stepVersions: Math.ceil(stepVersions),
      };
    }
  }
}
