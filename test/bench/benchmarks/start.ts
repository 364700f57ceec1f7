// From the command to everyone-knows-everyone, and from Ctrl-C to nothing left.

import { execFileSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Benchmark, Context, Row } from '../benchmark.ts';
import { RIVALS } from '../rivals.ts';
import { type RunningCommand, startNodes } from '../support/command.ts';

const NODES = 20;
/** Where an installation leaves compiled code. */
const COMPILE_CACHE = fileURLToPath(
  new URL('../../../node_modules/.cache/priomon', import.meta.url),
);
const WARM_UP = fileURLToPath(new URL('../../../node/runtime/warm-up.mjs', import.meta.url));
/** A cluster that has found itself, before it is told to stop. */
const CALM_MS = 3_000;

export const start: Benchmark = {
  name: 'start',
  title: 'Start of 20 nodes, command to all-know-all',
  async run(context) {
    const runs = context.isQuick ? 2 : 5;
    rmSync(COMPILE_CACHE, { recursive: true, force: true, maxRetries: 3 });
    const cold = await runOnce(context, 'cold', []);
    execFileSync(process.execPath, [WARM_UP]);
    const processes = await runSome(context, runs, 'processes', []);
    const inProcess = await runSome(context, runs, 'in-process', ['--in-process']);
    return [
      ...startRows(`${NODES} processes`, processes, 6),
      {
        what: `${NODES} processes, nothing compiled ahead`,
        values: [cold.seconds],
        unit: 's',
        note: 'without the folder of compiled code that an installation leaves',
      },
      ...startRows(`${NODES} nodes in one process`, inProcess, 2),
      {
        what: `${NODES} processes: Ctrl-C to the end of the last`,
        values: processes.map(({ stopSeconds }) => stopSeconds),
        unit: 's',
        aim: 2,
      },
    ];
  },
};

interface Start extends Pick<RunningCommand, 'seconds' | 'wallSeconds'> {
  readonly stopSeconds: number;
}

async function runSome(
  context: Context,
  runs: number,
  label: string,
  words: readonly string[],
): Promise<Start[]> {
  const starts: Start[] = [];
  for (let run = 0; run < runs; run++) {
    starts.push(await runOnce(context, `${label}-${run}`, words));
  }
  return starts;
}

/** Each in a fresh data folder: nobody knows anybody but the seeds. */
async function runOnce(
  { basePort, folder }: Context,
  label: string,
  words: readonly string[],
): Promise<Start> {
  const settings = ['--base-port', String(basePort), '--data', join(folder, label)];
  const command = await startNodes([String(NODES), ...settings, ...words]);
  await new Promise((resolve) => setTimeout(resolve, CALM_MS));
  const stopSeconds = await command.interrupt();
  return { seconds: command.seconds, wallSeconds: command.wallSeconds, stopSeconds };
}

function startRows(what: string, starts: readonly Start[], aim: number): Row[] {
  return [
    {
      what: `${what}: command to all-know-all`,
      values: starts.map(({ wallSeconds }) => wallSeconds),
      unit: 's',
      aim,
      rival: RIVALS.start20,
      note: 'wall time from the spawn of `node node/cli/nodes.ts` to its ready line, run by run',
    },
    {
      what: `${what}: the same as the ready line says it`,
      values: starts.map(({ seconds }) => seconds),
      unit: 's',
      aim,
    },
  ];
}
