// GET /state of a node that knows 100 nodes, at a steady rate beside its gossip.

import { Agent } from 'node:http';
import { join } from 'node:path';
import { launchProcesses } from '../../../node/experiment/processes.ts';
import type { Benchmark, Row } from '../benchmark.ts';
import { ask } from '../support/ask.ts';
import { clusterConfigs, type Member, settle, untilReady } from '../support/cluster.ts';
import { startNodes } from '../support/command.ts';
import { machineMs, readCpuMs } from '../support/machine.ts';
import { quantile } from '../support/statistics.ts';

const NODES = 100;
const REQUESTS_A_SECOND = 200;

export const state: Benchmark = {
  name: 'state',
  title: 'GET /state with 100 nodes known, 200 requests a second',
  async run(context) {
    const configs = await clusterConfigs(context, NODES, { round: '1s' });
    const last = configs.at(-1);
    if (last === undefined) return [];
    // The crowd shares a process, so that it leaves time for the one node that is asked.
    const settings = ['--base-port', String(context.basePort), '--in-process', '--data'];
    const crowd = await startNodes([String(NODES - 1), ...settings, join(context.folder, 'crowd')]);
    const launch = launchProcesses({ onLine: () => {}, onEnd: () => {} });
    const node = await launch.start(last);
    try {
      await untilReady([node]);
      await untilFull(node);
      await settle(context.isQuick ? 3_000 : 10_000);
      const cpuBefore = readCpuMs(node.pid ?? 0);
      const forMs = context.isQuick ? 5_000 : 30_000;
      const asked = await askSteadily(`${node.url}/state`, forMs);
      return rowsOf(asked, (readCpuMs(node.pid ?? 0) - cpuBefore) / forMs);
    } finally {
      await node.stop();
      await crowd.interrupt();
    }
  },
};

async function untilFull({ url }: Member): Promise<void> {
  const endAt = machineMs() + 60_000;
  while (machineMs() < endAt) {
    const { text } = await ask(`${url}/state`);
    const { nodes } = JSON.parse(text) as { nodes: Record<string, unknown> };
    if (Object.keys(nodes).length === NODES) return;
    await settle(200);
  }
  throw new Error(`the asked node did not know ${NODES} nodes in a minute`);
}

interface Asked {
  readonly latenciesMs: readonly number[];
  readonly failures: number;
  readonly bytes: number;
}

/** Asks when it is due whether or not the last was answered, so a slow answer hides nothing. */
async function askSteadily(url: string, forMs: number): Promise<Asked> {
  const agent = new Agent({ keepAlive: true, maxSockets: 16 });
  const latenciesMs: number[] = [];
  const answers: Promise<void>[] = [];
  let failures = 0;
  let bytes = 0;
  const askOnce = async (): Promise<void> => {
    const askedAt = machineMs();
    try {
      const { status, text } = await ask(url, { agent });
      latenciesMs.push(machineMs() - askedAt);
      bytes = text.length;
      if (status !== 200) failures++;
    } catch {
      failures++;
    }
  };
  const startedAt = machineMs();
  const total = (forMs / 1_000) * REQUESTS_A_SECOND;
  for (let i = 0; i < total; i++) {
    const waitMs = startedAt + (i * 1_000) / REQUESTS_A_SECOND - machineMs();
    if (waitMs > 0) await settle(waitMs);
    answers.push(askOnce());
  }
  await Promise.all(answers);
  agent.destroy();
  return { latenciesMs, failures, bytes };
}

function rowsOf({ latenciesMs, failures, bytes }: Asked, cores: number): Row[] {
  const what = `GET /state, ${NODES} nodes known, ${REQUESTS_A_SECOND} requests/s`;
  const kilobytes = Math.round(bytes / 1_000);
  return [
    {
      what: `${what}: p50`,
      values: [quantile(latenciesMs, 0.5)],
      unit: 'ms',
      note:
        `${latenciesMs.length} answers of ${kilobytes} kB, ${failures} failed; a process of its ` +
        'own is asked, the other 99 share one; from the request to the last byte',
    },
    { what: `${what}: p99`, values: [quantile(latenciesMs, 0.99)], unit: 'ms', aim: 5 },
    { what: `${what}: processor time`, values: [cores * 100], unit: '% of a core' },
  ];
}
