// The process of one node under load: a child process as those of `npm run nodes`, which also tells
// how late its event loop was.

import type { NodeConfig } from '../../../node/config/schema.ts';
import { startNode } from '../../../node/host/node.ts';
import { serveParent } from '../../../node/host/process/child-process.ts';
import { createWorkerStores } from '../../../node/storage/thread/worker.ts';

export interface Watch {
  readonly type: 'watch';
  readonly forMs: number;
}

export interface Watched {
  readonly type: 'watched';
  /** How much later than due each beat came, ms. */
  readonly lateMs: readonly number[];
}

const BEAT_MS = 2;

const tell = serveParent<NodeConfig, Watch, Watched>({
  async start(config) {
    const log = (_: string, text: string): void => console.error(text);
    return (await startNode(config, { stores: createWorkerStores(), log })).url;
  },
  async take({ forMs }) {
    tell({ type: 'watched', lateMs: await watchLateness(forMs) });
  },
  end: (code) => process.exit(code),
});

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
