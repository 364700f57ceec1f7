// Rows that were lost are news while they are being lost and for a minute after, whatever lost
// them: a store that says `ok` has lost none of them lately.

import type { Clock, StoreHealth } from '../../ports.ts';

/** Losses are told this long after the last one was seen, ms. */
export const LOSS_TOLD_MS = 60_000;

export interface Losses {
  /** The same health, degraded while rows are lost; numbers stand beside the sentence. */
  tell(health: StoreHealth): StoreHealth;
}

/** The same words for as long as it lasts, so that the log has them once. */
const OVERRUN =
  'Rows came faster than they could be stored, and the oldest that waited were dropped: tell ' +
  'fewer (a larger delta, a longer period), or put the data folder on a faster disk.';
const BESIDES = 'Rows that did not fit into the queue were dropped.';

export function createLosses(clock: Pick<Clock, 'monotonicMs'>): Losses {
  let seenRows = 0;
  let lostAtMs = Number.NEGATIVE_INFINITY;
  return {
    tell(health) {
      const nowMs = clock.monotonicMs();
      const lostRows = health.droppedRows - (health.unusableRows ?? 0);
      if (lostRows > seenRows) lostAtMs = nowMs;
      seenRows = lostRows;
      if (health.state === 'off' || nowMs - lostAtMs >= LOSS_TOLD_MS) return health;
      const problem = health.problem === undefined ? OVERRUN : `${health.problem} ${BESIDES}`;
      return { ...health, state: 'degraded', problem };
    },
  };
}
