// GET /history of a day: one metric in a database that holds a day of twenty nodes' metrics.

import { Agent } from 'node:http';
import { createClient } from '@libsql/client';
import { launchProcesses } from '../../../node/experiment/processes.ts';
import { databaseOf } from '../../../node/host/network/naming.ts';
import { MIGRATIONS, NODE_SCHEMA } from '../../../node/storage/database/schema.ts';
import type { Benchmark, Row } from '../benchmark.ts';
import { ask } from '../support/ask.ts';
import { clusterConfigs, settle, untilReady } from '../support/cluster.ts';
import { machineMs } from '../support/machine.ts';

const HOUR_MS = 3_600_000;
const HOURS = 24;
const TOLD_AN_HOUR = 515;
const AIM_MS = 50;

export const history: Benchmark = {
  name: 'history',
  title: "A day's graph of one metric",
  async run(context) {
    const [config] = await clusterConfigs(context, 1, { round: '1s' });
    if (config === undefined) return [];
    const lastSlot = Math.floor(Date.now() / HOUR_MS) - 1;
    await fillDatabase(databaseOf('n1', config), lastSlot);
    const launch = launchProcesses({ onLine: () => {}, onEnd: () => {} });
    const node = await launch.start(config);
    try {
      await untilReady([node]);
      await settle(2_000);
      const endMs = (lastSlot + 1) * HOUR_MS;
      const day = `from=${endMs - HOURS * HOUR_MS}&to=${endMs - 1}`;
      const times = context.isQuick ? 10 : 50;
      const graph = (query: string) => askOften(`${node.url}/history?${day}&${query}`, times);
      return [
        rowOf('of 86,400 rows, one a second', await graph('node=m1&metric=steady&step=5m'), AIM_MS),
        rowOf('of 12,360 told rows', await graph('node=m1&metric=cpu&step=5m'), AIM_MS),
        rowOf('of 20 nodes, told', await graph('metric=cpu&step=5m&limit=10000'), undefined),
      ];
    } finally {
      await node.stop();
    }
  },
};

/** Rows in the order in which they come: of each hour all series, the newest hour last. */
async function fillDatabase(url: string, lastSlot: number): Promise<void> {
  const client = createClient({ url });
  await client.execute('PRAGMA auto_vacuum = INCREMENTAL');
  for (const statement of MIGRATIONS.flat()) await client.execute(statement);
  for (let version = 1; version <= MIGRATIONS.length; version++) {
    const insert = `INSERT INTO ${NODE_SCHEMA.versionsTable} VALUES (?, 0)`;
    await client.execute({ sql: insert, args: [version] });
  }
  await client.execute(
    `INSERT INTO series (node, metric, generation, unit, last_slot)
     SELECT 'm' || nodes.value, metrics.value, 1, '%', ${lastSlot}
     FROM json_each('[1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20]') AS nodes,
       json_each('["cpu","memory","network","storage","swap","load1"]') AS metrics
     UNION ALL SELECT 'm1', 'steady', 1, '%', ${lastSlot}`,
  );
  for (let hour = HOURS - 1; hour >= 0; hour--) {
    await client.execute(
      `WITH RECURSIVE number (i) AS (SELECT 0 UNION ALL SELECT i + 1 FROM number WHERE i < 3599)
       INSERT INTO samples
       SELECT ${lastSlot - hour}, id, i * 6 + id % 6, i * (${HOUR_MS} / rows),
         abs(random() % 100000)
       FROM (SELECT id, iif(metric = 'steady', 3600, ${TOLD_AN_HOUR}) AS rows FROM series)
         CROSS JOIN number WHERE i < rows ORDER BY id, i`,
    );
  }
  client.close();
}

async function askOften(url: string, times: number): Promise<number[]> {
  const agent = new Agent({ keepAlive: true });
  const tookMs: number[] = [];
  for (let i = 0; i < times; i++) {
    const askedAt = machineMs();
    const { status, text } = await ask(url, { agent });
    tookMs.push(machineMs() - askedAt);
    if (status !== 200) throw new Error(`${url} answered ${status}: ${text.slice(0, 200)}`);
    await settle(50);
  }
  agent.destroy();
  return tookMs;
}

const rowOf = (what: string, values: readonly number[], aim: number | undefined): Row => ({
  what: `GET /history, a day of one metric in steps of 5 minutes, ${what}`,
  values,
  unit: 'ms',
  ...(aim !== undefined && { aim }),
  note: `${values.length} answers, one after another; from the request to the last byte`,
});
