// Measures at fixed steps. What is gossiped goes to the engine, which decides what to tell; the
// rest is stored here alone.

import type { Clock, Reading } from '../ports.ts';

/** Rates need two samples; the first pair is taken this far apart. */
const FIRST_PAIR_MS = 250;

export interface SamplerOptions {
  readonly clock: Clock;
  readonly sampleMs: number;
  /** Sampling periods of metrics that have their own, ms. */
  readonly everyMs: ReadonlyMap<string, number>;
  /** Everything that can be measured now; never rejects. */
  readonly collect: (nowMs: number) => Promise<readonly Reading[]>;
  readonly take: (readings: readonly Reading[]) => void;
}

/**
 * Without a sample for so long, ms, a metric is stale: its own step, two samplings more, as a slow
 * probe leaves one out now and then, and the time that a sampling waits for slow probes.
 */
export const staleAfterMs = (
  { sampleMs, everyMs }: Pick<SamplerOptions, 'sampleMs' | 'everyMs'>,
  metric: string,
  patienceMs: number,
): number => (everyMs.get(metric) ?? sampleMs) + 2 * sampleMs + patienceMs;

export interface Sampler {
  /** Resolves when the first sample, rates included, was taken. */
  start(): Promise<void>;
  stop(): void;
}

export function createSampler(options: SamplerOptions): Sampler {
  const { clock, sampleMs, everyMs, collect, take } = options;
  const dueAt = new Map<string, number>();
  let stopped = false;
  let cancel = (): void => {};

  /** Resolves early when the sampler is stopped. */
  const pause = (delayMs: number): Promise<void> =>
    new Promise((resolve) => {
      const cancelTimer = clock.after(delayMs, resolve);
      cancel = () => {
        cancelTimer();
        resolve();
      };
    });

  const isDue = ({ metric }: Reading, now: number): boolean => {
    const every = everyMs.get(metric);
    if (every === undefined) return true;
    // Half a step of slack, or timers that fire a moment early would skip every other sample.
    if (now < (dueAt.get(metric) ?? 0) - sampleMs / 2) return false;
    dueAt.set(metric, now + every);
    return true;
  };

  const sample = async (): Promise<void> => {
    const now = clock.monotonicMs();
    const readings = await collect(now);
    if (!stopped) take(readings.filter((reading) => isDue(reading, now)));
  };

  const loop = (at: number): void => {
    cancel = clock.after(Math.max(0, at - clock.monotonicMs()), async () => {
      await sample();
      // Fixed steps, so that one slow sample does not shift all later ones.
      if (!stopped) loop(Math.max(at + sampleMs, clock.monotonicMs()));
    });
  };

  return {
    async start() {
      await collect(clock.monotonicMs());
      if (!stopped) await pause(FIRST_PAIR_MS);
      if (!stopped) await sample();
      if (!stopped) loop(clock.monotonicMs() + sampleMs);
    },
    stop() {
      stopped = true;
      cancel();
    },
  };
}
