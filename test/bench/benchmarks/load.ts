// Storing and answering at once: ten thousand rows a second into a full database, and twenty who
// keep asking for a week of it.

import { mkdirSync } from 'node:fs';
import { Agent } from 'node:http';
import { join } from 'node:path';
import type { NodeConfig } from '../../../node/config/schema.ts';
import { forkChild } from '../../../node/experiment/child-process.ts';
import type { ReadyAnswer } from '../../../node/http/answers/health-shapes.ts';
import type { Benchmark, Row } from '../benchmark.ts';
import { ask, askJson } from '../support/ask.ts';
import { clusterConfigs, settle } from '../support/cluster.ts';
import type { Watch, Watched } from '../support/load-node.ts';
import { machineMs, readMemory } from '../support/machine.ts';
import { quantile } from '../support/statistics.ts';
import { fillWeek } from '../support/week.ts';

const ROWS_A_SECOND = 10_000;
const POST_ROWS = 100;
const POSTERS = 2;
const ASKERS = 20;
const DATABASE_BYTES = 256 * 2 ** 20;
const WEEK = 'from=7d&step=5m&limit=2100';
const MEMORY_EVERY_MS = 250;

export const load: Benchmark = {
  name: 'load',
  title: 'Ten thousand rows a second beside twenty questions about a week',
  async run(context) {
    const [given] = await clusterConfigs(context, 1, { round: '1s' });
    if (given === undefined) return [];
    const config = { ...given, data: join(context.folder, 'load') };
    mkdirSync(config.data);
    await fillWeek(join(config.data, `${config.id}.db`), DATABASE_BYTES);
    // What one process compiled the next one need not, which would take 25 MB that stay taken.
    await (await startLoadNode(given)).stop();
    const node = await startLoadNode(config);
    try {
      await settle(3_000);
      const calmMb = readMemory(node.pid).rssMb;
      const forMs = context.isQuick ? 10_000 : 60_000;
      const memory = watchMemory(node.pid);
      const loading = [
        node.watch(forMs),
        postAll(node.url, forMs),
        askAll(node.url, forMs),
      ] as const;
      const [lateMs, posted, asked] = await Promise.all(loading);
      const after = await untilWritten(node.url);
      return rowsOf({ lateMs, posted, asked, after, calmMb, peakMb: memory.stop() });
    } finally {
      await node.stop();
    }
  },
};

interface LoadNode {
  readonly pid: number;
  readonly url: string;
  /** How late its event loop was meanwhile, beat by beat, ms. */
  watch(forMs: number): Promise<readonly number[]>;
  stop(): Promise<void>;
}

const ENTRY = new URL('../support/load-node.ts', import.meta.url);

async function startLoadNode(config: NodeConfig): Promise<LoadNode> {
  const options = { id: config.id ?? 'load', onLine: console.error };
  const child = forkChild<NodeConfig, Watch, Watched>(ENTRY, options);
  const url = await child.start(config);
  return {
    pid: child.pid ?? 0,
    url,
    async watch(forMs) {
      child.tell({ type: 'watch', forMs });
      return (await child.next('watched', forMs)).lateMs;
    },
    async stop() {
      child.tell({ type: 'stop' });
      await child.ended;
    },
  };
}

interface Posted {
  readonly rows: number;
  readonly refusedRows: number;
}

/** A user's metrics, a hundred to a post, each with a value that is worth telling. */
async function postAll(url: string, forMs: number): Promise<Posted> {
  const agent = new Agent({ keepAlive: true, maxSockets: POSTERS });
  const startedAt = machineMs();
  let posts = 0;
  let refusedRows = 0;
  const postOn = async (): Promise<void> => {
    for (;;) {
      const waitMs = startedAt + (posts * POST_ROWS * 1_000) / ROWS_A_SECOND - machineMs();
      if (machineMs() - startedAt >= forMs) return;
      if (waitMs > 0) await settle(waitMs);
      else {
        const body = metricsOf(posts++);
        const answer = await ask(`${url}/metrics`, { agent, body }).catch(() => undefined);
        if (answer?.status !== 202) refusedRows += POST_ROWS;
      }
    }
  };
  await Promise.all(Array.from({ length: POSTERS }, postOn));
  agent.destroy();
  return { rows: posts * POST_ROWS, refusedRows };
}

const metricsOf = (post: number): object[] =>
  Array.from({ length: POST_ROWS }, (_, i) => ({
    name: `load_${(post % POSTERS) * POST_ROWS + i}`,
    value: Math.round(Math.random() * 1e6) / 10,
    priority: 1,
    delta: 0.1,
  }));

interface Asked {
  readonly latenciesMs: number[];
  readonly statuses: Map<number, number>;
}

/** Each asks for one metric of one node, and asks again as soon as it is answered. */
async function askAll(url: string, forMs: number): Promise<Asked> {
  const agent = new Agent({ keepAlive: true, maxSockets: ASKERS });
  const latenciesMs: number[] = [];
  const statuses = new Map<number, number>();
  const endAt = machineMs() + forMs;
  const askOn = async (asker: number): Promise<void> => {
    while (machineMs() < endAt) {
      const askedAt = machineMs();
      const names = `node=w${asker}&metric=cpu`;
      const answer = await ask(`${url}/history?${names}&${WEEK}`, { agent }).catch(() => undefined);
      const status = answer?.status ?? 0;
      statuses.set(status, (statuses.get(status) ?? 0) + 1);
      if (status === 200) latenciesMs.push(machineMs() - askedAt);
      else await settle(1_000);
    }
  };
  await Promise.all(Array.from({ length: ASKERS }, (_, asker) => askOn(asker)));
  agent.destroy();
  return { latenciesMs, statuses };
}

/** What the node says of its store once nothing waits any more. */
async function untilWritten(url: string): Promise<ReadyAnswer['storage']> {
  const endAt = machineMs() + 20_000;
  for (;;) {
    const { storage } = await askJson<ReadyAnswer>(`${url}/readyz`);
    if (storage.queuedRows === 0 || machineMs() > endAt) return storage;
    await settle(500);
  }
}

function watchMemory(pid: number): { stop(): number } {
  let peakMb = 0;
  const timer = setInterval(() => {
    peakMb = Math.max(peakMb, readMemory(pid).rssMb);
  }, MEMORY_EVERY_MS);
  return {
    stop() {
      clearInterval(timer);
      return peakMb;
    },
  };
}

interface Outcome {
  readonly lateMs: readonly number[];
  readonly posted: Posted;
  readonly asked: Asked;
  readonly after: ReadyAnswer['storage'];
  readonly calmMb: number;
  readonly peakMb: number;
}

const round = (ms: number): string => ms.toFixed(1);

function rowsOf({ lateMs, posted, asked, after, calmMb, peakMb }: Outcome): Row[] {
  const what = `${ROWS_A_SECOND} rows/s beside ${ASKERS} who ask for a week of 256 MiB`;
  const { latenciesMs, statuses } = asked;
  const said = [...statuses].map(([status, count]) => `${count} times ${status}`).join(', ');
  return [
    {
      what: `${what}: rows lost`,
      values: [after.droppedRows + posted.refusedRows],
      unit: 'rows',
      aim: 0,
      note:
        `${posted.rows} rows posted to /metrics, ${posted.refusedRows} refused; ` +
        `${after.writtenRows} written in all (its own samples too), ${after.state}`,
    },
    {
      what: `${what}: event-loop lateness p99.9`,
      values: [quantile(lateMs, 0.999)],
      unit: 'ms',
      aim: 20,
      note: `p99 ${round(quantile(lateMs, 0.99))}, largest ${round(quantile(lateMs, 1))} ms`,
    },
    {
      what: `${what}: memory (RSS), peak`,
      values: [peakMb],
      unit: 'MB',
      aim: 130,
      note: `before the load ${calmMb.toFixed(0)} MB`,
    },
    {
      what: `${what}: GET /history p50`,
      values: [quantile(latenciesMs, 0.5)],
      unit: 'ms',
      note: `answers: ${said}; p99 ${quantile(latenciesMs, 0.99).toFixed(0)} ms`,
    },
  ];
}
