// The clock of an object that sleeps: long waits are kept by its alarm, and only what is due within
// a second by a timer, for a timer keeps it awake, which is billed.

import type { Clock } from '../ports.ts';

export interface EdgeClock extends Clock {
  /** Calls back all that is due. */
  run(): void;
  /** When the next callback is due, ms of the monotonic clock; infinite when none is. */
  nextDueAt(): number;
}

export interface EdgeClockOptions {
  /** Wall clock, ms. It stands still while code runs, and may be set back. */
  readonly wallMs: () => number;
  /** A timer has called back; what follows from that is to be settled. */
  readonly onTimer: () => void;
}

/** Waits up to this are kept by timers: news that goes out at once, and questions to peers. */
const SHORT_MS = 1_000;

interface Waiting {
  readonly dueAt: number;
  readonly callback: () => void;
  timer?: ReturnType<typeof setTimeout>;
}

export function createEdgeClock({ wallMs, onTimer }: EdgeClockOptions): EdgeClock {
  const waiting = new Set<Waiting>();
  let latest = 0;
  // Memory does not outlive a sleep and the wall clock does, so ages are told by it.
  const monotonicMs = (): number => {
    latest = Math.max(latest, wallMs());
    return latest;
  };
  const end = (item: Waiting): boolean => {
    clearTimeout(item.timer);
    return waiting.delete(item);
  };
  return {
    monotonicMs,
    wallMs,
    after(delayMs, callback) {
      const item: Waiting = { dueAt: monotonicMs() + delayMs, callback };
      waiting.add(item);
      if (delayMs <= SHORT_MS) {
        item.timer = setTimeout(() => {
          if (!end(item)) return;
          callback();
          onTimer();
        }, delayMs);
      }
      return () => void end(item);
    },
    run() {
      const now = monotonicMs();
      for (const item of [...waiting]) if (item.dueAt <= now && end(item)) item.callback();
    },
    nextDueAt: () =>
      [...waiting].reduce((next, { dueAt }) => Math.min(next, dueAt), Number.POSITIVE_INFINITY),
  };
}
