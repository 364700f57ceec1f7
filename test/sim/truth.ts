// What owners published, written down from their own state after each of their events: the truth
// that every view is held against.

import type { MemberRecord } from '../../node/core/data/source.ts';
import { RECORD_INDEX, RECORD_LANE, stepsAt } from '../../node/core/data/source.ts';
import type { Engine } from '../../node/core/engine.ts';
import { versionsOf } from '../core/support.ts';

/** One generation of one node as its owner told it. */
export interface OwnerTruth {
  /** By version: which entry it was, and its value as text. */
  readonly published: Map<number, { readonly index: number; readonly value: string }>;
  /** Newest version of each entry, and its lane. */
  readonly newest: number[];
  readonly lanes: number[];
  readonly addresses: Set<string>;
  version: number;
  incarnation: number;
}

export interface Truth {
  of(id: string, generation: number): OwnerTruth | undefined;
  /** Notes what the owner published since the last call. */
  note(engine: Engine): void;
}

/** One text for equal values, to compare records by content. */
export const valueText = (value: number | MemberRecord | undefined): string =>
  typeof value === 'number' ? String(value) : JSON.stringify(value);

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
  newest: [],
  lanes: [],
  addresses: new Set(),
  version: 0,
  incarnation: 0,
});

function notePublished(owner: OwnerTruth, engine: Engine): void {
  const { self, version } = engine.state;
  const { record } = self.source;
  const versions = versionsOf(self.source);
  for (let index = 0; index < versions.length; index++) {
    const at = versions[index] ?? 0;
    if (at <= (owner.newest[index] ?? 0)) continue;
    const value = index === RECORD_INDEX ? record : stepsAt(self.source, index);
    owner.published.set(at, { index, value: valueText(value) });
    owner.newest[index] = at;
    const slot = record?.metrics[index - 1];
    owner.lanes[index] = index === RECORD_INDEX ? RECORD_LANE : (slot?.priority ?? 0);
  }
  owner.version = version;
}
