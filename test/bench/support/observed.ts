// Starts nodes that tell what they observe: each in a process of its own, or all in this one.

import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import type { NodeConfig } from '../../../node/config/schema.ts';
import { startNode } from '../../../node/host/node.ts';
import type { ToChild } from '../../../node/host/process/child-process.ts';
import { createMachine } from '../../../node/host/process/measuring.ts';
import { createWorkerStores } from '../../../node/storage/thread/worker.ts';
import type { Member } from './cluster.ts';
import type { Likeness } from './likeness.ts';
import { type Observation, overhear, tellMember } from './observation.ts';
import type { FromObserved } from './observed-node.ts';

export type Observer = (observer: string, observation: Observation) => void;

export interface ObservedProcess extends Member {
  /** As the machine's failure would: nothing is said or written. */
  kill(): Promise<void>;
}

export async function startObservedProcess(
  config: NodeConfig,
  likeness: Likeness,
  observer: Observer,
): Promise<ObservedProcess> {
  const id = config.id ?? '';
  const child = fork(new URL('./observed-node.ts', import.meta.url), {
    ...likeness,
    stdio: ['ignore', 'ignore', 'inherit', 'ipc'],
  });
  const ended = once(child, 'exit');
  const end = async (): Promise<void> => {
    child.kill('SIGKILL');
    await ended;
  };
  const url = await new Promise<string>((resolve, reject) => {
    child.on('message', (message: FromObserved) => {
      if (message.type === 'ready') resolve(message.url);
      else if (message.type === 'failed') reject(new Error(`${id}: ${message.message}`));
      else observer(id, message);
    });
    void ended.then(() => reject(new Error(`${id} ended at its start`)));
    child.send({ type: 'start', config } satisfies ToChild);
  });
  return { id, url, kill: end, stop: () => stop(child, ended) };
}

async function stop(child: ChildProcess, ended: Promise<unknown>): Promise<void> {
  if (child.connected) child.send({ type: 'stop' } satisfies ToChild);
  await ended;
}

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
