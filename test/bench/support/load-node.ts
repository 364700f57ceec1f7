// The process of one node under load: as the real one on a leash, it also tells how late its event
// loop was.

import type { NodeConfig } from '../../../node/config/schema.ts';
import { startNode } from '../../../node/host/node.ts';
import type { ToChild } from '../../../node/host/process/child-process.ts';
import { createWorkerStores } from '../../../node/storage/thread/worker.ts';

export type FromLoadNode =
  | { readonly type: 'ready'; readonly url: string }
  | { readonly type: 'failed'; readonly message: string }
  /** How much later than due each beat came, ms. */
  | { readonly type: 'watched'; readonly lateMs: readonly number[] };

export type ToLoadNode = ToChild | { readonly type: 'watch'; readonly forMs: number };

const BEAT_MS = 2;

const tell = (message: FromLoadNode): void => {
  if (process.connected) process.send?.(message);
};

process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit(0));
process.on('message', async (message: ToLoadNode) => {
  switch (message.type) {
    case 'stop':
      return process.exit(0);
    case 'watch':
      return tell({ type: 'watched', lateMs: await watchLateness(message.forMs) });
    default:
      try {
        tell({ type: 'ready', url: await start(message.config) });
      } catch (error) {
        tell({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
      }
  }
});

async function start(config: NodeConfig): Promise<string> {
  const log = (_: string, text: string): void => console.error(text);
  return (await startNode(config, { stores: createWorkerStores(), log })).url;
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
