// All rows of a run into a store that lets only so many wait: long runs of many nodes have more.

import type { FreshRows } from './rows.ts';
import type { ResultsStore } from './store.ts';
import { RUN_TABLE_NAMES } from './tables/run-tables.ts';

/** Twice as many wait at most, far below what a store allows. */
const PIECE_ROWS = 100_000;

/**
 * What is left to write is written by the end of the run. Rejects as `flush` does, when rows were
 * lost.
 */
export async function addAll(
  store: Pick<ResultsStore, 'add' | 'flush'>,
  runId: number,
  rows: FreshRows,
  pieceRows = PIECE_ROWS,
): Promise<void> {
  let waiting = 0;
  for (const table of RUN_TABLE_NAMES) {
    const all = rows[table] ?? [];
    for (let from = 0; from < all.length; from += pieceRows) {
      const piece = all.slice(from, from + pieceRows);
      store.add(runId, { [table]: piece } as FreshRows);
      waiting += piece.length;
      if (waiting < pieceRows) continue;
      await store.flush();
      waiting = 0;
    }
  }
}
