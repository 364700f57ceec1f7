// What a node costs its machine: processor time and memory.

import { join } from 'node:path';
import { launchProcesses } from '../../../node/experiment/processes.ts';
import type { Benchmark, Context, Row } from '../benchmark.ts';
import { RIVALS } from '../rivals.ts';
import {
  ADAPTIVE_ROUNDS,
  clusterConfigs,
  FIXED_ROUNDS,
  settle,
  startCluster,
  stopCluster,
} from '../support/cluster.ts';
import { startNodes } from '../support/command.ts';
import { type MemoryUse, machineMs, readCpuMs, readMemory } from '../support/machine.ts';

const NODES = 20;

export const cost: Benchmark = {
  name: 'cost',
  title: 'Processor time and memory of a node',
  run: async (context) => [
    ...(await processRows(context, 'fixed', { ...FIXED_ROUNDS })),
    ...(await processRows(context, 'adaptive', { ...ADAPTIVE_ROUNDS })),
    await inProcessRow(context),
  ],
};

async function processRows(
  context: Context,
  rounds: string,
  flags: Record<string, string>,
): Promise<Row[]> {
  const configs = await clusterConfigs(context, NODES, { ...flags, sample: '1s' });
  const launch = launchProcesses({ onLine: () => {}, onEnd: () => {} });
  const members = await startCluster(configs, launch.start);
  try {
    await settle(context.isQuick ? 5_000 : 30_000);
    const pids = members.flatMap(({ pid }) => pid ?? []);
    const cpu = await watchCpu(pids, context.isQuick ? 10_000 : 60_000);
    return rowsOf(`${NODES} processes, ${rounds} rounds`, cpu, pids.map(readMemory));
  } finally {
    await stopCluster(members);
    await launch.close();
  }
}

/** Percent of one core, process by process. */
async function watchCpu(pids: readonly number[], forMs: number): Promise<number[]> {
  const before = pids.map(readCpuMs);
  const startedAt = machineMs();
  await settle(forMs);
  const after = pids.map(readCpuMs);
  const elapsedMs = machineMs() - startedAt;
  return after.map((used, i) => ((used - (before[i] ?? used)) / elapsedMs) * 100);
}

function rowsOf(what: string, cpu: number[], memory: readonly MemoryUse[]): Row[] {
  const conditions = 'sampling and rounds of 1 s, storage on, nobody asks; process by process';
  return [
    {
      what: `${what}: processor time a node`,
      values: cpu,
      unit: '% of a core',
      aim: 0.5,
      rival: RIVALS.cpu,
      note: conditions,
    },
    {
      what: `${what}: memory a node (RSS)`,
      values: memory.map(({ rssMb }) => rssMb),
      unit: 'MB',
      aim: 90,
      rival: RIVALS.memoryMb,
      note: 'MB of 10⁶ bytes; pages that all nodes share, such as Node.js itself, count in each',
    },
    {
      what: `${what}: memory a node, shared pages divided (PSS)`,
      values: memory.map(({ pssMb }) => pssMb),
      unit: 'MB',
    },
  ];
}

/** Twenty nodes against one, each in a process of the command: the difference is nodes alone. */
async function inProcessRow(context: Context): Promise<Row> {
  const values: number[] = [];
  for (let run = 0; run < (context.isQuick ? 1 : 3); run++) {
    const one = await inProcessRss(context, 1, run);
    const many = await inProcessRss(context, NODES, run);
    values.push((many - one) / (NODES - 1));
  }
  return {
    what: 'one process: memory each further node takes (RSS)',
    values,
    unit: 'MB',
    aim: 3,
    note: `(RSS with ${NODES} nodes − RSS with 1) / ${NODES - 1}, run by run`,
  };
}

async function inProcessRss(context: Context, nodes: number, run: number): Promise<number> {
  const data = join(context.folder, `one-process-${nodes}-${run}`);
  const settings = ['--base-port', String(context.basePort), '--data', data];
  const command = await startNodes([String(nodes), '--in-process', ...settings]);
  await settle(context.isQuick ? 5_000 : 30_000);
  const { rssMb } = readMemory(command.pid);
  await command.interrupt();
  return rssMb;
}
