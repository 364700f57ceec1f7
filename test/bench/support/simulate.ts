// Simulated runs, one after another, each in a process of its own: memory counts from nothing.

import { execFile } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { ScaleFigures, ScaleOptions } from '../../../node/experiment/simulation/scale.ts';
import { SIMULATION_FLAGS } from '../../../node/experiment/simulation/scale.ts';

const PROGRAM = fileURLToPath(new URL('./scale-run.ts', import.meta.url));

export interface MeasuredRun extends ScaleFigures {
  /** The most that the process held at any time, as the kernel counts it. */
  readonly peakMegabytes: number;
}

export async function simulate(options: ScaleOptions): Promise<MeasuredRun> {
  const words = [...SIMULATION_FLAGS, PROGRAM, JSON.stringify(options)];
  const { stdout } = await promisify(execFile)(process.execPath, words);
  return JSON.parse(stdout) as MeasuredRun;
}
