// Bursts: calm nodes that now and then have something to do, as servers of requests or of jobs do.
//
// Calm and burst alternate with exponential lengths, so that bursts begin as calls arrive. A burst
// takes cpu, network and some memory up together, by each profile's swing; storage stays.

import { calmNoise, createWorkload, restOf } from './levels.ts';
import { exponential, uniform } from './noise.ts';
import type { Workload, WorkloadOptions } from './workload.ts';

// Two bursts a minute and node: a run of one minute sees them, and most of the time is calm.
const MEAN_CALM_MS = 30_000;
/** A few samples at one a second. */
const MEAN_BURST_MS = 5_000;
/** The weakest burst, as a share of the strongest; all strengths between are as likely. */
const WEAKEST = 0.5;

export const createBursts = (options: WorkloadOptions): Workload =>
  createWorkload(options, (node) => {
    const strengthAt = createSchedule(node.key);
    return (metric) => {
      const rest = restOf(metric);
      const noise = calmNoise(metric);
      const { swing } = metric.profile;
      return (atMs) => rest + noise(atMs) + swing * strengthAt(atMs);
    };
  });

/** A node's bursts, 0 between them. Rising times go on from the last; earlier ones start over. */
function createSchedule(key: number): (atMs: number) => number {
  let number = -1;
  let calmFromMs = Number.POSITIVE_INFINITY;
  let startMs = 0;
  let endMs = 0;
  const begin = (next: number, fromMs: number): void => {
    number = next;
    calmFromMs = fromMs;
    startMs = calmFromMs + exponential(MEAN_CALM_MS, key, number, 1);
    endMs = startMs + exponential(MEAN_BURST_MS, key, number, 2);
  };
  return (atMs) => {
    if (atMs < calmFromMs) begin(0, 0);
    while (atMs >= endMs) begin(number + 1, endMs);
    return atMs < startMs ? 0 : WEAKEST + (1 - WEAKEST) * uniform(key, number, 3);
  };
}
