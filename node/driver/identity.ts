// What a node keeps on disk to come back by itself: its generation, and where its peers were.

import type { ClusterView } from '../core/model.ts';
import type { Clock, Store } from '../ports.ts';

export interface IdentityOptions {
  readonly clock: Clock;
  readonly store: Store;
  readonly id: string;
  readonly generation: number;
}

export interface IdentityWriter {
  generation(): number;
  /** A store that fails says so in its health. */
  save(generation: number): void;
  /** Saves when the last time is `everyMs` ago, or what was saved then tells too little. */
  saveWhenDue(everyMs?: number): void;
  /** A peer turned up. */
  countPeer(): void;
}

/** The identity on disk is renewed this often, so that a restart finds today's peers. */
const IDENTITY_MS = 30_000;
/** More addresses than these help nobody to come back. */
const MAX_PEERS_KEPT = 256;

export function createIdentityWriter(
  { clock, store, id, generation }: IdentityOptions,
  view: ClusterView,
): IdentityWriter {
  let current = generation;
  let savedAt = Number.NEGATIVE_INFINITY;
  let savedPeers = 0;
  let newPeers = 0;

  const keep = async (peers: string[]): Promise<void> => {
    // A start knows nobody yet: the peers of the last run must survive it.
    const before = peers.length === 0 ? (await store.loadIdentity(id))?.peers : undefined;
    await store.saveIdentity({ id, generation: current, peers: before ?? peers });
  };
  const save = (newGeneration: number): void => {
    current = newGeneration;
    savedAt = clock.monotonicMs();
    const peers = peersOf(view, id);
    savedPeers = peers.length;
    newPeers = 0;
    void keep(peers).catch(() => {});
  };
  return {
    generation: () => current,
    save,
    saveWhenDue(everyMs = IDENTITY_MS) {
      // A node that is killed soon after its start has to find its way back too; as peers have to
      // double for it, a cluster of any size costs a few more writes.
      const isPoor = newPeers > 0 && newPeers >= savedPeers;
      if (isPoor || clock.monotonicMs() - savedAt >= everyMs) save(current);
    },
    countPeer: () => {
      newPeers++;
    },
  };
}

/** Most recently heard first. */
const peersOf = (view: ClusterView, id: string): string[] =>
  view
    .heads()
    .filter((head) => head.id !== id && head.address !== '')
    .sort((a, b) => b.heardAt - a.heardAt)
    .slice(0, MAX_PEERS_KEPT)
    .map(({ address }) => address);
