// Spares an expensive measurement: between two runs the last readings are told again.

import type { Reading } from '../../ports.ts';

type Collect = (nowMs: number) => Promise<readonly Reading[]>;

/** A failed run is not kept: the next call tries again. */
export function rarely(everyMs: number, collect: Collect): Collect {
  let readings: readonly Reading[] = [];
  let nextMs = Number.NEGATIVE_INFINITY;
  return async (nowMs) => {
    if (nowMs < nextMs) return readings;
    readings = await collect(nowMs);
    // Without a reading (a rate's first call) there is nothing to repeat.
    if (readings.length > 0) nextMs = nowMs + everyMs;
    return readings;
  };
}
