// Tells in the log when storing begins to fail, why, and when it works again: once each, with how
// many rows that cost.

import type { Clock, Store } from '../../ports.ts';
import { systemClock } from './clock.ts';
import type { Log } from './log.ts';

/** A database that is merely slow to open at a busy start is no news. */
const FIRST_LOOK_MS = 3_000;
const LOOK_MS = 5_000;

const rowsOf = (rows: number): string =>
  rows === 1 ? '1 row was' : `${rows.toLocaleString('en')} rows were`;

/** Close ends the watching. */
export function watchStore(
  store: Pick<Store, 'health'>,
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
  return { close: async () => cancel() };
}
