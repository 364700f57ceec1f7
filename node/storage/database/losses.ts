// Rows that were lost are news while they are being lost and for a minute after, whatever lost
// them: a store that says `ok` has lost none of them lately.

import type { Clock, StoreHealth } from '../../ports.ts';

/** Losses are told this long after the last one was seen, ms. */
export const LOSS_TOLD_MS = 60_000;

export interface Losses {
  /** Rows that went since the last look went for the problem that `health` names, if any. */
  note(health: StoreHealth): void;
  /** The same health, degraded while rows are lost; numbers stand beside the sentence. */
  tell(health: StoreHealth): StoreHealth;
}

/** The same words for as long as it lasts, so that the log has them once. */
const OVERRUN =
  'Rows came faster than they could be stored, and the oldest that waited were dropped: tell ' +
  'fewer (a larger delta, a longer period), or put the data folder on a faster disk.';
const BESIDES = 'Rows that waited were dropped.';
const BEFORE = 'It is over, but rows that waited were dropped, less than a minute ago:';

export function createLosses(clock: Pick<Clock, 'monotonicMs'>): Losses {
  let seenRows = 0;
  let lostAtMs = Number.NEGATIVE_INFINITY;
  /** What was wrong when rows went; the log may not have looked while it lasted. */
  let last: { readonly problem: string; readonly atMs: number } | undefined;

  const note = ({ problem, droppedRows, unusableRows = 0 }: StoreHealth): void => {
    const lostRows = droppedRows - unusableRows;
    const atMs = clock.monotonicMs();
    if (lostRows > seenRows) {
      lostAtMs = atMs;
      if (problem !== undefined) last = { problem, atMs };
      // What a problem left waiting may overflow when it is over; later it is another matter.
      else if (last !== undefined && atMs - last.atMs >= LOSS_TOLD_MS) last = undefined;
    }
    seenRows = lostRows;
  };

  const sentenceOf = ({ problem }: StoreHealth): string => {
    if (problem !== undefined) return `${problem} ${BESIDES}`;
    return last === undefined ? OVERRUN : `${BEFORE} ${last.problem}`;
  };
  return {
    note,
    tell(health) {
      note(health);
      const isOver = clock.monotonicMs() - lostAtMs >= LOSS_TOLD_MS;
      if (health.state === 'off' || isOver) return health;
      return { ...health, state: 'degraded', problem: sentenceOf(health) };
    },
  };
}
