// The database of results behind a thread: no statement, and no wait for a lock, holds up the
// experiment's own event loop.

import type { Statement } from '../database/schema.ts';
import type { Outcome } from '../thread/messages.ts';
import { after, startWorker } from '../thread/start.ts';
import { createThreadLink, type Thread } from '../thread/thread-link.ts';
import type { Cells, Database, DatabaseOptions } from './database.ts';

/** What the thread is asked: a method and its argument. */
export type Request =
  | { readonly method: 'read'; readonly statement: Statement }
  | { readonly method: 'write'; readonly statements: readonly Statement[] }
  | { readonly method: 'repeat'; readonly statement: Statement | undefined }
  | { readonly method: 'close' };

export type ResultsThread = Thread<Request, Outcome>;

/** Pages of ten thousand rows pass through; past it V8 ends the thread, not the experiment. */
const LIMITS = { maxOldGenerationSizeMb: 512 };

const startResults = (options: DatabaseOptions): ResultsThread =>
  startWorker(new URL('./worker-entry.ts', import.meta.url), {
    name: 'priomon results',
    workerData: options,
    resourceLimits: LIMITS,
  });

/** `startThread`: another one stands in for the real one in tests. */
export function createThreadedDatabase(
  options: DatabaseOptions,
  startThread: (options: DatabaseOptions) => ResultsThread = startResults,
): Database {
  let repeated: Request = { method: 'repeat', statement: undefined };
  const link = createThreadLink<Request, Outcome>({
    start: () => startThread(options),
    after,
    restartMs: 1_000,
    // The database bounds each of its own waits.
    callTimeoutMs: 0,
    isPatient: () => true,
    stored: 'results',
    onAnswer: () => undefined,
    onLost: () => undefined,
    onRestarted: () => void link.call(repeated).catch(() => undefined),
  });

  return {
    read: async (statement) => (await link.call({ method: 'read', statement })) as Cells[],
    write: async (statements) => (await link.call({ method: 'write', statements })) as Cells[][],
    async repeat(statement) {
      repeated = { method: 'repeat', statement };
      await link.call(repeated);
    },
    async close() {
      try {
        await link.call({ method: 'close' });
      } finally {
        await link.end();
      }
    },
  };
}
