// What the protocol promises about membership, each as a story that returns what went wrong.

import { longestSilenceMs } from '../../../node/core/membership/detection/outbound-failure.ts';
import { updateOf } from '../../../node/core/membership/member.ts';
import type { ProtocolSettings } from '../../../node/core/settings.ts';
import { LIMITS, type Push } from '../../../node/core/wire/messages.ts';
import type { SimulatedNode } from '../../../node/experiment/simulation/node.ts';
import { theoryRounds } from '../swarm/bounds.ts';
import { type Change, type Cluster, runUntil, startCluster } from './cluster.ts';

const describeChange = ({ at, viewer, id, change }: Change): string =>
  `${viewer.id} saw ${id} ${change} at ${at.toFixed(0)} ms`;

const changesOf = (cluster: Cluster, kinds: readonly string[]): Change[] =>
  cluster.changes.filter(({ change }) => kinds.includes(change));

const statusOf = (viewer: SimulatedNode, id: string): string | undefined =>
  viewer.engine?.view.member(id)?.status;

/** Whether every node that runs holds `id` in this status. */
const allHold = (cluster: Cluster, id: string, status: string): boolean =>
  cluster.up().every((viewer) => statusOf(viewer, id) === status);

export function leavingRaisesNoAlarm(seed: number): string[] {
  const cluster = startCluster({ seed, size: 8 });
  const node = cluster.node('n3');
  cluster.simulation.input(node, { type: 'leave', notice: { reason: 'upgrade' } });
  cluster.run(300);
  cluster.simulation.crash(node, { keepDisk: true });
  cluster.run(30_000);
  const alarms = changesOf(cluster, ['suspect', 'dead']).map(describeChange);
  return allHold(cluster, 'n3', 'left') ? alarms : [...alarms, 'somebody missed that n3 left'];
}

/** The same id with a higher generation wins at once, at whatever address. */
export function restartsWinAtOnce(seed: number): string[] {
  const cluster = startCluster({ seed, size: 10 });
  const node = cluster.node('n3');
  cluster.simulation.crash(node, { keepDisk: true });
  node.address = 'http://elsewhere';
  cluster.simulation.start(node);
  const generation = node.engine?.state.self.generation ?? 0;
  const moved = (viewer: SimulatedNode): boolean => {
    const held = viewer.engine?.view.member('n3');
    return held?.generation === generation && held.address === 'http://elsewhere';
  };
  const limitMs = (theoryRounds(10, 1) + 3) * cluster.settings.roundMs;
  const tookMs = runUntil(cluster, () => cluster.nodes.every(moved), 60_000);
  return tookMs <= limitMs ? [] : [`it took ${tookMs} ms until all held the new run`];
}

/** One message says of a node what it could never outbid. */
export function forgedGenerationsHarmNobody(seed: number): string[] {
  const cluster = startCluster({ seed, size: 6 });
  const [liar] = cluster.nodes;
  const victim = cluster.node('n3').engine?.state.self;
  if (liar?.engine === undefined || victim === undefined) return ['the nodes did not start'];
  const said = {
    ...updateOf(victim, 0),
    generation: LIMITS.generation,
    status: 'dead',
  } as const;
  const message: Push = {
    ...{ kind: 'push', cluster: liar.engine.cluster, from: 1, keyRange: undefined, byKey: true },
    ...{ chunks: [], updates: [said], definitions: [] },
  };
  cluster.simulation.input(liar, { type: 'request', token: -1, message });
  cluster.run(20_000);
  return allHold(cluster, 'n3', 'alive') ? [] : ['n3 is not alive for all'];
}

/** A node behind NAT takes part by calling out; its silence, not its closed door, is its death. */
export function hiddenNodesTakePart(seed: number): string[] {
  // More nodes than it calls within the longest silence, so that word of it has to travel.
  const settings = { maxRoundMs: 1_000 };
  const cluster = startCluster({ seed, size: 25, hidden: ['n4'], settings });
  const hidden = cluster.node('n4');
  cluster.run(60_000);
  const problems = changesOf(cluster, ['suspect', 'dead']).map(describeChange);
  cluster.sample(hidden, { memory: 77 });
  cluster.sample(cluster.node('n7'), { memory: 55 });
  cluster.run((theoryRounds(25, 1) + 3) * cluster.settings.maxRoundMs);
  for (const viewer of cluster.nodes) {
    if (cluster.reading(viewer, 'n4', 'memory')?.value !== 77) problems.push(`${viewer.id} lags`);
  }
  if (cluster.reading(hidden, 'n7', 'memory')?.value !== 55) problems.push('n4 lags');
  cluster.simulation.crash(hidden, { keepDisk: true });
  const { suspicionMaxMs, maxRoundMs } = cluster.settings;
  const limitMs = longestSilenceMs(cluster.settings) + suspicionMaxMs + 2 * maxRoundMs;
  const tookMs = runUntil(cluster, () => allHold(cluster, 'n4', 'dead'), 2 * limitMs, 100);
  return tookMs <= limitMs ? problems : [...problems, `its death took ${tookMs} ms`];
}

/** Whoever stood still blames nobody else for the time it missed. */
export function stallsKillNobodyElse(seed: number): string[] {
  const cluster = startCluster({ seed, size: 12, settings: { maxRoundMs: 1_000 } });
  const { simulation, nodes } = cluster;
  for (const stallMs of [1_000, 3_000, 6_000, 12_000]) {
    // It is cut off for a moment first, so that probes of its own are under way.
    for (const { id } of nodes) simulation.blocked.add(`n5>${id}`);
    cluster.run(1_900);
    simulation.blocked.clear();
    simulation.stall(cluster.node('n5'), stallMs);
    cluster.run(stallMs + 10_000);
  }
  const blamed = changesOf(cluster, ['suspect', 'dead']).filter(({ id }) => id !== 'n5');
  return blamed.map(describeChange);
}

/** So many minutes in which three of ten messages are lost. */
export function lossKillsNobody(seed: number, minutes = 10): string[] {
  const cluster = lossyCluster(seed);
  cluster.run(minutes * 60_000);
  return changesOf(cluster, ['dead']).map(describeChange);
}

function lossyCluster(seed: number): Cluster {
  const cluster = startCluster({ seed, size: 20 });
  const { simulation } = cluster;
  simulation.faults = { ...simulation.faults, loss: 0.3 };
  return cluster;
}

/** Calls that a node starts a second in a bad network, probes included. */
const STORM_PER_SECOND = 8;

/** Lost messages cost retries and probes, but these set off no more of themselves. */
export function lossStartsNoStorm(seed: number): string[] {
  const cluster = lossyCluster(seed);
  const started = (): number =>
    cluster.up().reduce((sum, n) => sum + (n.engine?.status().counters.exchangesStarted ?? 0), 0);
  cluster.run(30_000);
  const before = started();
  cluster.run(10_000);
  const perSecond = (started() - before) / 10 / cluster.nodes.length;
  return perSecond <= STORM_PER_SECOND ? [] : [`${perSecond} calls a node and second`];
}

/** Long enough for both sides to take each other for dead. */
export function partitionsHeal(seed: number): string[] {
  return heal(startCluster({ seed, size: 12, settings: { maxRoundMs: 1_000 } }), 6);
}

/** Long enough to be forgotten, and to forget: it takes a new generation and all meet again. */
export function theForgottenComeBack(seed: number): string[] {
  const settings = { maxRoundMs: 1_000, forgetAfterMs: 5_000 };
  const problems = heal(startCluster({ seed, size: 12, settings }), 1);
  return [...problems, ...heal(startCluster({ seed, size: 12, settings }), 6)];
}

/** Who stood still meanwhile still takes the forgotten for alive, and convinces nobody of it. */
export function theForgottenStayForgotten(seed: number): string[] {
  const settings = { maxRoundMs: 1_000, forgetAfterMs: 5_000 };
  const cluster = startCluster({ seed, size: 6, settings });
  const { simulation } = cluster;
  simulation.crash(cluster.node('n6'), { keepDisk: false, vanish: true });
  simulation.stall(cluster.node('n5'), 25_000);
  cluster.run(24_000);
  const others = cluster.nodes.filter(({ id }) => id !== 'n5' && id !== 'n6');
  const holders = (): string[] =>
    others.filter((viewer) => statusOf(viewer, 'n6') !== undefined).map(({ id }) => id);
  const late = holders().map((id) => `${id} has not forgotten n6 after 24 s`);
  const tookMs = runUntil(cluster, () => holders().length > 0, 20_000);
  return tookMs >= 20_000 ? late : [...late, `${holders()} hold n6 again`];
}

/** Cuts the first nodes off for 40 s; then all views are to be whole within the bound. */
function heal(cluster: Cluster, cutOff: number): string[] {
  const { simulation, nodes, settings } = cluster;
  for (const inside of nodes.slice(0, cutOff)) {
    for (const outside of nodes.slice(cutOff)) {
      simulation.blocked.add(`${inside.id}>${outside.id}`);
      simulation.blocked.add(`${outside.id}>${inside.id}`);
    }
  }
  cluster.run(40_000);
  simulation.blocked.clear();
  const rounds = theoryRounds(nodes.length, settings.targetCount) + 3;
  const limitMs = (rounds + settings.contactEveryRounds) * settings.maxRoundMs;
  const whole = (): boolean => nodes.every(({ id }) => allHold(cluster, id, 'alive'));
  const tookMs = runUntil(cluster, whole, 60_000);
  return tookMs <= limitMs ? [] : [`${cutOff} cut off: whole after ${tookMs} ms, not ${limitMs}`];
}

export interface Death {
  readonly size: number;
  /** Whether the machine is gone too: calls time out, and no connection breaks. */
  readonly vanish: boolean;
  readonly settings?: Partial<ProtocolSettings>;
}

/** How long until every other node holds a crashed one for dead, ms. */
export function deathTakesMs(seed: number, { size, vanish, settings = {} }: Death): number {
  const cluster = startCluster({ seed, size, settings });
  cluster.run(10_000 + (seed % 10) * 300);
  const victim = cluster.node(`n${size}`);
  cluster.simulation.crash(victim, { keepDisk: true, vanish });
  return runUntil(cluster, () => allHold(cluster, victim.id, 'dead'), 60_000, 50);
}
