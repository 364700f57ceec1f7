// Tells in the log when storing begins to fail, why, and when it works again.

import type { Store } from '../ports.ts';
import type { Log } from './log.ts';

/** A database that is merely slow to open at a busy start is no news. */
const FIRST_LOOK_MS = 3_000;
const LOOK_MS = 5_000;

/** Close ends the watching. */
export function watchStore(store: Store, log: Log): { close(): Promise<void> } {
  let told: string | undefined;
  const look = (): void => {
    const { problem } = store.health();
    if (problem !== undefined && problem !== told) log('error', problem);
    if (problem === undefined && told !== undefined) log('info', 'The database works again.');
    told = problem;
    timer = setTimeout(look, LOOK_MS).unref();
  };
  let timer = setTimeout(look, FIRST_LOOK_MS).unref();
  return {
    close: async () => clearTimeout(timer),
  };
}
