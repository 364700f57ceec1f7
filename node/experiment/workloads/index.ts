// The synthetic workloads. A new one is one file and one line here, and a word in WORKLOAD_KINDS.

import type { WorkloadKind } from '../plan/plan.ts';
import { createBursts } from './bursts.ts';
import { createDiurnal } from './diurnal.ts';
import { createFlapping } from './flapping.ts';
import { createRandomWalk } from './random-walk.ts';
import { createStep } from './step.ts';
import type { Workload, WorkloadOptions } from './workload.ts';

/** The others come from a machine or from a file. */
export type SyntheticKind = Exclude<WorkloadKind, 'machine' | 'trace'>;

export const SYNTHETIC_WORKLOADS: Readonly<
  Record<SyntheticKind, (options: WorkloadOptions) => Workload>
> = {
  'random-walk': createRandomWalk,
  bursts: createBursts,
  diurnal: createDiurnal,
  step: createStep,
  flapping: createFlapping,
};
