// Diurnal: load rises and falls with the day, each node at its own hour, with a little noise.
//
// Slow change everywhere: the case that comparing with the last sample instead of the last
// published value would miss.

import { calmNoise, createWorkload, restOf } from './levels.ts';
import { uniform } from './noise.ts';
import type { Workload, WorkloadOptions } from './workload.ts';

/** Ten minutes: in the minute or two of an experiment a day of 24 hours would stand still. */
const DAY_MS = 600_000;

export const createDiurnal = (options: WorkloadOptions): Workload =>
  createWorkload(options, (node) => {
    // Users live all around the world; in step the nodes would be the workload `step`.
    const phase = uniform(node.key, 0);
    return (metric) => {
      const rest = restOf(metric);
      const noise = calmNoise(metric);
      // Noon lies a whole swing above midnight.
      const amplitude = metric.profile.swing / 2;
      return (atMs) =>
        rest + amplitude * Math.sin(2 * Math.PI * (atMs / DAY_MS + phase)) + noise(atMs);
    };
  });
