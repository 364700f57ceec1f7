// Clocks for tests: the real one, and one that moves only when told.

import type { Clock } from '../../node/ports.ts';

export const realClock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

export interface VirtualClock extends Clock {
  /** Moves on by this much, one timer after the other, each with all that follows from it. */
  advance(byMs: number): Promise<void>;
}

export function createVirtualClock(): VirtualClock {
  let nowMs = 0;
  const timers = new Set<{ readonly dueMs: number; readonly callback: () => void }>();
  // Promises settle before the event loop's next turn.
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  const nextDue = (untilMs: number) =>
    [...timers].filter((timer) => timer.dueMs <= untilMs).sort((a, b) => a.dueMs - b.dueMs)[0];
  return {
    monotonicMs: () => nowMs,
    wallMs: () => nowMs,
    after(delayMs, callback) {
      const timer = { dueMs: nowMs + delayMs, callback };
      timers.add(timer);
      return () => void timers.delete(timer);
    },
    async advance(byMs) {
      const untilMs = nowMs + byMs;
      await settle();
      for (let timer = nextDue(untilMs); timer !== undefined; timer = nextDue(untilMs)) {
        timers.delete(timer);
        nowMs = timer.dueMs;
        timer.callback();
        await settle();
      }
      nowMs = untilMs;
    },
  };
}
