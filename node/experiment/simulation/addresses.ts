// Who answers at which address of the simulated network.

import type { SimulatedNode } from './simulator.ts';

export interface Addresses {
  /** From now on the node answers at its address, and nowhere else. */
  listen(node: SimulatedNode): void;
  at(address: string): SimulatedNode | undefined;
}

export function createAddresses(): Addresses {
  const byAddress = new Map<string, SimulatedNode>();
  /** Where each node listened last, for ten thousand of them start in one run. */
  const before = new Map<SimulatedNode, string>();
  return {
    listen(node) {
      const left = before.get(node) ?? '';
      // Another may have taken the address since.
      if (byAddress.get(left) === node) byAddress.delete(left);
      before.set(node, node.address);
      if (node.address !== '') byAddress.set(node.address, node);
    },
    at: (address) => byAddress.get(address),
  };
}
