// A workload by its name in a plan; `machine` is none of these, for every node measures its own.

import type { WorkloadSpec } from '../plan/plan.ts';
import { SYNTHETIC_WORKLOADS } from './index.ts';
import { loadTrace, RECORDED_TRACE } from './load-trace.ts';
import { replay } from './replay.ts';
import type { Workload, WorkloadOptions } from './workload.ts';

/** Rejects with an OperatingError for a trace that cannot be read. */
export async function openWorkload(
  { kind, intensity, source }: WorkloadSpec,
  options: Pick<WorkloadOptions, 'metrics' | 'seed'>,
): Promise<Workload> {
  const chosen = { ...options, intensity };
  if (kind === 'machine') throw new TypeError('nodes measure their own machine themselves');
  if (kind !== 'trace') return SYNTHETIC_WORKLOADS[kind](chosen);
  return replay(await loadTrace(source ?? RECORDED_TRACE), chosen);
}
