// Starts nodes that tell what they observe: each in a process of its own, or all in this one.

import type { NodeConfig } from '../../../node/config/schema.ts';
import { forkChild } from '../../../node/experiment/child-process.ts';
import { startNode } from '../../../node/host/node.ts';
import type { FromChild } from '../../../node/host/process/child-process.ts';
import { createMachine } from '../../../node/host/process/measuring.ts';
import { createWorkerStores } from '../../../node/storage/thread/worker.ts';
import type { Member } from './cluster.ts';
import { type Observation, overhear, tellMember } from './observation.ts';

export type Observer = (observer: string, observation: Observation) => void;

export interface ObservedProcess extends Member {
  /** As the machine's failure would: nothing is said or written. */
  kill(): Promise<void>;
}

const ENTRY = new URL('./observed-node.ts', import.meta.url);

export async function startObservedProcess(
  config: NodeConfig,
  observer: Observer,
): Promise<ObservedProcess> {
  const id = config.id ?? '';
  const child = forkChild<NodeConfig, never, Observation>(ENTRY, {
    id,
    onLine: console.error,
    onMessage(message) {
      if (!isCommon(message)) observer(id, message);
    },
  });
  const url = await child.start(config);
  return {
    id,
    url,
    async kill() {
      child.kill('SIGKILL');
      await child.ended;
    },
    async stop() {
      child.tell({ type: 'stop' });
      await child.ended;
    },
  };
}

const isCommon = (message: FromChild | Observation): message is FromChild =>
  ['loaded', 'ready', 'failed'].includes(message.type);

export interface ObservedNodes {
  start(config: NodeConfig): Promise<Member>;
  close(): Promise<void>;
}

/** All share a storage thread and a sampler, as with `npm run nodes -- --in-process`. */
export function observeInProcess(observer: Observer): ObservedNodes {
  const stores = createWorkerStores();
  const machine = createMachine([]);
  return {
    async start(config) {
      const id = config.id ?? '';
      const observe = (observation: Observation): void => observer(id, observation);
      const node = await startNode(config, {
        stores: overhear(stores, observe),
        machine,
        log: () => {},
        onEvent: (event) => tellMember(event, observe),
      });
      return { id, url: node.url, stop: () => node.close() };
    },
    close: () => stores.close(),
  };
}
