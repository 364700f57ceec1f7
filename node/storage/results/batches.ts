// Rows of runs that wait for the database: in the order they came, bounded, taken as statements.

import type { Statement } from '../database/schema.ts';
import type { FreshRows } from './rows.ts';
import { RUN_TABLE_NAMES, RUN_TABLES, type RunTableName } from './tables/run-tables.ts';
import { columnsOfRows, insertRows } from './tables/statements.ts';
import { type Cell, encodeRow } from './tables/values.ts';

/** Rows of one table and run, in the order they came. */
interface Chunk {
  readonly runId: number;
  readonly table: RunTableName;
  readonly rows: object[];
}

export interface Batch {
  readonly chunks: readonly Chunk[];
  readonly rows: number;
}

export interface Batches {
  add(runId: number, rows: FreshRows): void;
  /** The oldest rows, some `BATCH_ROWS`. */
  take(): Batch;
  /** What could not be written is the oldest again. */
  putBack(batch: Batch): void;
  /** Takes all that waits; answers how many rows each run loses. */
  clear(): Map<number, number>;
  readonly length: number;
}

/** A transaction of some 10 ms, and some 2 ms of the caller's loop to make its text. */
export const BATCH_ROWS = 2_000;

export function createBatches(maxRows: number, onOverflow: (runId: number) => void): Batches {
  let chunks: Chunk[] = [];
  let length = 0;
  /** By run and table: the last chunk, while there is room in it. */
  const open = new Map<string, Chunk>();

  const chunkFor = (runId: number, table: RunTableName): Chunk => {
    const key = `${runId} ${table}`;
    const found = open.get(key);
    if (found !== undefined && found.rows.length < BATCH_ROWS) return found;
    const chunk: Chunk = { runId, table, rows: [] };
    chunks.push(chunk);
    open.set(key, chunk);
    return chunk;
  };

  return {
    add(runId, rows) {
      for (const table of RUN_TABLE_NAMES) {
        for (const row of rows[table] ?? []) {
          if (length >= maxRows) return onOverflow(runId);
          chunkFor(runId, table).rows.push(row);
          length += 1;
        }
      }
    },
    take() {
      let rows = 0;
      let count = 0;
      while (rows < BATCH_ROWS && count < chunks.length) rows += chunks[count++]?.rows.length ?? 0;
      const taken = chunks.splice(0, count);
      // A chunk on its way must not grow.
      open.clear();
      length -= rows;
      return { chunks: taken, rows };
    },
    putBack(batch) {
      chunks = [...batch.chunks, ...chunks];
      length += batch.rows;
    },
    clear() {
      const lost = new Map<number, number>();
      for (const { runId, rows } of chunks) lost.set(runId, (lost.get(runId) ?? 0) + rows.length);
      chunks = [];
      open.clear();
      length = 0;
      return lost;
    },
    get length() {
      return length;
    },
  };
}

/** `onRefused` hears of rows with values that no column takes; the others go on without them. */
export function statementsFor(
  batch: Batch,
  onRefused: (runId: number, error: unknown) => void,
): Statement[] {
  return batch.chunks.map(({ runId, table, rows }) => {
    const columns = columnsOfRows(table);
    const cells: Cell[][] = [];
    for (const row of rows) {
      try {
        cells.push(encodeRow(RUN_TABLES[table], row, columns));
      } catch (error) {
        onRefused(runId, error);
      }
    }
    return insertRows(table, runId, JSON.stringify(cells));
  });
}
