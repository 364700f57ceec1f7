// Connections that simulated nodes keep open to one another, as an HTTP transport does.

import type { SimulatedNode } from './node.ts';

export interface Connections {
  /** An exchange with this address ended well: its connection stays open. */
  keep(from: SimulatedNode, address: string, now: number): void;
  /** Closes all to this address; returns who held one that had not expired. */
  close(address: string, now: number): SimulatedNode[];
}

/** How long the HTTP transport keeps an idle connection, ms. */
const KEPT_MS = 600_000;

export function createConnections(): Connections {
  /** By address, who holds a kept connection to it, and since when it is idle. */
  const idleSince = new Map<string, Map<SimulatedNode, number>>();
  return {
    keep(from, address, now) {
      const kept = idleSince.get(address) ?? new Map<SimulatedNode, number>();
      idleSince.set(address, kept.set(from, now));
    },
    close(address, now) {
      const kept = [...(idleSince.get(address) ?? [])];
      idleSince.delete(address);
      return kept.filter(([, since]) => now - since <= KEPT_MS).map(([peer]) => peer);
    },
  };
}
