// One question at work on one connection: short statements, room for others between them, and an
// end when no caller waits for the answer any more.

import type { Client, Row } from '@libsql/client';
import type { Statement } from '../database/schema.ts';

export interface Reader {
  /** Rejects with the signal's reason once that is given. */
  rows(statement: Statement): Promise<readonly Row[]>;
  /** Rows that one statement should visit at most: some 10 ms of a file. */
  readonly chunkRows: number;
  /** Rows that one question visits at most. */
  readonly maxRows: number;
}

const FILE_ROWS = 15_000;
/** Each statement is a journey to a server, whose thread is its own. */
const SERVER_ROWS = 100_000;
/** About a second of work. */
const MAX_ROWS = 2_000_000;
/** A thread that works so long looks at its messages, ms. */
const STRETCH_MS = 10;

/** Between two statements no transaction is open, so that the database's log can be emptied. */
export function createReader(client: Client, signal?: AbortSignal): Reader {
  let restedAt = performance.now();
  return {
    chunkRows: client.protocol === 'file' ? FILE_ROWS : SERVER_ROWS,
    maxRows: MAX_ROWS,
    async rows(statement) {
      // The driver for files is done within the call: nothing else runs while it is awaited.
      if (performance.now() - restedAt > STRETCH_MS) {
        await new Promise((resolve) => setTimeout(resolve, 0));
        restedAt = performance.now();
      }
      signal?.throwIfAborted();
      return (await client.execute(statement)).rows;
    },
  };
}
