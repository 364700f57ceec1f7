// Nodes on a machine that stands still. A hundred nodes in one process move the very processor that
// they all measure, and then mostly tell each other about themselves.

import type { NodeConfig } from '../../../node/config/schema.ts';
import { startNode } from '../../../node/host/node.ts';
import { createMachine, type Machine } from '../../../node/host/process/measuring.ts';
import type { Reading } from '../../../node/ports.ts';
import { createWorkerStores } from '../../../node/storage/thread/worker.ts';
import type { Launcher } from './cluster.ts';

/** All in this process, over real HTTP, storing; what they measure is real once and then still. */
export function launchOnStillMachine(): Launcher {
  const stores = createWorkerStores();
  const machine = stillAfterFirstRates(createMachine([]));
  return {
    async start(config: NodeConfig) {
      const node = await startNode(config, { stores, machine, log: () => {} });
      return { id: node.id, url: node.url, stop: () => node.close() };
    },
    close: () => stores.close(),
  };
}

function stillAfterFirstRates(machine: Machine): Machine {
  let still: readonly Reading[] | undefined;
  return {
    ...machine,
    async collect(nowMs) {
      if (still !== undefined) return still;
      const readings = await machine.collect(nowMs);
      // Rates come with the second sample.
      if (readings.some(({ metric }) => metric === 'cpu')) still = readings;
      return readings;
    },
  };
}
