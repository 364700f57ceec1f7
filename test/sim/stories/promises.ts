// What the protocol promises about values, each as a story that returns what went wrong. Tests
// expect nothing; the mutation test expects that something does once the rule is taken out.

import { CPU, MEMORY, NETWORK, STORAGE } from '../../../node/config/metrics.ts';
import { deltaAt } from '../../../node/core/data/publishing/publishing-rule.ts';
import type { MetricDefinition } from '../../../node/core/model.ts';
import { createRandom } from '../../../node/core/random.ts';
import type { SimulatedNode } from '../../../node/experiment/simulation/node.ts';
import { theoryRounds } from '../swarm/bounds.ts';
import { type Cluster, runUntil, startCluster } from './cluster.ts';

const STANDARD = [CPU, MEMORY, NETWORK, STORAGE];

/** Slow drifts: far below the delta from sample to sample, far above it in the end. */
export function quietNetworkIsExact(seed: number): string[] {
  const cluster = startCluster({ seed, size: 8, settings: { maxRoundMs: 1_000 } });
  const random = createRandom(seed);
  const truth = new Map<SimulatedNode, Record<string, number>>();
  for (const node of cluster.nodes) {
    truth.set(node, { cpu: 20, memory: 40, network: 50_000, storage: 30 });
  }
  for (let round = 0; round < 60; round++) {
    for (const [node, values] of truth) {
      values.cpu = (values.cpu ?? 0) + 0.5;
      values.memory = (values.memory ?? 0) + (random.next() - 0.5) * 3;
      values.network = (values.network ?? 0) * (1 + (random.next() - 0.5) * 0.1);
      values.storage = (values.storage ?? 0) + 0.1;
      cluster.sample(node, values);
    }
    cluster.run(1_000);
  }
  cluster.run(Math.ceil(theoryRounds(8, 1) + 3) * 1_000);
  return [...truth].flatMap(([owner, values]) =>
    STANDARD.flatMap((definition) => differences(cluster, owner, definition, values)),
  );
}

function differences(
  cluster: Cluster,
  owner: SimulatedNode,
  definition: MetricDefinition,
  values: Readonly<Record<string, number>>,
): string[] {
  const truth = values[definition.name] ?? Number.NaN;
  return cluster.nodes.flatMap((viewer) => {
    const seen = cluster.reading(viewer, owner.id, definition.name)?.value ?? Number.NaN;
    if (Math.abs(seen - truth) <= deltaAt(definition.delta, seen)) return [];
    return [`${viewer.id} sees ${owner.id}'s ${definition.name} at ${seen}, it is ${truth}`];
  });
}

const metric = (name: string, priority: number): MetricDefinition => ({
  ...STORAGE,
  name,
  priority,
  delta: { kind: 'absolute', change: 1 },
});

/** How long the least important lane may lag while important ones take more than there is, ms. */
const STARVED_MS = 10_000;

/** More important news than messages can carry, for minutes; the humble metric still arrives. */
export function noLaneStarves(seed: number): string[] {
  const important = Array.from({ length: 24 }, (_, i) => metric(`important${i}`, 200));
  const definitions = [metric('humble', 1), ...important];
  // Some 5.4 kB a second are published; a node moves 0.6 kB.
  const budget = { maxRoundMs: 1_000, budgetBytes: 300 };
  const settings = { ...budget, urgentPriority: 255, refreshMs: 3_600_000 };
  const cluster = startCluster({ seed, size: 8, definitions, settings });
  return overload(cluster, important);
}

function overload(cluster: Cluster, important: readonly MetricDefinition[]): string[] {
  /** By owner: values of the humble metric with the time of their publish. */
  const told = new Map(cluster.nodes.map((node) => [node, new Map<number, number>()]));
  let worstMs = 0;
  for (let step = 0; step < 320; step++) {
    const now = cluster.simulation.now();
    for (const node of cluster.nodes) {
      const values = Object.fromEntries(important.map(({ name }) => [name, step * 2]));
      if (step % 20 === 0) {
        values.humble = step;
        told.get(node)?.set(step, now);
      }
      cluster.sample(node, values);
    }
    cluster.run(250);
    for (const [owner, times] of told) worstMs = Math.max(worstMs, lagMs(cluster, owner, times));
  }
  return worstMs <= STARVED_MS ? [] : [`the humble metric lagged by ${worstMs} ms`];
}

/** Age of the oldest humble value that somebody still lacks. */
function lagMs(cluster: Cluster, owner: SimulatedNode, times: ReadonlyMap<number, number>): number {
  const now = cluster.simulation.now();
  let worst = 0;
  for (const viewer of cluster.nodes) {
    const seen = cluster.reading(viewer, owner.id, 'humble')?.value ?? -1;
    for (const [value, at] of times) if (value > seen) worst = Math.max(worst, now - at);
  }
  return worst;
}

/** An urgent change reaches all within this many one-way delays, whatever the round. */
const URGENT_DELAYS = 12;

export function urgentChangesDoNotWait(seed: number): string[] {
  const cluster = startCluster({ seed, size: 20 });
  const limitMs = URGENT_DELAYS * cluster.simulation.faults.maxDelayMs;
  return cluster.nodes.flatMap((owner, i) => {
    cluster.run(1_700);
    const value = 60 + i;
    cluster.sample(owner, { storage: value });
    const known = () =>
      cluster.nodes.every((node) => cluster.reading(node, owner.id, 'storage')?.value === value);
    const tookMs = runUntil(cluster, known, 5_000, 1);
    return tookMs <= limitMs ? [] : [`${owner.id}'s change took ${tookMs} ms, not ${limitMs}`];
  });
}

/** A metric that begins while the fleet runs is told as an urgent change is: value, card, words. */
export function urgentMetricsDoNotWait(seed: number): string[] {
  const cluster = startCluster({ seed, size: 20 });
  const limitMs = URGENT_DELAYS * cluster.simulation.faults.maxDelayMs;
  return cluster.nodes.slice(0, 8).flatMap((owner, i) => {
    cluster.run(1_700);
    const definition = metric(`alarm${i}`, STORAGE.priority);
    cluster.simulation.input(owner, { type: 'define', definition });
    cluster.sample(owner, { [definition.name]: i });
    const known = () =>
      cluster.nodes.every((node) => cluster.reading(node, owner.id, definition.name)?.value === i);
    const tookMs = runUntil(cluster, known, 5_000, 1);
    return tookMs <= limitMs ? [] : [`${owner.id}'s metric took ${tookMs} ms, not ${limitMs}`];
  });
}

/**
 * Nobody can call a node behind NAT: what it tells is pushed as by any other, and what it is told
 * it fetches with its next round, however calm the cluster is.
 */
export function urgentChangesCrossNat(seed: number): string[] {
  const hidden = ['n4', 'n9'];
  const cluster = startCluster({ seed, size: 12, hidden });
  const { maxRoundMs } = cluster.settings;
  const pushedMs = URGENT_DELAYS * cluster.simulation.faults.maxDelayMs;
  // A tenth for rounds that vary, and the way there and back.
  const fetchedMs = maxRoundMs * 1.1 + 2 * cluster.simulation.faults.maxDelayMs + pushedMs;
  return cluster.nodes.flatMap((owner, i) => {
    cluster.run(20_000);
    const value = 60 + i;
    cluster.sample(owner, { storage: value });
    const knownTo = (viewers: readonly SimulatedNode[]) => () =>
      viewers.every((viewer) => cluster.reading(viewer, owner.id, 'storage')?.value === value);
    const open = cluster.nodes.filter(({ id }) => !hidden.includes(id));
    const tookMs = runUntil(cluster, knownTo(open), 10_000, 1);
    const allMs = tookMs + runUntil(cluster, knownTo(cluster.nodes), 10_000, 1);
    const took = `${owner.id}'s change took ${tookMs} ms, and ${allMs} ms to nodes behind NAT`;
    return tookMs <= pushedMs && allMs <= fetchedMs ? [] : [took];
  });
}

/** A spike has its version at once, though calm samples before it told nothing. */
export function spikesArePublishedAtOnce(seed: number): string[] {
  const cluster = startCluster({ seed, size: 3 });
  const owner = cluster.node('n2');
  const version = () => owner.engine?.state.version ?? 0;
  for (let i = 0; i < 10; i++) cluster.sample(owner, { cpu: 20 + (i % 3) });
  const before = version();
  cluster.sample(owner, { cpu: 90 });
  const problems = version() === before + 1 ? [] : ['the spike was not published'];
  cluster.run(5_000);
  const seen = cluster.reading(cluster.node('n1'), 'n2', 'cpu')?.value;
  return seen === 90 ? problems : [...problems, `n1 sees ${seen}`];
}
