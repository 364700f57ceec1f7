// Bytes per second over the last few seconds, from counters that only grow.

/** Long enough that a single exchange does not look like a flood. */
const WINDOW_MS = 10_000;

export interface Meter {
  /** Bytes per second between the oldest look in the window and this one. */
  perSecond(totalBytes: number, nowMs: number): number;
}

/** Counts from the start on, so that the first look already tells a rate. */
export function createMeter(startedAtMs: number): Meter {
  const looks = [{ at: startedAtMs, bytes: 0 }];
  return {
    perSecond(totalBytes, nowMs) {
      looks.push({ at: nowMs, bytes: totalBytes });
      while (looks.length > 2 && nowMs - (looks[1]?.at ?? nowMs) >= WINDOW_MS) looks.shift();
      const first = looks[0] ?? { at: nowMs, bytes: totalBytes };
      const seconds = (nowMs - first.at) / 1_000;
      return seconds <= 0 ? 0 : Math.round((totalBytes - first.bytes) / seconds);
    },
  };
}
