// The process of one observed node: as the real one on a leash, and it tells what it observes.

import type { NodeConfig } from '../../../node/config/schema.ts';
import { startNode } from '../../../node/host/node.ts';
import type { ToChild } from '../../../node/host/process/child-process.ts';
import { createWorkerStores } from '../../../node/storage/thread/worker.ts';
import { type Observation, overhear, tellMember } from './observation.ts';

export type FromObserved =
  | Observation
  | { readonly type: 'ready'; readonly url: string }
  | { readonly type: 'failed'; readonly message: string };

const tell = (message: FromObserved): void => {
  if (process.connected) process.send?.(message);
};

process.on('SIGINT', () => {});
process.on('disconnect', () => process.exit(0));
process.on('message', async (message: ToChild) => {
  // What it observed is told already, and its folder goes: no goodbye is needed.
  if (message.type === 'stop') return process.exit(0);
  try {
    tell({ type: 'ready', url: await start(message.config) });
  } catch (error) {
    tell({ type: 'failed', message: error instanceof Error ? error.message : String(error) });
  }
});

async function start(config: NodeConfig): Promise<string> {
  const node = await startNode(config, {
    stores: overhear(createWorkerStores(), tell),
    log: () => {},
    onEvent: (event) => tellMember(event, tell),
  });
  return node.url;
}
