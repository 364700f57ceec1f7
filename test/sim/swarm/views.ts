// Compares views with the owners' own state; each function names the first thing that is wrong.

import { definitionKeys } from '../../../node/core/data/slots.ts';
import type { Engine } from '../../../node/core/engine.ts';
import { isLive } from '../../../node/core/membership/member.ts';
import type { Status } from '../../../node/core/model.ts';
import type { SimulatedNode } from '../../../node/experiment/simulation/node.ts';
import type { Simulation } from '../../../node/experiment/simulation/simulator.ts';
import { slotVersionsOf } from '../../core/support.ts';
import type { Checker } from '../invariants.ts';
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

/** What a node had published at one moment. */
interface Published {
  readonly versions: readonly number[];
  readonly metrics: readonly string[];
  readonly facts: readonly string[];
}

/** What lasts has to be shown, and nothing may be that never was; a stalled owner acts late. */
function wrongNames(
  viewer: SimulatedNode,
  owner: SimulatedNode,
  due: Published,
): string | undefined {
  if (viewer.engine === undefined || owner.engine === undefined) return undefined;
  const shown = shownBy(viewer.engine, owner.id);
  const now = shownBy(owner.engine, owner.id);
  for (const what of ['metrics', 'facts'] as const) {
    const missing = due[what].filter((e) => now[what].includes(e) && !shown[what].includes(e));
    const over = shown[what].filter((e) => !due[what].includes(e) && !now[what].includes(e));
    if (missing.length + over.length > 0) return `${what}: lacks ${missing}, has ${over} beyond`;
  }
  return undefined;
}

/** By id and generation. */
export type Snapshot = ReadonlyMap<string, Published>;

const LONG_MS = 600_000;

/** The names of a member's metrics, and what it published of facts, as an engine shows them. */
const shownBy = ({ view }: Engine, id: string): Omit<Published, 'versions'> => ({
  metrics: (view.member(id)?.metrics ?? [])
    .filter(({ previousGeneration }) => previousGeneration === undefined)
    .map(({ definition }) => definition.name)
    .sort(),
  facts: view
    .facts('')
    // Those that end while views become equal are shown by some a moment longer.
    .filter(({ author, endsAt = LONG_MS }) => author === id && endsAt >= LONG_MS)
    // Nobody remembers their facts for them, but those that others keep come back to them.
    .filter(({ isKept }) => !isKept)
    .map(({ key, value }) => `${key}=${value}`),
});

export function snapshotOf({ nodes }: World): Snapshot {
  const published = new Map<string, Published>();
  for (const { engine } of nodes.values()) {
    if (engine === undefined) continue;
    const { id, generation, source } = engine.state.self;
    published.set(`${id}@${generation}`, {
      versions: slotVersionsOf(source),
      ...shownBy(engine, id),
    });
  }
  return published;
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
    const due = snapshot.get(`${owner.id}@${self.generation}`);
    const versions = slotVersionsOf(held.source);
    if ((due?.versions ?? [1]).some((version, index) => (versions[index] ?? 0) < version)) {
      return `versions ${versions}, published ${due?.versions}`;
    }
    // A metric whose words are missing is shown by no name.
    if (due !== undefined) return wrongNames(viewer, owner, due);
    const { definitions } = viewer.engine?.state ?? {};
    const unknown = [...definitionKeys(held.source.record)].filter((key) => !definitions?.has(key));
    return unknown.length === 0 ? undefined : `${unknown.length} metrics without definition`;
  });

/** Whether live nodes have lost each other: absent, of an earlier run, or not live. */
const isApart = (cluster: readonly SimulatedNode[]): boolean =>
  cluster.some((viewer) =>
    cluster.some((owner) => {
      const held = viewer.engine?.state.members.byId.get(owner.id);
      const isKnown = held?.generation === owner.engine?.state.self.generation;
      return held === undefined || !isKnown || !isLive(held);
    }),
  );

/** The same for each cluster: ours, and that of the strangers. */
export function whoIsApart(world: World): { readonly ours: boolean; readonly strangers: boolean } {
  const [ours = [], strangers = []] = healthy(world);
  return { ours: isApart(ours), strangers: isApart(strangers) };
}

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
