// Whether any node is taken for dead while the machine has no time for its nodes.

import { type ChildProcess, fork } from 'node:child_process';
import { availableParallelism } from 'node:os';
import type { MembersAnswer } from '../../../node/http/answers/shapes.ts';
import type { Benchmark, Row } from '../benchmark.ts';
import { askJson } from '../support/ask.ts';
import { ADAPTIVE_ROUNDS, settle } from '../support/cluster.ts';
import { machineMs, readCpuMs } from '../support/machine.ts';
import { startWatchedCluster, type WatchedCluster } from '../support/watched-cluster.ts';

const NODES = 20;

export const saturation: Benchmark = {
  name: 'saturation',
  title: 'False deaths while every core is saturated',
  async run(context) {
    const minutes = context.isQuick ? 1 : 10;
    const cluster = await startWatchedCluster(context, NODES, { ...ADAPTIVE_ROUNDS });
    const busy: ChildProcess[] = [];
    try {
      await settle(5_000);
      cluster.statements.length = 0;
      for (let core = 0; core < availableParallelism(); core++) busy.push(startBusy());
      const startedAt = machineMs();
      await settle(minutes * 60_000);
      const elapsedMs = machineMs() - startedAt;
      const spent = busy.map(({ pid = 0 }) => readCpuMs(pid) / elapsedMs);
      return rowsOf(minutes, cluster, await countDead(cluster), spent);
    } finally {
      for (const child of busy) child.kill('SIGKILL');
      await cluster.stop();
    }
  },
};

const startBusy = (): ChildProcess =>
  fork(new URL('../support/busy.ts', import.meta.url), {
    stdio: ['ignore', 'ignore', 'ignore', 'ipc'],
  });

/** Pairs of nodes of which one takes the other for dead at the end. */
async function countDead({ members }: WatchedCluster): Promise<number> {
  let dead = 0;
  for (const { url } of members) {
    const answer = await askJson<MembersAnswer>(`${url}/members`);
    dead += answer.members.filter(({ status }) => status === 'dead').length;
  }
  return dead;
}

function rowsOf(
  minutes: number,
  { statements }: WatchedCluster,
  deadAtEnd: number,
  spent: readonly number[],
): Row[] {
  const count = (change: string): number =>
    statements.filter((statement) => statement.change === change).length;
  const shares = spent.map((share) => `${Math.round(share * 100)} %`).join(' and ');
  return [
    {
      what: `${NODES} processes, every core saturated for ${minutes} min: false deaths`,
      values: [count('dead') + deadAtEnd],
      unit: 'deaths',
      aim: 0,
      note:
        `every "dead" that any node said meanwhile, and every one in /members at the end; ` +
        `${spent.length} busy processes got ${shares} of a core`,
    },
    {
      what: `${NODES} processes, every core saturated for ${minutes} min: suspicions`,
      values: [count('suspect')],
      unit: 'suspicions',
      note: 'each time that a node came to suspect another',
    },
  ];
}
