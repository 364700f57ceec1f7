// Compares views with the owners' own state; each function names the first thing that is wrong.

import { isLive } from '../../node/core/membership/member.ts';
import type { Status } from '../../node/core/model.ts';
import type { SimulatedNode } from '../../node/experiment/simulation/node.ts';
import type { Simulation } from '../../node/experiment/simulation/simulator.ts';
import { versionsOf } from '../core/support.ts';
import type { Checker } from './invariants.ts';
import type { Scenario } from './scenario.ts';

/** A scenario that is played. */
export interface World {
  readonly scenario: Scenario;
  readonly simulation: Simulation;
  readonly checker: Checker;
  readonly nodes: ReadonlyMap<string, SimulatedNode>;
  /** Ids that are down for good, and since when. */
  readonly gone: Map<string, number>;
  readonly reached: Map<string, number>;
}

/** Nodes that run and are not on their way out, cluster by cluster. */
function healthy({ nodes, gone }: World): SimulatedNode[][] {
  const up = [...nodes.values()].filter((n) => n.engine !== undefined && !gone.has(n.id));
  return ['n', 'x'].map((prefix) => up.filter(({ id }) => id.startsWith(prefix)));
}

function firstOfPairs(
  world: World,
  compare: (viewer: SimulatedNode, owner: SimulatedNode) => string | undefined,
): string | undefined {
  for (const cluster of healthy(world)) {
    for (const viewer of cluster) {
      for (const owner of cluster) {
        const difference = compare(viewer, owner);
        if (difference !== undefined) return `${viewer.id}'s view of ${owner.id}: ${difference}`;
      }
    }
  }
  return undefined;
}

/** A healthy node that somebody holds in one of these statuses. */
export const firstNotLive = (world: World, statuses: readonly Status[]): string | undefined =>
  firstOfPairs(world, (viewer, owner) => {
    const held = viewer.engine?.state.members.byId.get(owner.id);
    const current = held?.generation === owner.engine?.state.self.generation;
    return held && current && statuses.includes(held.status) ? `is ${held.status}` : undefined;
  });

/** What each node had published at one moment, by id and generation. */
export type Snapshot = ReadonlyMap<string, readonly number[]>;

export function snapshotOf({ nodes }: World): Snapshot {
  const versions = new Map<string, readonly number[]>();
  for (const { engine } of nodes.values()) {
    if (engine === undefined) continue;
    const { id, generation, source } = engine.state.self;
    versions.set(`${id}@${generation}`, versionsOf(source));
  }
  return versions;
}

/**
 * Ids, generations, all that was published at the snapshot, and the words for it. Of a run that
 * began later its record has to be there.
 */
export const firstDifference = (world: World, snapshot: Snapshot): string | undefined =>
  firstOfPairs(world, (viewer, owner) => {
    const held = viewer.engine?.state.members.byId.get(owner.id);
    const self = owner.engine?.state.self;
    if (held === undefined || self === undefined) return 'unknown';
    if (held.generation !== self.generation) return `${held.generation}, is ${self.generation}`;
    const due = snapshot.get(`${owner.id}@${self.generation}`) ?? [1];
    const versions = versionsOf(held.source);
    if (due.some((version, index) => (versions[index] ?? 0) < version)) {
      return `versions ${versions}, published ${due}`;
    }
    const { definitions } = viewer.engine?.state ?? {};
    const metrics = held.source.record?.metrics ?? [];
    const unknown = metrics.filter(({ definitionKey: key }) => !definitions?.has(key));
    return unknown.length === 0 ? undefined : `${unknown.length} metrics without definition`;
  });

/** Whether live nodes have lost each other: absent, of an earlier run, or not live. */
export const someApart = (world: World): boolean =>
  firstOfPairs(world, (viewer, owner) => {
    const held = viewer.engine?.state.members.byId.get(owner.id);
    const known = held?.generation === owner.engine?.state.self.generation;
    return held !== undefined && known && isLive(held) ? undefined : 'apart';
  }) !== undefined;

/** Somebody who is gone and is held for live. */
export function firstNotGone(world: World): string | undefined {
  for (const viewer of healthy(world).flat()) {
    for (const [id, since] of world.gone) {
      const held = viewer.engine?.state.members.byId.get(id);
      if (held === undefined || !isLive(held)) continue;
      return `${viewer.id} holds ${id} for ${held.status}; gone since ${since.toFixed(0)} ms`;
    }
  }
  return undefined;
}
