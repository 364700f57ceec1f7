// The process of one node under load: as the real one on a leash, it also learns rows at a steady
// rate, as from peers, and tells how late its event loop was.

import type { NodeConfig } from '../../../node/config/schema.ts';
import type { ToChild } from '../../../node/host/leash.ts';
import { startNode } from '../../../node/host/node.ts';
import type { Sample, Store } from '../../../node/ports.ts';
import { createWorkerStores } from '../../../node/storage/worker.ts';

export interface LoadResult {
  readonly recordedRows: number;
  /** How much later than due each beat came, ms. */
  readonly lateMs: readonly number[];
}

export type FromLoadNode =
  | { readonly type: 'ready'; readonly url: string }
  | { readonly type: 'failed'; readonly message: string }
  | ({ readonly type: 'result' } & LoadResult);

export type ToLoadNode =
  | ToChild
  | { readonly type: 'load'; readonly rowsPerSecond: number; readonly forMs: number };

const BEAT_MS = 2;
/** Messages of peers bring some rows each, many times a second. */
const FEED_MS = 10;
const SERIES = 2_000;

const tell = (message: FromLoadNode): void => {
  if (process.connected) process.send?.(message);
};
const stores = createWorkerStores();
let store: Store | undefined;

process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit(0));
process.on('message', async (message: ToLoadNode) => {
  switch (message.type) {
    case 'stop':
      return process.exit(0);
    case 'load':
      return tell({ type: 'result', ...(await load(message.rowsPerSecond, message.forMs)) });
    default:
      try {
        tell({ type: 'ready', url: await start(message.config) });
      } catch (error) {
        tell({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
      }
  }
});

async function start(config: NodeConfig): Promise<string> {
  const node = await startNode(config, { stores, log: (_, text) => console.error(text) });
  store = node.store;
  return node.url;
}

function rowsFrom(first: number, count: number): Sample[] {
  return Array.from({ length: count }, (_, i) => {
    const number = first + i;
    const series = number % SERIES;
    return {
      node: `peer${series % 100}`,
      generation: 1,
      metric: `metric${Math.floor(series / 100)}`,
      unit: '%',
      version: Math.floor(number / SERIES) + 1,
      value: Math.round(Math.random() * 100_000) / 1_000,
      sampledAtMs: Date.now(),
    };
  });
}

async function load(rowsPerSecond: number, forMs: number): Promise<LoadResult> {
  const startedAt = performance.now();
  let recordedRows = 0;
  const feeding = setInterval(() => {
    const due = Math.floor(((performance.now() - startedAt) * rowsPerSecond) / 1_000);
    store?.recordSamples(rowsFrom(recordedRows, due - recordedRows));
    recordedRows = due;
  }, FEED_MS);
  const lateMs = await watchLateness(forMs);
  clearInterval(feeding);
  return { recordedRows, lateMs };
}

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
