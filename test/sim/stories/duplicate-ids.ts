// What becomes of two nodes with one id, each story returning what went wrong: one stays up, the
// one that was started first, and all nodes believe it.

import { createRandom } from '../../../node/core/random.ts';
import type { SimulatedNode } from '../../../node/experiment/simulation/node.ts';
import { type Cluster, startCluster } from './cluster.ts';

const SETTLED_MS = 30_000;
const CALM_MS = 20_000;
const HOUR_MS = 3_600_000;

/** A second node of the name, which measures and knows only `seeds`; it is not started yet. */
function addDuplicate(
  cluster: Cluster,
  id: string,
  address: string,
  seeds: string[],
): SimulatedNode {
  const { simulation } = cluster;
  const { definitions } = cluster.node(id);
  const duplicate = simulation.addNode(id, definitions, seeds);
  duplicate.address = address;
  const sample = (): void => {
    cluster.sample(duplicate, { memory: 10 + simulation.random.below(80) });
    simulation.at(simulation.now() + 1_000, sample);
  };
  simulation.at(simulation.now() + simulation.random.below(1_000), sample);
  return duplicate;
}

const isUp = ({ engine }: SimulatedNode): boolean => engine?.state.replaced === false;

/** What is wrong unless exactly one is up, alive for all, and nobody outbids it any more. */
function faultsOf(cluster: Cluster, duplicates: readonly SimulatedNode[]): string[] {
  cluster.run(SETTLED_MS);
  const [winner, ...more] = duplicates.filter(isUp);
  if (winner === undefined || more.length > 0) return [`${duplicates.filter(isUp).length} are up`];
  const generation = winner.engine?.state.self.generation;
  cluster.run(CALM_MS);
  const problems = isUp(winner) ? [] : ['the last one stopped later'];
  for (const viewer of cluster.nodes.filter(
    (node) => !duplicates.includes(node) || node === winner,
  )) {
    const held = viewer.engine?.view.member(winner.id);
    if (held?.status === 'alive' && held.generation === generation) continue;
    problems.push(`${viewer.id} holds ${winner.id}@${held?.generation}, ${held?.status}`);
  }
  return problems;
}

const staysUp = (node: SimulatedNode): string[] =>
  isUp(node) ? [] : [`the one at ${node.address}, started first, stopped`];

/** Told each once: the one that stops, and the one that goes on. */
export function theLaterTwinStops(seed: number): string[] {
  const cluster = startCluster({ seed, size: 6 });
  const first = cluster.node('n3');
  const duplicate = addDuplicate(cluster, 'n3', 'http://other', ['http://n1']);
  cluster.simulation.start(duplicate);
  const problems = faultsOf(cluster, [first, duplicate]);
  const told = new Set(cluster.effects.map(({ node, effect }) => `${node.address} ${effect.type}`));
  const expected = ['http://n3 id_shared', 'http://other id_taken'];
  if ([...told].sort().join() !== expected.join()) problems.push(`told: ${[...told]}`);
  return [...problems, ...staysUp(first)];
}

/** Whatever they are, and whoever of them is behind NAT. */
export const oneOfTwinsStays = (seed: number): string[] => twinsEndAsOne(seed, seed % 4);

export const oneOfHiddenTwinsStays = (seed: number): string[] => twinsEndAsOne(seed, 3);

/**
 * Started any time apart, with clocks that are hours off, those behind NAT whose bit is set: one
 * stays, and it is the first where they did not start together.
 */
function twinsEndAsOne(seed: number, hidden: number): string[] {
  const random = createRandom(seed);
  const cluster = startCluster({ seed, size: 5, settings: { maxRoundMs: 1_000 } });
  const duplicates = [0, 1].map((i) => {
    const address = (hidden >> i) % 2 === 1 ? '' : `http://other${i}`;
    const duplicate = addDuplicate(cluster, 'n2', address, ['http://n1', 'http://n4']);
    duplicate.wallOffsetMs += (random.next() - 0.5) * 2 * HOUR_MS;
    return duplicate;
  }) as [SimulatedNode, SimulatedNode];
  cluster.simulation.crash(cluster.node('n2'), { keepDisk: true });
  const gapMs = random.below(8_000);
  cluster.simulation.start(duplicates[0]);
  cluster.run(gapMs);
  cluster.simulation.start(duplicates[1]);
  const all = [...duplicates, cluster.node('n2')].filter(({ engine }) => engine !== undefined);
  const problems = faultsOf({ ...cluster, nodes: cluster.up() }, all);
  if (gapMs > 4_000) problems.push(...staysUp(duplicates[0]));
  return problems.map((problem) => `seed ${seed}, hidden ${hidden}, ${gapMs} ms: ${problem}`);
}

/** Both sides of a partition have one of the name; when it heals, the later one stops. */
export function duplicatesOfAPartitionSettle(seed: number): string[] {
  const cluster = startCluster({ seed, size: 6, settings: { maxRoundMs: 1_000 } });
  const first = cluster.node('n3');
  const { simulation } = cluster;
  const [left, right] = [
    ['n1', 'n2', 'n3'],
    ['n4', 'n5', 'n6', 'a-other'],
  ] as const;
  for (const one of left.map((name) => `http://${name}`)) {
    for (const other of right.map((name) => `http://${name}`)) {
      simulation.blocked.add(`${one}>${other}`).add(`${other}>${one}`);
    }
  }
  cluster.run(20_000);
  // Of two that had started together, this address would stay.
  const duplicate = addDuplicate(cluster, 'n3', 'http://a-other', ['http://n4']);
  simulation.start(duplicate);
  cluster.run(20_000);
  const both = [first, duplicate].filter(isUp).length;
  simulation.blocked.clear();
  const problems = both === 2 ? [] : [`${both} were up in the partition`];
  return [...problems, ...faultsOf(cluster, [first, duplicate]), ...staysUp(first)];
}

/** The old machine is gone without a word, and nobody has missed it yet. */
export function aMoveAfterADeathWorks(seed: number): string[] {
  const cluster = startCluster({ seed, size: 6 });
  const first = cluster.node('n3');
  cluster.simulation.crash(first, { keepDisk: false, vanish: true });
  const moved = addDuplicate(cluster, 'n3', 'http://moved', ['http://n1']);
  cluster.simulation.start(moved);
  const problems = faultsOf({ ...cluster, nodes: cluster.up() }, [moved]);
  return cluster.effects.length === 0 ? problems : [...problems, 'it was taken for two nodes'];
}

/** A machine that stood still was replaced meanwhile: one of them stays. */
export function aSleeperAndItsReplacementSettle(seed: number): string[] {
  const cluster = startCluster({ seed, size: 6 });
  const first = cluster.node('n3');
  cluster.simulation.stall(first, 40_000);
  cluster.run(20_000);
  const duplicate = addDuplicate(cluster, 'n3', 'http://other', ['http://n1']);
  cluster.simulation.start(duplicate);
  cluster.run(25_000);
  return faultsOf(cluster, [first, duplicate]);
}
