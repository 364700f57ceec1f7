// One sampler for all nodes of a process.

import { join } from 'node:path';
import { settingError } from '../../config/problem.ts';
import type { NodeConfig } from '../../config/schema.ts';
import type { Probe, ProbeRun, Reading } from '../../ports.ts';
import { createProbes, mountedRoots } from '../../probes/index.ts';
import { createProbeRunner } from '../../probes/runner.ts';
import { type Ask, createAsking } from '../../probes/support/asking.ts';
import { readLines } from '../../probes/support/lines.ts';
import type { Roots } from '../../probes/support/text.ts';
import { systemClock } from './clock.ts';

export interface Machine {
  readonly probes: readonly Probe[];
  collect(nowMs: number): Promise<readonly Reading[]>;
  runs(): readonly ProbeRun[];
}

/** Nodes of one process that sample within this time share one sample. */
const SHARED_MS = 50;

/** A machine that hangs for longer is not mounted as it should be. */
const ROOT_ANSWERS_WITHIN_MS = 2_000;

/** What the machine offers, this one or that of `roots`; probes in `disabled` do not run. */
export function createMachine(disabled: readonly string[], roots?: Roots): Machine {
  const all = createProbes({ platform: process.platform, ...(roots && { roots }) });
  const probes = all.filter(({ name }) => !disabled.includes(name));
  const runner = createProbeRunner(probes, { monotonicMs: systemClock.monotonicMs });
  let last: { at: number; readings: Promise<readonly Reading[]> } | undefined;
  return {
    probes,
    collect(nowMs) {
      if (last === undefined || nowMs - last.at >= SHARED_MS) {
        last = { at: nowMs, readings: runner.collect(nowMs) };
      }
      return last.readings;
    },
    runs: () => runner.runs(),
  };
}

/** The machine that a node is told to watch. Rejects with an OperatingError where there is none. */
export async function openMachine({
  disabled,
  hostRoot,
}: Pick<NodeConfig, 'disabled' | 'hostRoot'>): Promise<Machine> {
  return createMachine(disabled, hostRoot === undefined ? undefined : await rootsAt(hostRoot));
}

/** Rejects where nothing is mounted: to find nothing there is no error to probes. */
async function rootsAt(root: string): Promise<Roots> {
  const roots = mountedRoots(root);
  const path = join(roots.proc, roots.process ?? '', 'mountinfo');
  const table = await createAsking(ROOT_ANSWERS_WITHIN_MS, 1)(path, tryToRead);
  if (table.outcome !== 'answer') {
    const fix = 'mend the file system that it lies on, or leave the setting out';
    throw settingError('host_root', `host_root: ${path} ${table.problem}; ${fix}.`);
  }
  const { isThere, problem } = table.answer;
  if (isThere) return roots;
  // A /proc that hides processes from others (hidepid) hides the machine's mounts as well.
  if (problem !== undefined) throw settingError('host_root', `host_root: ${problem}.`);
  throw settingError(
    'host_root',
    `host_root is ${root}, but ${roots.proc} is not the /proc of a machine; mount the machine's ` +
      `root folder at ${root} (docker run -v /:${root}:ro,rslave), or leave the setting out.`,
  );
}

interface Tried {
  readonly isThere: boolean;
  readonly problem?: string;
}

const tryToRead: Ask<Tried> = (path, done) => {
  readLines(path, 1, () => true).then(
    (extent) => done(null, { isThere: extent !== undefined }),
    (error: Error) => done(null, { isThere: false, problem: error.message }),
  );
};
