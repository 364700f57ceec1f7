// Where a node's end of a store asks about the past: in the file, at the server by way of the
// storage thread, or in the file where rows wait for a server that is away.

import { OperatingError } from '../../errors.ts';
import type { Store } from '../../ports.ts';
import type { Answered, Request, WorkerStoreOptions } from './messages.ts';
import type { Reader } from './reader.ts';

export interface HistoryParts {
  /** Rejects with an OperatingError when the storage thread is away or too slow. */
  readonly call: (request: Request) => Promise<unknown>;
  readonly reader: Pick<Reader, 'ask' | 'inLine'>;
}

export function createHistory(
  store: number,
  { url, spool }: Pick<WorkerStoreOptions, 'url' | 'spool'>,
  { call, reader }: HistoryParts,
): Store['history'] {
  if (url.startsWith('file:')) {
    return (query, signal) => reader.ask({ url, isSpool: false }, query, signal);
  }
  return async (query, signal) => {
    try {
      // No second connection reads a database in memory, and a server has threads of its own.
      const ask = () => call({ kind: 'history', store, query }) as Promise<Answered>;
      return await reader.inLine(ask, signal);
    } catch (error) {
      const isWaiting = error instanceof OperatingError && error.code === 'store_spooled';
      if (!isWaiting || spool === undefined) throw error;
      return reader.ask({ url: spool.url, isSpool: true }, query, signal);
    }
  };
}
