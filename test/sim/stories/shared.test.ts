// Views that share what none of them has changed send byte for byte what views that share nothing
// send, whatever happens to the fleet; and what is shared is never written to.

import { createHash } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { CPU, MEMORY, STORAGE } from '../../../node/config/metrics.ts';
import { adopt, recount } from '../../../node/core/data/keep.ts';
import { copyMember, type SeenMember } from '../../../node/core/membership/member.ts';
import { createRandom, type Random } from '../../../node/core/random.ts';
import { DEFAULT_SETTINGS } from '../../../node/core/settings.ts';
import { encodeMessage } from '../../../node/core/wire/encode.ts';
import type { SimulatedNode } from '../../../node/experiment/simulation/node.ts';
import { introduceAll } from '../../../node/experiment/simulation/settled.ts';
import {
  createSimulation,
  type Simulation,
} from '../../../node/experiment/simulation/simulator.ts';

const METRICS = [CPU, MEMORY, STORAGE];
const NODES = 40;
const SETTINGS = {
  ...DEFAULT_SETTINGS,
  // Few bytes, so that not everything fits; the dead are forgotten, and give way in a full house.
  budgetBytes: 500,
  neighbours: 8,
  forgetAfterMs: 15_000,
  maxMembers: NODES + 2,
};

interface Fleet {
  readonly simulation: Simulation;
  readonly shared: readonly SeenMember[];
  /** All that was sent, in its order. */
  sent(): string;
}

/** Two of the nodes cannot be called; one runs with metrics of its own. */
function startFleet(
  seed: number,
  introduce: (simulation: Simulation) => readonly SeenMember[],
): Fleet {
  const hash = createHash('sha256');
  const simulation = createSimulation({
    seed,
    settings: SETTINGS,
    onMessage(message, _bytes, from) {
      hash.update(from.id).update(encodeMessage(message));
    },
  });
  for (let i = 1; i <= NODES; i++) {
    const metrics = i === 3 ? [...METRICS, { ...CPU, name: 'own' }] : METRICS;
    const node = simulation.addNode(`n${i}`, metrics, i === 1 ? [] : ['http://n1']);
    if (i % 20 === 0) node.address = '';
    simulation.start(node);
    sample(simulation, node, 40);
  }
  const shared = introduce(simulation);
  for (const member of shared) {
    Object.freeze(Object.freeze(member).source);
    Object.freeze(member.source.cells);
  }
  return { simulation, shared, sent: () => hash.digest('hex') };
}

const sample = (simulation: Simulation, node: SimulatedNode, value: number): void =>
  simulation.input(node, {
    type: 'samples',
    readings: METRICS.map(({ name }) => ({ metric: name, value })),
  });

const introduceShared = (simulation: Simulation): readonly SeenMember[] =>
  introduceAll(simulation, true).bySlot;

/** The same start for views that share nothing: each gets everybody, in the same order. */
function introduceAlone({ nodes }: Simulation): readonly SeenMember[] {
  const states = nodes.flatMap(({ engine }) => engine?.state ?? []);
  const settled = states.map(({ self }) => copyMember(self));
  const definitions = new Map(states.flatMap((state) => [...state.definitions]));
  for (const state of states) {
    const { members, self } = state;
    members.remove(self);
    for (const other of settled) members.add(other.key === self.key ? self : copyMember(other));
    for (const [key, definition] of definitions) state.definitions.set(key, definition);
    adopt(state, recount(state));
    state.broadcasts.length = 0;
    state.pendingUpdates.clear();
    state.exactDigests = 0;
    state.freshDefinitions.clear();
  }
  return [];
}

/** Changes, lost messages, deaths, restarts, a newcomer, a farewell, a partition. */
function live({ simulation }: Fleet, random: Random): void {
  const { nodes } = simulation;
  const any = (): SimulatedNode => nodes[random.below(NODES)] as SimulatedNode;
  for (let second = 1; second <= 60; second++) {
    sample(simulation, any(), 40 + random.below(60));
    simulation.faults = {
      loss: second % 10 < 3 ? 0.3 : 0,
      duplication: 0.1,
      minDelayMs: 1,
      maxDelayMs: 50,
    };
    if (second % 9 === 0) simulation.crash(any(), { keepDisk: true, vanish: second % 2 === 0 });
    if (second % 9 === 5) for (const node of nodes) if (!node.engine) simulation.start(node);
    if (second === 20) simulation.start(simulation.addNode('late', METRICS, ['http://n2']));
    if (second === 30) simulation.input(any(), { type: 'leave', notice: { reason: 'test' } });
    if (second === 35) simulation.stall(any(), 4_000);
    if (second === 40) for (let i = 1; i <= 4; i++) simulation.blocked.add(`n${i}>n${i + 4}`);
    simulation.runUntil(second * 1_000);
  }
}

describe('views that share a settled start', () => {
  it.each([1, 2])('send what views that share nothing send, byte for byte (seed %i)', (seed) => {
    const [shared, alone] = [startFleet(seed, introduceShared), startFleet(seed, introduceAlone)];
    for (const fleet of [shared, alone]) live(fleet, createRandom(seed));
    expect(shared.sent()).toBe(alone.sent());
  });

  it('hold once what none of them has changed', () => {
    const { simulation, shared } = startFleet(4, introduceShared);
    simulation.runUntil(5_000);
    sample(simulation, simulation.nodes[6] as SimulatedNode, 90);
    simulation.runUntil(10_000);
    for (const { engine, id } of simulation.nodes) {
      const { members } = engine?.state ?? {};
      const changed = shared.filter((member) => members?.see(member) !== member);
      expect(members?.byId.size).toBe(NODES);
      expect(changed.map((member) => member.id)).toEqual(expect.arrayContaining([id, 'n7']));
      expect(changed.length).toBeLessThan(NODES);
    }
  });
});
