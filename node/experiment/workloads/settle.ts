// Traces that are read from a running node are read once, so that all runs replay the same values.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { WorkloadSpec } from '../plan/plan.ts';
import { loadTrace } from './load-trace.ts';
import { formatTrace } from './trace-file.ts';

/** A node asked for its history may have much to read. */
const HISTORY_TIMEOUT_MS = 30_000;

/** Gives a workload whose trace, if it has one, is a file of this machine. */
export type Settled = (workload: WorkloadSpec) => WorkloadSpec;

/** Writes into `folder`; rejects with an OperatingError for a trace that cannot be read. */
export async function settleTraces(
  workloads: readonly WorkloadSpec[],
  folder: string,
): Promise<Settled> {
  const files = new Map<string, string>();
  for (const { source } of workloads) {
    if (source === undefined) continue;
    // Read now, a trace that is missing or broken is told before the first run.
    const trace = await loadTrace(source, HISTORY_TIMEOUT_MS);
    if (!/^https?:/.test(source)) continue;
    const path = join(folder, `trace-${files.size}.csv`);
    await writeFile(path, formatTrace(trace));
    files.set(source, path);
  }
  return (workload) => {
    const path = files.get(workload.source ?? '');
    return path === undefined ? workload : { ...workload, source: path };
  };
}
