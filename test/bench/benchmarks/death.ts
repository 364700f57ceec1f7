// How soon all nodes know that a node was killed.

import { setTimeout as sleep } from 'node:timers/promises';
import type { Benchmark, Context, Row } from '../benchmark.ts';
import { RIVALS } from '../rivals.ts';
import { ADAPTIVE_ROUNDS, FIXED_ROUNDS, settle, untilReady } from '../support/cluster.ts';
import { machineMs } from '../support/machine.ts';
import { startWatchedCluster, type WatchedCluster } from '../support/watched-cluster.ts';

const NODES = 20;
const LIMIT_MS = 60_000;
const LOOK_MS = 20;

export const death: Benchmark = {
  name: 'death',
  title: 'kill -9 of one of 20: until every other says dead',
  run: async (context) => [
    ...(await rowsFor(context, 'fixed', { ...FIXED_ROUNDS }, 5_000)),
    // After a restart adaptive rounds need a while until they are long again.
    ...(await rowsFor(context, 'adaptive', { ...ADAPTIVE_ROUNDS }, 15_000)),
  ],
};

async function rowsFor(
  context: Context,
  rounds: string,
  flags: Record<string, string>,
  calmMs: number,
): Promise<Row[]> {
  const cluster = await startWatchedCluster(context, NODES, flags);
  try {
    const deaths: Death[] = [];
    for (let run = 0; run < (context.isQuick ? 3 : 10); run++) {
      await settle(context.isQuick ? 4_000 : calmMs + Math.random() * 3_000);
      deaths.push(await killOne(cluster));
    }
    return [
      {
        what: `${NODES} processes, ${rounds} rounds: kill -9 to dead for every other`,
        values: deaths.map(({ allSeconds }) => allSeconds),
        unit: 's',
        aim: 6,
        rival: RIVALS.deathS,
        note:
          'a random node each time, then restarted; by the own word of every other node, ' +
          'kill by kill',
      },
      {
        what: `${NODES} processes, ${rounds} rounds: kill -9 to dead for the first other`,
        values: deaths.map(({ firstSeconds }) => firstSeconds),
        unit: 's',
      },
    ];
  } finally {
    await cluster.stop();
  }
}

interface Death {
  readonly firstSeconds: number;
  readonly allSeconds: number;
}

async function killOne(cluster: WatchedCluster): Promise<Death> {
  const victim = cluster.members[Math.floor(Math.random() * NODES)];
  if (victim === undefined) throw new Error('there is nobody to kill');
  cluster.statements.length = 0;
  const killedAt = machineMs();
  await victim.kill();
  const moments = (): number[] => {
    const firsts = new Map<string, number>();
    for (const { observer, about, change, atMs } of cluster.statements) {
      if (about === victim.id && change === 'dead' && !firsts.has(observer))
        firsts.set(observer, atMs);
    }
    return [...firsts.values()];
  };
  while (moments().length < NODES - 1 && machineMs() - killedAt < LIMIT_MS) await sleep(LOOK_MS);
  const seconds = moments().map((at) => (at - killedAt) / 1_000);
  if (seconds.length < NODES - 1) {
    throw new Error(`${NODES - 1 - seconds.length} nodes did not miss ${victim.id} in a minute`);
  }
  await cluster.restart(victim.id);
  await untilReady(cluster.members);
  return { firstSeconds: Math.min(...seconds), allSeconds: Math.max(...seconds) };
}
