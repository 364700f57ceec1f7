// One sampler for all nodes of a process.

import { join } from 'node:path';
import { settingError } from '../../config/problem.ts';
import type { Probe, ProbeRun, Reading } from '../../ports.ts';
import { createProbes, mountedRoots } from '../../probes/index.ts';
import { createProbeRunner } from '../../probes/runner.ts';
import { attempt, type Roots, readText } from '../../probes/support/text.ts';
import { systemClock } from './clock.ts';

export interface Machine {
  readonly probes: readonly Probe[];
  collect(nowMs: number): Promise<readonly Reading[]>;
  runs(): readonly ProbeRun[];
}

/** Nodes of one process that sample within this time share one sample. */
const SHARED_MS = 50;

/** What the machine offers, this one or that mounted at `root`; probes in `disabled` do not run. */
export function createMachine(disabled: readonly string[], root?: string): Machine {
  const roots = root === undefined ? {} : { roots: rootsAt(root) };
  const all = createProbes({ platform: process.platform, ...roots });
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

/** Throws where nothing is mounted: to find nothing there is no error to probes. */
function rootsAt(root: string): Roots {
  const roots = mountedRoots(root);
  const table = attempt(() => readText(join(roots.proc, roots.process ?? '', 'mountinfo'), 1));
  if ('value' in table && table.value !== undefined) return roots;
  // A /proc that hides processes from others (hidepid) hides the machine's mounts as well.
  if ('problem' in table) throw settingError('host_root', `host_root: ${table.problem}.`);
  throw settingError(
    'host_root',
    `host_root is ${root}, but ${roots.proc} is not the /proc of a machine; mount the machine's ` +
      `root folder at ${root} (docker run -v /:${root}:ro,rslave), or leave the setting out.`,
  );
}
