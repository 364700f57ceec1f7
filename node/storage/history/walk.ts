// Which rows a question has to visit: from the newest hour back, and in each the rows of every run,
// counted before they are read, so that no statement and no question takes too many.

import { SLOT_MS } from '../schema.ts';
import type { Reader } from './reader.ts';
import { selectExtents } from './statements.ts';

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

/** The rows of one run in one hour, from version `first` to `last`. */
export interface Extent<Run extends StoredRun> {
  readonly run: Run;
  readonly slot: number;
  readonly rows: number;
  readonly first: number;
  readonly last: number;
}

export interface Hour<Run extends StoredRun> {
  readonly slot: number;
  /** In the order of the runs. */
  readonly extents: readonly Extent<Run>[];
  /** Below 1 in the last hour, of which only the newest share may be read. */
  readonly share: number;
}

/** A question reads so many rows at most: about a second of work. */
export const MAX_ROWS = 2_000_000;
/** To look whether a run has rows in an hour takes as long as to read so many. */
const LOOK_ROWS = 5;
const MIN_LOOKS = 16;
const MAX_LOOKS = 512;

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

/** Hours from `last` back to `first` that hold something, until all rows together are too many. */
export async function* walkHours<Run extends StoredRun>(
  reader: Reader,
  runs: readonly Run[],
  first: number,
  last: number,
  maxRows = MAX_ROWS,
): AsyncGenerator<Hour<Run>> {
  let leftRows = maxRows;
  let slot = last;
  let extents: Extent<Run>[] = [];
  const hour = (): Hour<Run> => {
    const rows = extents.reduce((sum, extent) => sum + extent.rows, 0);
    const share = Math.max(0, Math.min(1, leftRows / Math.max(1, rows)));
    leftRows -= rows;
    return { slot, extents, share };
  };
  for await (const found of looksOf(reader, runs, first, last)) {
    leftRows -= found.looks * LOOK_ROWS;
    for (const extent of found.extents) {
      if (extent.slot !== slot && extents.length > 0) {
        const whole = hour();
        yield whole;
        if (whole.share < 1) return;
        extents = [];
      }
      slot = extent.slot;
      extents.push(extent);
    }
    if (leftRows > 0) continue;
    // Nothing below this hour was looked for; of itself perhaps a part.
    if (extents.length === 0) slot = found.slot;
    yield { slot, extents: [], share: 0 };
    return;
  }
  if (extents.length > 0) yield hour();
}

/** Many places at once where they hold little, and few where they hold much. */
async function* looksOf<Run extends StoredRun>(
  reader: Reader,
  runs: readonly Run[],
  first: number,
  last: number,
): AsyncGenerator<{ extents: Extent<Run>[]; looks: number; slot: number }> {
  const newest = runs.reduce((slot, run) => Math.max(slot, run.lastSlot), first - 1);
  const places = placesOf(runs, first, Math.min(last, newest));
  let looks = MIN_LOOKS;
  for (;;) {
    const chosen: Place<Run>[] = [];
    while (chosen.length < looks) {
      const next = places.next();
      if (next.done === true) break;
      chosen.push(next.value);
    }
    const slot = chosen.at(-1)?.slot;
    if (slot === undefined) return;
    const extents = await look(reader, chosen);
    yield { extents, looks: chosen.length, slot };
    const rows = extents.reduce((sum, extent) => sum + extent.rows, 0);
    // Counting is ten times as fast as reading.
    looks = Math.floor(rows > 5 * reader.chunkRows ? looks / 2 : looks * 2);
    looks = Math.min(MAX_LOOKS, Math.max(MIN_LOOKS, looks));
  }
}

async function look<Run extends StoredRun>(
  reader: Reader,
  places: readonly Place<Run>[],
): Promise<Extent<Run>[]> {
  const keys = places.map(({ run, slot }) => [slot, run.id]);
  const found = await reader.rows(selectExtents(keys, reader.chunkRows));
  return found.flatMap((row) => {
    const place = places[Number(row.number)];
    if (place === undefined) return [];
    const [first, last] = [Number(row.first), Number(row.last)];
    const counted = Number(row.rows);
    // Beyond what is counted, versions tell how many there can be.
    const rows = counted < reader.chunkRows ? counted : last - first + 1;
    return [{ ...place, rows, first, last }];
  });
}
