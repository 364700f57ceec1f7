// What the nodes of an experiment measure: the same values for every strategy, named by a seed.

import type { MetricDefinition } from '../../core/model.ts';

/** One node's values as time goes by. Pure: the same `atMs` always gives the same values. */
export interface Signal {
  /** Value of each metric, in the order given, at `atMs` since the run's start. */
  valuesAt(atMs: number): readonly number[];
}

/** Called once a node; `index` counts nodes from 0. */
export type Workload = (index: number) => Signal;

export interface WorkloadOptions {
  readonly metrics: readonly MetricDefinition[];
  readonly seed: number;
  /** 1 is as the workload comes; 2 moves twice as often or as far. */
  readonly intensity: number;
}
