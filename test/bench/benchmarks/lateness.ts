// Whether storing disturbs a node's event loop: how late timers fire with and without it, in turns,
// so that whatever else the machine does falls on both alike.

import { setTimeout as sleep } from 'node:timers/promises';
import type { NodeConfig } from '../../../node/config/schema.ts';
import { startNode } from '../../../node/host/node.ts';
import type { Sample, Store } from '../../../node/ports.ts';
import { createWorkerStores } from '../../../node/storage/thread/worker.ts';
import type { Benchmark, Row } from '../benchmark.ts';
import { RIVALS } from '../rivals.ts';
import { clusterConfigs } from '../support/cluster.ts';
import { quantile } from '../support/statistics.ts';

const BEAT_MS = 2;
const ROWS_A_BATCH = 20;
const BATCHES_A_SECOND = 10;

export const lateness: Benchmark = {
  name: 'lateness',
  title: 'Event-loop lateness with and without storage',
  async run(context) {
    const turns = context.isQuick ? 1 : 5;
    const watchMs = context.isQuick ? 5_000 : 12_000;
    const [config] = await clusterConfigs(context, 1, { round: '1s' });
    if (config === undefined) return [];
    const off = { ...config, storage: { ...config.storage, enabled: false } };
    const without: number[] = [];
    const storing: number[] = [];
    for (let turn = 0; turn < turns; turn++) {
      without.push(...(await turnOf(off, watchMs)));
      storing.push(...(await turnOf(config, watchMs)));
    }
    const rows = ROWS_A_BATCH * BATCHES_A_SECOND;
    return [
      ...rowsOf(`storing ${rows} rows/s`, storing, 20),
      ...rowsOf('storing nothing', without, undefined),
    ];
  },
};

/** One node for one turn; the first second belongs to its start. */
async function turnOf(config: NodeConfig, watchMs: number): Promise<number[]> {
  const stores = config.storage.enabled ? createWorkerStores() : undefined;
  const node = await startNode(config, { stores, log: () => {} });
  const recording = stores && recordRows(node.store);
  await sleep(1_000);
  const late = await watchLateness(watchMs);
  clearInterval(recording);
  await node.close();
  await stores?.close();
  return late;
}

function recordRows(store: Store): NodeJS.Timeout {
  let version = 0;
  return setInterval(() => {
    version++;
    const rows: Sample[] = Array.from({ length: ROWS_A_BATCH }, (_, i) => ({
      node: `m${i}`,
      generation: 1,
      metric: 'cpu',
      unit: '%',
      version,
      value: Math.random() * 100,
      sampledAtMs: Date.now(),
    }));
    store.recordSamples(rows);
  }, 1_000 / BATCHES_A_SECOND);
}

/** How much later than asked each beat came, ms. */
function watchLateness(forMs: number): Promise<number[]> {
  const late: number[] = [];
  const endAt = performance.now() + forMs;
  return new Promise((resolve) => {
    const beat = (dueAt: number): void => {
      const now = performance.now();
      late.push(Math.max(0, now - dueAt));
      if (now >= endAt) return resolve(late);
      setTimeout(beat, BEAT_MS, now + BEAT_MS);
    };
    setTimeout(beat, BEAT_MS, performance.now() + BEAT_MS);
  });
}

function rowsOf(what: string, late: readonly number[], aim: number | undefined): Row[] {
  const beats = `${late.length} timers of ${BEAT_MS} ms, both kinds in turns; largest`;
  return [
    { what: `lateness p50, ${what}`, values: [quantile(late, 0.5)], unit: 'ms' },
    { what: `lateness p99, ${what}`, values: [quantile(late, 0.99)], unit: 'ms' },
    {
      what: `lateness p99.9, ${what}`,
      values: [quantile(late, 0.999)],
      unit: 'ms',
      ...(aim !== undefined && { aim, rival: RIVALS.lateMs }),
      note: `${beats} ${quantile(late, 1).toFixed(1)} ms`,
    },
  ];
}
