// The workloads by their names in a plan. A new synthetic one is one file and one line here, and a
// word in WORKLOAD_KINDS.

import type { WorkloadKind, WorkloadSpec } from '../plan/plan.ts';
import { createBursts } from './bursts.ts';
import { createDiurnal } from './diurnal.ts';
import { createFlapping } from './flapping.ts';
import { createRandomWalk } from './random-walk.ts';
import { createStep } from './step.ts';
import { loadTrace, RECORDED_TRACE } from './traces/load-trace.ts';
import { replay } from './traces/replay.ts';
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

/**
 * Not `machine`, for every node measures its own. Rejects with an OperatingError for a trace that
 * cannot be read.
 */
export async function openWorkload(
  { kind, intensity, source }: WorkloadSpec,
  options: Pick<WorkloadOptions, 'metrics' | 'seed'>,
): Promise<Workload> {
  const chosen = { ...options, intensity };
  if (kind === 'machine') throw new TypeError('nodes measure their own machine themselves');
  if (kind !== 'trace') return SYNTHETIC_WORKLOADS[kind](chosen);
  return replay(await loadTrace(source ?? RECORDED_TRACE), chosen);
}
