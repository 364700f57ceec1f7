// A store's counts over all the threads it has lived in: what a dead one wrote stays counted,
// what it had queued is lost, unless it is on disk.

import type { StoreHealth } from '../../ports.ts';

export interface HealthTotals {
  /** What the thread said last. */
  learn(health: StoreHealth): void;
  /** The thread is gone: `problem` says why, or the store was closed before it answered. */
  lose(problem?: string): void;
  health(): StoreHealth;
}

const NOTHING: StoreHealth = {
  state: 'ok',
  queuedRows: 0,
  writtenRows: 0,
  droppedRows: 0,
  databaseBytes: 0,
};

export function createHealthTotals(): HealthTotals {
  let current = NOTHING;
  let pastWritten = 0;
  let pastDropped = 0;
  let pastUnusable = 0;

  return {
    learn(health) {
      current = health;
    },
    lose(problem) {
      const { databaseBytes, spooledRows } = current;
      pastWritten += current.writtenRows;
      pastDropped += current.droppedRows + current.queuedRows - (spooledRows ?? 0);
      pastUnusable += current.unusableRows ?? 0;
      const rest = {
        ...NOTHING,
        databaseBytes,
        ...(spooledRows !== undefined && { spooledRows, queuedRows: spooledRows }),
      };
      current =
        problem === undefined ? { ...rest, state: 'off' } : { ...rest, state: 'degraded', problem };
    },
    health: () => ({
      ...current,
      writtenRows: pastWritten + current.writtenRows,
      droppedRows: pastDropped + current.droppedRows,
      unusableRows: pastUnusable + (current.unusableRows ?? 0),
    }),
  };
}
