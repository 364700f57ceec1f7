// What a node keeps on disk to come back by itself: its generation, where its peers were, and the
// facts that it told, so that a restart takes none of them back.

import type { StandingFact } from '../core/data/facts/facts.ts';
import type { Engine } from '../core/engine.ts';
import type { ClusterView } from '../core/model.ts';
import type { Clock, Store, StoredFact } from '../ports.ts';

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
  /** A fact of this node was told or is over. */
  noteFact(): void;
}

/** The identity on disk is renewed this often, so that a restart finds today's peers. */
const IDENTITY_MS = 30_000;
/** More addresses than these help nobody to come back. */
const MAX_PEERS_KEPT = 256;

export function createIdentityWriter(
  { clock, store, id, generation }: IdentityOptions,
  { view, facts }: Pick<Engine, 'view' | 'facts'>,
): IdentityWriter {
  let current = generation;
  let savedAt = Number.NEGATIVE_INFINITY;
  let savedPeers = 0;
  let newPeers = 0;
  let isFactNew = false;
  let saving = Promise.resolve();

  const keep = async (peers: string[]): Promise<void> => {
    // A start knows nobody yet: the peers of the last run must survive it.
    const before = peers.length === 0 ? (await store.loadIdentity(id))?.peers : undefined;
    const told = { id, generation: current, peers: before ?? peers };
    isFactNew = false;
    const standing = facts().map((fact) => toStored(fact, clock));
    await store.saveIdentity(standing.length === 0 ? told : { ...told, facts: standing });
  };
  const save = (newGeneration: number): void => {
    current = newGeneration;
    savedAt = clock.monotonicMs();
    const peers = peersOf(view, id);
    savedPeers = peers.length;
    newPeers = 0;
    saving = keep(peers).catch(() => {});
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
    noteFact() {
      // Many at once are written together.
      if (isFactNew) return;
      isFactNew = true;
      saving = saving.then(() => save(current));
    },
  };
}

function toStored({ endsAt, ttlMs, origin, ...fact }: StandingFact, clock: Clock): StoredFact {
  const endsAtMs = endsAt === undefined ? undefined : clock.wallMs() + endsAt - clock.monotonicMs();
  return {
    ...fact,
    ...(ttlMs !== undefined && { ttlMs }),
    ...(endsAtMs !== undefined && { endsAtMs: Math.round(endsAtMs) }),
    ...(origin !== undefined && { origin }),
  };
}

/** What is left of the facts of an earlier run, to be told again. */
export const standingStill = (facts: readonly StoredFact[], wallMs: number) =>
  facts.flatMap(({ endsAtMs, ...fact }) => {
    if (endsAtMs === undefined) return [fact];
    // A clock that was set back makes none of them longer than it was.
    const ttlMs = Math.min(endsAtMs - wallMs, fact.ttlMs ?? Number.POSITIVE_INFINITY);
    return ttlMs > 0 ? [{ ...fact, ttlMs }] : [];
  });

/** Most recently heard first. */
const peersOf = (view: ClusterView, id: string): string[] =>
  view
    .heads()
    .filter((head) => head.id !== id && head.address !== '')
    .sort((a, b) => b.heardAt - a.heardAt)
    .slice(0, MAX_PEERS_KEPT)
    .map(({ address }) => address);
