// Which rows a question has to visit: from the newest hour back, and in each the rows of every run,
// counted before they are read, so that no statement and no question takes too many.

import { SLOT_MS } from '../database/schema.ts';
import type { Reader } from './reader.ts';
import { selectCounts, selectExtents } from './statements.ts';

/** One run of a node's metric as it is stored. */
export interface StoredRun {
  readonly id: number;
  readonly node: string;
  readonly metric: string;
  readonly unit: string;
  readonly generation: number;
  readonly lastSlot: number;
  /** Time of its last row. */
  readonly newestMs: number;
}

/** The rows of one run in one hour: of versions `first` to `last`, not all of them. */
export interface Extent<Run extends StoredRun> {
  readonly run: Run;
  readonly slot: number;
  readonly first: number;
  readonly last: number;
}

export interface Hour<Run extends StoredRun> {
  readonly slot: number;
  /** In the order of the runs. */
  readonly extents: readonly Extent<Run>[];
  /** True of the last hour where too many were looked at: of itself and before nothing is known. */
  readonly isEnd?: boolean;
}

/** Places looked at by one statement, two steps down a tree each, and by one question. */
const LOOKS_AT_ONCE = 512;
const MAX_LOOKS = 400_000;

export const slotOf = (atMs: number): number => Math.floor(atMs / SLOT_MS);

export interface Place<Run extends StoredRun> {
  readonly run: Run;
  readonly slot: number;
}

/** Places where rows may be, the newest hour first. */
export function* placesOf<Run extends StoredRun>(
  runs: readonly Run[],
  first: number,
  last: number,
): Generator<Place<Run>> {
  for (let slot = last; slot >= first; slot--) {
    for (const run of runs) if (run.lastSlot >= slot) yield { run, slot };
  }
}

/** Hours from `last` back to `first` that hold something. */
export async function* walkHours<Run extends StoredRun>(
  reader: Reader,
  runs: readonly Run[],
  first: number,
  last: number,
): AsyncGenerator<Hour<Run>> {
  const newest = runs.reduce((slot, run) => Math.max(slot, run.lastSlot), first - 1);
  const places = placesOf(runs, first, Math.min(last, newest));
  let extents: Extent<Run>[] = [];
  for (let looks = 0; looks < MAX_LOOKS; looks += LOOKS_AT_ONCE) {
    const chosen: Place<Run>[] = [];
    while (chosen.length < LOOKS_AT_ONCE) {
      const next = places.next();
      if (next.done === true) break;
      chosen.push(next.value);
    }
    const found = chosen.length === 0 ? [] : await look(reader, chosen);
    for (const extent of found) {
      const slot = extents[0]?.slot ?? extent.slot;
      if (extent.slot !== slot) {
        yield { slot, extents };
        extents = [];
      }
      extents.push(extent);
    }
    const slot = extents[0]?.slot;
    const isLast = chosen.length < LOOKS_AT_ONCE;
    if (slot !== undefined && (isLast || chosen.at(-1)?.slot !== slot)) {
      yield { slot, extents };
      extents = [];
    }
    if (isLast) return;
  }
  const next = places.next();
  if (next.done !== true) yield { slot: next.value.slot, extents: [], isEnd: true };
}

/** Counted at once: a statement of some ms even where each run has many. */
const COUNTS_AT_ONCE = 16;

/** Rows of an hour, by count where they are few; where they are many by how dense versions are. */
export async function countRows(
  reader: Reader,
  extents: readonly Extent<StoredRun>[],
): Promise<number> {
  let rows = 0;
  for (let start = 0; start < extents.length; start += COUNTS_AT_ONCE) {
    const some = extents.slice(start, start + COUNTS_AT_ONCE);
    const places = some.map(({ run, slot }) => [slot, run.id]);
    for (const row of await reader.rows(selectCounts(places, reader.chunkRows))) {
      const extent = some[Number(row.number)];
      const [counted = 0, version = 0] = JSON.parse(String(row.counted)) as number[];
      if (extent === undefined) continue;
      rows += (counted * (extent.last + 1 - extent.first)) / (version + 1 - extent.first);
    }
  }
  return rows;
}

async function look<Run extends StoredRun>(
  reader: Reader,
  places: readonly Place<Run>[],
): Promise<Extent<Run>[]> {
  const found = await reader.rows(selectExtents(places.map(({ run, slot }) => [slot, run.id])));
  return found.flatMap(({ number, first, last }) => {
    const place = places[Number(number)];
    return place === undefined ? [] : [{ ...place, first: Number(first), last: Number(last) }];
  });
}
