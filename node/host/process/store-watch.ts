// Tells in the log when storing begins to fail, why, and when it works again: once each, with how
// many rows that cost; and at the end how many could not be stored any more.

import type { Clock, Store, StoreHealth } from '../../ports.ts';
import { systemClock } from './clock.ts';
import type { Log } from './log.ts';

/** A database that is merely slow to open at a busy start is no news. */
const FIRST_LOOK_MS = 3_000;
const LOOK_MS = 5_000;

const rowsOf = (rows: number): string =>
  rows === 1 ? '1 row was' : `${rows.toLocaleString('en')} rows were`;

/** Gone with the process, if it ended now. */
const lostRowsOf = ({ droppedRows, queuedRows, spooledRows = 0 }: StoreHealth): number =>
  droppedRows + queuedRows - spooledRows;

/** Close ends the watching, and closes the store. */
export function watchStore(
  store: Pick<Store, 'health' | 'close'>,
  log: Log,
  clock: Pick<Clock, 'after'> = systemClock,
): { close(): Promise<void> } {
  let told: string | undefined;
  let droppedBefore = 0;
  const look = (): void => {
    const { problem, droppedRows } = store.health();
    const lost = droppedRows - droppedBefore;
    if (problem !== undefined && problem !== told) {
      log('error', lost > 0 ? `${problem} So far ${rowsOf(lost)} dropped.` : problem);
    }
    if (problem === undefined && told !== undefined) {
      const cost = lost > 0 ? `; ${rowsOf(lost)} dropped meanwhile` : '';
      log('info', `The database works again${cost}.`);
    }
    if (problem === undefined) droppedBefore = droppedRows;
    told = problem;
    cancel = clock.after(LOOK_MS, look);
  };
  let cancel = clock.after(FIRST_LOOK_MS, look);
  return {
    async close() {
      cancel();
      const { droppedRows } = store.health();
      await store.close();
      const lost = lostRowsOf(store.health()) - droppedRows;
      if (lost > 0) log('error', `The node ends, and ${rowsOf(lost)} not stored any more.`);
    },
  };
}
