// Traces that are read from a running node are read once, so that all runs replay the same values.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { OperatingError } from '../../errors.ts';
import type { WorkloadSpec } from '../plan/plan.ts';
import { loadTrace } from './traces/load-trace.ts';
import { formatTrace, MAX_TRACE_CHARACTERS } from './traces/trace-file.ts';

/** Gives a workload whose trace, if it has one, is a file of this machine. */
export type Settled = (workload: WorkloadSpec) => WorkloadSpec;

/**
 * Writes into `folder`; rejects with an OperatingError for a trace that cannot be read, or that is
 * longer than the runs would read again.
 */
export async function settleTraces(
  workloads: readonly WorkloadSpec[],
  folder: string,
  maxBytes = MAX_TRACE_CHARACTERS,
): Promise<Settled> {
  const files = new Map<string, string>();
  for (const { source } of workloads) {
    if (source === undefined) continue;
    // Read now, a trace that is missing or broken is told before the first run.
    const trace = await loadTrace(source);
    if (!/^https?:/.test(source)) continue;
    const path = join(folder, `trace-${files.size}.csv`);
    const text = formatTrace(trace);
    if (Buffer.byteLength(text) > maxBytes) throw tooLong(source, maxBytes);
    await writeFile(path, text);
    files.set(source, path);
  }
  return (workload) => {
    const path = files.get(workload.source ?? '');
    return path === undefined ? workload : { ...workload, source: path };
  };
}

const tooLong = (source: string, maxBytes: number): OperatingError =>
  new OperatingError(
    'trace_long',
    `The history of ${source} makes a trace of more than ${maxBytes} bytes; ` +
      'choose less of it, with ?from=10m or ?node=web-1.',
  );
