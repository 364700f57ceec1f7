// What moves a node that sleeps between its alarms: it measures when an alarm wakes it, and knows
// that time was lost when an alarm comes late.

import type { SamplerOptions } from '../driver/sampler.ts';
import type { Timing } from '../driver/timing.ts';

export interface EdgeTiming extends Timing {
  /** Measures now; resolves when what was measured is told. */
  measure(): Promise<void>;
  /** The node should have been awake this long ago, ms. */
  wasLate(lateMs: number): void;
}

/** Alarms come within a second or so; less than this is no absence. */
const LATE_MS = 3_000;

export function createEdgeTiming(): EdgeTiming {
  let sampler: SamplerOptions | undefined;
  let tell = (_lateMs: number): void => {};
  return {
    createSampler(options) {
      return {
        async start() {
          sampler = options;
        },
        stop() {
          sampler = undefined;
        },
      };
    },
    createLateness: (_clock, onLate) => ({
      start() {
        tell = onLate;
      },
      // Between its alarms nothing was due.
      check() {},
      stop() {
        tell = () => {};
      },
    }),
    async measure() {
      if (sampler === undefined) return;
      const readings = await sampler.collect(sampler.clock.monotonicMs());
      // Stopped meanwhile, perhaps.
      sampler?.take(readings);
    },
    wasLate(lateMs) {
      if (lateMs >= LATE_MS) tell(lateMs);
    },
  };
}
