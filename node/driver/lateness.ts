// Finds out when the event loop stood still: a beat that comes late says by how much. Timers that
// fell due meanwhile must not be taken for the silence of others.

import type { Clock } from '../ports.ts';

const BEAT_MS = 250;
/** Less than this is ordinary jitter. */
const LATE_MS = 100;

/** A standstill: nothing was measured, and peers may have taken the node for dead. */
export const STOOD_STILL_MS = 3_000;

export interface Lateness {
  start(): void;
  /** Looks now instead of at the next beat; called before every input. */
  check(): void;
  stop(): void;
}

export function createLateness(clock: Clock, onLate: (lateMs: number) => void): Lateness {
  let dueAt = Number.POSITIVE_INFINITY;
  let cancel = (): void => {};

  const check = (): void => {
    const now = clock.monotonicMs();
    const lateMs = now - dueAt;
    if (lateMs < LATE_MS) return;
    dueAt = now + BEAT_MS;
    onLate(lateMs);
  };

  const beat = (): void => {
    check();
    dueAt = clock.monotonicMs() + BEAT_MS;
    cancel = clock.after(BEAT_MS, beat);
  };

  return {
    start: beat,
    check,
    stop() {
      cancel();
      dueAt = Number.POSITIVE_INFINITY;
    },
  };
}
