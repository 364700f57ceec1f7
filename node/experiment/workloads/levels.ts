// What the synthetic workloads share: one level a node and metric, turned into the metric's values.

import { hashNumbers, hashText } from '../../core/hash.ts';
import { createWander, uniform } from './noise.ts';
import { type Profile, profileOf, scaleOf } from './profiles.ts';
import type { Workload, WorkloadOptions } from './workload.ts';

/** Share of the metric's range at a time ≥ 0. */
export type Level = (atMs: number) => number;

/** One node: `index` counts from 0, `key` seeds what all its metrics have in common. */
export interface NodeOfWorkload {
  readonly index: number;
  readonly key: number;
}

/** One metric of a node; `key` seeds what it has of its own. */
export interface MetricOfNode {
  readonly profile: Profile;
  readonly key: number;
}

/** Called once a node, and what it returns once a metric. */
export type Model = (node: NodeOfWorkload) => (metric: MetricOfNode) => Level;

/**
 * Intensity is the speed of the workload's clock, the same for all of them: at 2 all happens twice
 * as often, at 0 nothing does. What is faster than the nodes sample, they cannot see.
 */
export function createWorkload(options: WorkloadOptions, model: Model): Workload {
  const { metrics, seed, intensity } = options;
  return (index) => {
    const nodeKey = hashNumbers(seed, index);
    const levelOf = model({ index, key: nodeKey });
    const values = metrics.map((metric) => {
      const key = hashNumbers(nodeKey, hashText(metric.name));
      const level = levelOf({ profile: profileOf(metric), key });
      const scale = scaleOf(metric);
      return (atMs: number) => scale(level(atMs));
    });
    return {
      valuesAt(atMs) {
        const movedMs = Math.max(0, atMs * intensity);
        return values.map((value) => value(movedMs));
      },
    };
  };
}

/** Nodes rest as far apart as this. */
const NODES_DIFFER = 0.2;

export const restOf = ({ profile, key }: MetricOfNode): number =>
  profile.rest + NODES_DIFFER * (uniform(key, 0, 3) - 0.5);

/** Share of a random walk's spread that is left where nothing is meant to happen. */
const CALM = 0.1;

/** The little noise around 0 that even a calm metric has: cpu ± 1.2 %, storage ± 0.5 %. */
export function calmNoise({ profile, key }: MetricOfNode): Level {
  const wander = createWander(key, profile.memoryMs);
  return (atMs) => CALM * profile.spread * wander(atMs);
}
