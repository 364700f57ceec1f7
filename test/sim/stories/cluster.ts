// A plain simulated cluster for promises that need a story instead of chance; the invariants are
// checked after every event here too.

import { CPU, MEMORY, NETWORK, STORAGE } from '../../../node/config/metrics.ts';
import type { Effect, MemberChange } from '../../../node/core/effects.ts';
import type { MetricDefinition, MetricReading } from '../../../node/core/model.ts';
import { DEFAULT_SETTINGS, type ProtocolSettings } from '../../../node/core/settings.ts';
import type { SimulatedNode } from '../../../node/experiment/simulation/node.ts';
import {
  createSimulation,
  type Simulation,
} from '../../../node/experiment/simulation/simulator.ts';
import { createChecker } from '../invariants.ts';

export interface Change {
  readonly at: number;
  readonly viewer: SimulatedNode;
  readonly id: string;
  readonly change: MemberChange;
}

export interface Cluster {
  readonly simulation: Simulation;
  readonly nodes: SimulatedNode[];
  readonly settings: ProtocolSettings;
  /** Every change of a status that a node saw. */
  readonly changes: Change[];
  readonly effects: { readonly node: SimulatedNode; readonly effect: Effect }[];
  readonly sent: { bytes: number };
  /** Runs for `durationMs` more. */
  run(durationMs: number): void;
  node(id: string): SimulatedNode;
  sample(node: SimulatedNode, values: Readonly<Record<string, number>>): void;
  reading(viewer: SimulatedNode, id: string, metric: string): MetricReading | undefined;
  /** Nodes that run. */
  up(): SimulatedNode[];
}

export interface ClusterOptions {
  readonly seed: number;
  readonly size: number;
  readonly settings?: Partial<ProtocolSettings>;
  readonly definitions?: readonly MetricDefinition[];
  /** Ids of nodes that nobody can call. */
  readonly hidden?: readonly string[];
}

const CALM_VALUES = { cpu: 20, memory: 40, network: 1_000, storage: 30 };

/** Starts nodes n1 … and lets them find each other for five virtual seconds. */
export function startCluster(options: ClusterOptions): Cluster {
  const { seed, size, definitions = [CPU, MEMORY, NETWORK, STORAGE], hidden = [] } = options;
  const settings = { ...DEFAULT_SETTINGS, ...options.settings };
  const checker = createChecker(() => settings.cluster);
  const changes: Change[] = [];
  const effects: Cluster['effects'] = [];
  const sent = { bytes: 0 };
  const simulation = createSimulation({
    seed,
    settings,
    afterEvent: checker.afterEvent,
    onMessage(message, bytes, from) {
      sent.bytes += bytes;
      checker.onMessage(message, bytes, from);
    },
    onEffect(node, effect, now) {
      checker.onEffect(node, effect);
      const isOfTwins = effect.type === 'id_taken' || effect.type === 'id_shared';
      if (isOfTwins) effects.push({ node, effect });
      if (effect.type !== 'member') return;
      changes.push({ at: now, viewer: node, id: effect.id, change: effect.change });
    },
  });
  const cluster = createCluster(simulation, settings, changes, effects, sent);
  for (let i = 1; i <= size; i++) {
    const node = simulation.addNode(`n${i}`, definitions, [`http://n${i === 1 ? 2 : 1}`]);
    if (hidden.includes(node.id)) node.address = '';
    simulation.at(i, () => {
      simulation.start(node);
      cluster.sample(node, CALM_VALUES);
    });
  }
  cluster.run(5_000);
  return cluster;
}

function createCluster(
  simulation: Simulation,
  settings: ProtocolSettings,
  changes: Change[],
  effects: Cluster['effects'],
  sent: { bytes: number },
): Cluster {
  const { nodes } = simulation;
  return {
    simulation,
    nodes,
    settings,
    changes,
    effects,
    sent,
    run: (durationMs) => simulation.runUntil(simulation.now() + durationMs),
    node(id) {
      const found = nodes.find((node) => node.id === id);
      if (found === undefined) throw new RangeError(`there is no node ${id}`);
      return found;
    },
    sample(node, values) {
      const readings = Object.entries(values).map(([metric, value]) => ({ metric, value }));
      simulation.input(node, { type: 'samples', readings });
    },
    reading: (viewer, id, metric) =>
      viewer.engine?.view.member(id)?.metrics.find(({ definition }) => definition.name === metric),
    up: () => nodes.filter(({ engine }) => engine !== undefined),
  };
}

/** Runs in steps until `done`; returns how long that took, ms, or infinity after `limitMs`. */
export function runUntil(
  cluster: Cluster,
  done: () => boolean,
  limitMs: number,
  stepMs = 10,
): number {
  const { simulation } = cluster;
  const start = simulation.now();
  while (simulation.now() - start < limitMs) {
    if (done()) return simulation.now() - start;
    simulation.runUntil(simulation.now() + stepMs);
  }
  return done() ? limitMs : Number.POSITIVE_INFINITY;
}
