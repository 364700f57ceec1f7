// Step: once a minute half of the nodes change their level at the same instant and then stay there,
// as after a failover, a release, or when a shared service slows down.
//
// The worst case of correlated news: every metric, urgent ones too, has something to tell at once.

import { calmNoise, createWorkload } from './levels.ts';
import { uniform } from './noise.ts';
import type { Workload, WorkloadOptions } from './workload.ts';

/** Long enough for a cluster to come to rest in between. */
const STEP_EVERY_MS = 60_000;
/** The first comes early, so that a run of one minute has one. */
const FIRST_STEP_MS = 30_000;
// 40 points apart: beyond any delta that makes sense.
const LOW = 0.3;
const HIGH = 0.7;

export const createStep = (options: WorkloadOptions): Workload =>
  createWorkload(options, (node) => (metric) => {
    const noise = calmNoise(metric);
    return (atMs) => {
      const steps = Math.floor((atMs - FIRST_STEP_MS) / STEP_EVERY_MS) + 1;
      // Each step every node draws one of two levels anew, so half of them change.
      return (uniform(node.key, steps) < 0.5 ? LOW : HIGH) + noise(atMs);
    };
  });
