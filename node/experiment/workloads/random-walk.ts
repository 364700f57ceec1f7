// Random walk: every metric of every node drifts by itself, as on machines with mixed work.
//
// An Ornstein–Uhlenbeck process: a plain walk would leave the range in the end. How far and how
// fast each metric goes is in its profile. The ordinary case: news everywhere, none of it together.

import { createWorkload, restOf } from './levels.ts';
import { createWander } from './noise.ts';
import type { Workload, WorkloadOptions } from './workload.ts';

export const createRandomWalk = (options: WorkloadOptions): Workload =>
  createWorkload(options, () => (metric) => {
    const { profile, key } = metric;
    const rest = restOf(metric);
    const wander = createWander(key, profile.memoryMs);
    return (atMs) => rest + profile.spread * wander(atMs);
  });
