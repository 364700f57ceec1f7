// Flapping: on one node in five every metric jumps up and down every few seconds; the others are
// calm. As a process that crashes and is restarted, or a disk that fills and is emptied, over and
// over.
//
// The worst case of the urgent path: news that are urgent by rule and stale before they are known.

import { calmNoise, createWorkload, restOf } from './levels.ts';
import { uniform } from './noise.ts';
import type { Workload, WorkloadOptions } from './workload.ts';

/** Node 0 flaps, so that the smallest cluster has one. */
const FLAPPING_EVERY_NODES = 5;
/** Mean time between two jumps; each is 2 to 6 s after the last, so no sampling a second misses. */
const JUMP_EVERY_MS = 4_000;
const JITTER = 0.5;
// 60 points apart: beyond any delta that makes sense.
const LOW = 0.2;
const HIGH = 0.8;

export const createFlapping = (options: WorkloadOptions): Workload =>
  createWorkload(options, (node) => (metric) => {
    const noise = calmNoise(metric);
    const rest = restOf(metric);
    if (node.index % FLAPPING_EVERY_NODES !== 0) return (atMs) => rest + noise(atMs);
    const { key } = metric;
    return (atMs) => {
      // One jump in each slot, somewhere in its first half.
      const slot = Math.floor(atMs / JUMP_EVERY_MS);
      const isPast = atMs / JUMP_EVERY_MS - slot >= JITTER * uniform(key, slot, 4);
      const jumps = isPast ? slot + 1 : slot;
      return (jumps % 2 === 0 ? LOW : HIGH) + noise(atMs);
    };
  });
