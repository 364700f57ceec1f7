// What owners published, written down from their own state after each of their events: the truth
// that every view is held against.

import { type Entry, entryAt, laneOf, versionAt } from '../../node/core/data/source.ts';
import type { Engine } from '../../node/core/engine.ts';
import { indicesOf } from '../core/support.ts';

/** One generation of one node as its owner told it. */
export interface OwnerTruth {
  /** By version: which entry it was, and its value as text. */
  readonly published: Map<number, { readonly index: number; readonly value: string }>;
  /** Newest version of each entry, and its lane. */
  readonly newest: Map<number, number>;
  readonly lanes: Map<number, number>;
  readonly addresses: Set<string>;
  version: number;
  incarnation: number;
}

export interface Truth {
  of(id: string, generation: number): OwnerTruth | undefined;
  /** Notes what the owner published since the last call. */
  note(engine: Engine): void;
}

/** One text for equal entries, to compare cards by content. */
export const entryText = ({ opening, value, isStale }: Entry): string =>
  JSON.stringify([opening ?? 0, value, isStale ?? false]);

export function createTruth(): Truth {
  const owners = new Map<string, OwnerTruth>();
  return {
    of: (id, generation) => owners.get(`${id}@${generation}`),
    note(engine) {
      const { self, version } = engine.state;
      const name = `${self.id}@${self.generation}`;
      const owner = owners.get(name) ?? createOwner();
      owners.set(name, owner);
      owner.incarnation = Math.max(owner.incarnation, self.incarnation);
      owner.addresses.add(self.address);
      if (owner.version < version) notePublished(owner, engine);
    },
  };
}

const createOwner = (): OwnerTruth => ({
  published: new Map(),
  newest: new Map(),
  lanes: new Map(),
  addresses: new Set(),
  version: 0,
  incarnation: 0,
});

function notePublished(owner: OwnerTruth, engine: Engine): void {
  const { source } = engine.state.self;
  for (const index of indicesOf(source)) {
    const at = versionAt(source, index);
    const entry = entryAt(source, index);
    // What a slot held is void once it is closed or opened anew.
    if (entry === undefined) owner.newest.delete(index);
    if (entry === undefined || at <= (owner.newest.get(index) ?? 0)) continue;
    owner.published.set(at, { index, value: entryText(entry) });
    owner.newest.set(index, at);
    owner.lanes.set(index, laneOf(source, index) ?? 0);
  }
  owner.version = engine.state.version;
}
