// What one event costs a settled fleet: the requests that are sent because of it, and how soon all
// know. Counted beyond those of the same fleet without the event, over a minute of fixed rounds.

import { CPU, MEMORY, NETWORK, STORAGE } from '../../config/metrics.ts';
import { createRandom } from '../../core/random.ts';
import { DEFAULT_SETTINGS, type ProtocolSettings } from '../../core/settings.ts';
import type { NetworkFaults } from './network.ts';
import type { SimulatedNode } from './node.ts';
import { introduceAll, spreadRefreshes } from './settled.ts';
import { createSimulation, type Simulation } from './simulator.ts';

/** `kill`: its connections break; `vanish`: they do not; `stall`: it is suspected, and refutes. */
export type FleetEvent = 'kill' | 'vanish' | 'join' | 'leave' | 'stall' | 'urgent';

export interface FleetOptions {
  readonly size: number;
  readonly seed: number;
  readonly settings?: Partial<ProtocolSettings>;
  readonly faults?: Partial<NetworkFaults>;
}

export interface EventCost {
  /** Requests, probes and retries included, beyond those without the event. */
  readonly messages: number;
  /** The same by kind of message. */
  readonly byKind: Readonly<Record<string, number>>;
  /** Encoded bytes of those requests and their answers beyond, as they are counted there. */
  readonly bytes: number;
  /** From the event until every other node knows; infinite when some never did. */
  readonly knownMs: number;
}

const METRICS = [CPU, MEMORY, NETWORK, STORAGE];
const CALM = { cpu: 20, memory: 40, network: 1_000, storage: 30 };
/** So long nodes have called one another before, and keep those connections. */
const WARM_MS = 60_000;
const COUNTED_MS = 60_000;
const STALL_MS = 3_200;
const GOODBYE_MS = 400;
const LOOK_EVERY_MS = 1;
/** Nobody is waited for beyond. */
const LOOK_MS = 30_000;
const NEW_STORAGE = 60;

interface Fleet {
  readonly simulation: Simulation;
  readonly subject: SimulatedNode;
  readonly counts: Map<string, number>;
  newcomer?: SimulatedNode;
  bytes: number;
  isCounting: boolean;
}

const REQUESTS: ReadonlySet<string> = new Set(['exchange', 'push', 'ping', 'ping_request']);

/** What each event costs this fleet; the fleet without any is played once. */
export function createEventMeter(options: FleetOptions): (event: FleetEvent) => EventCost {
  let calm: Played | undefined;
  return (event) => {
    calm ??= play(options);
    return costOf(calm, play(options, event));
  };
}

function costOf(calm: Played, { fleet, knownMs }: Played): EventCost {
  const kinds = [...new Set([...calm.fleet.counts.keys(), ...fleet.counts.keys()])];
  const byKind = Object.fromEntries(
    kinds.map((kind) => [kind, (fleet.counts.get(kind) ?? 0) - (calm.fleet.counts.get(kind) ?? 0)]),
  );
  // Who joined makes rounds of its own from then on.
  const rounds = fleet.newcomer?.engine?.status().counters.rounds ?? 0;
  byKind.exchange = (byKind.exchange ?? 0) - rounds;
  const messages = Object.values(byKind).reduce((sum, count) => sum + count, 0);
  return { messages, byKind, bytes: fleet.bytes - calm.fleet.bytes, knownMs };
}

export interface StruckOptions extends FleetOptions {
  /** So many others end at the moment of the change. */
  readonly struck: number;
  readonly vanish: boolean;
}

/** An urgent change while others die: when each that lives knows it, ms since, in their order. */
export function urgentAmongDying({ struck, vanish, ...options }: StruckOptions): number[] {
  const fleet = startFleet(options);
  const { simulation, subject } = fleet;
  simulation.runUntil(WARM_MS);
  const others = simulation.nodes.filter((node) => node !== subject);
  const step = others.length / struck;
  for (let index = 0; index < struck; index++) {
    const victim = others[Math.floor(index * step)];
    if (victim !== undefined) simulation.crash(victim, { keepDisk: false, vanish });
  }
  sample(simulation, subject, { ...CALM, storage: NEW_STORAGE });
  const knownMs: number[] = [];
  let waiting = others.filter(({ engine }) => engine !== undefined);
  for (let ms = 0; waiting.length > 0 && ms < LOOK_MS; ms += LOOK_EVERY_MS) {
    const left = waiting.filter((node) => storageIn(node, subject.id) !== NEW_STORAGE);
    for (let known = left.length; known < waiting.length; known++) knownMs.push(ms);
    waiting = left;
    simulation.runUntil(simulation.now() + LOOK_EVERY_MS);
  }
  return [...knownMs, ...waiting.map(() => Number.POSITIVE_INFINITY)];
}

interface Played {
  readonly fleet: Fleet;
  readonly knownMs: number;
}

function play(options: FleetOptions, event?: FleetEvent): Played {
  const fleet = startFleet(options);
  const { simulation } = fleet;
  simulation.runUntil(WARM_MS);
  fleet.isCounting = true;
  const knownMs = event === undefined ? 0 : happen(fleet, event);
  simulation.runUntil(WARM_MS + COUNTED_MS);
  return { fleet, knownMs };
}

function startFleet({ seed, size, settings, faults }: FleetOptions): Fleet {
  const all = { ...DEFAULT_SETTINGS, maxRoundMs: DEFAULT_SETTINGS.roundMs, ...settings };
  const counts = new Map<string, number>();
  const simulation = createSimulation({
    seed,
    settings: all,
    onMessage(message, bytes, from) {
      // Rounds that the subject no longer makes are no saving.
      if (!fleet.isCounting || from === fleet.subject) return;
      fleet.bytes += bytes;
      if (!REQUESTS.has(message.kind)) return;
      counts.set(message.kind, (counts.get(message.kind) ?? 0) + 1);
    },
  });
  simulation.faults = { ...simulation.faults, ...faults };
  const random = createRandom(seed + 1);
  for (let number = 1; number <= size; number++) {
    const node = simulation.addNode(`n${number}`, METRICS, number === 1 ? [] : ['http://n1']);
    start(simulation, node);
  }
  introduceAll(simulation, true);
  for (const node of simulation.nodes) spreadRefreshes(node, random);
  const [subject] = simulation.nodes.slice(Math.floor(size / 2));
  if (subject === undefined) throw new RangeError('A fleet of no nodes has no events.');
  const fleet: Fleet = { simulation, subject, counts, bytes: 0, isCounting: false };
  return fleet;
}

function start(simulation: Simulation, node: SimulatedNode): void {
  simulation.start(node);
  sample(simulation, node, CALM);
}

function sample(simulation: Simulation, node: SimulatedNode, values: Record<string, number>): void {
  const readings = Object.entries(values).map(([metric, value]) => ({ metric, value }));
  simulation.input(node, { type: 'samples', readings });
}

/** Makes it happen, and answers how long it took until all others knew. */
function happen(fleet: Fleet, event: FleetEvent): number {
  const { simulation, subject } = fleet;
  const { id } = subject;
  const statusIn = (node: SimulatedNode, of = id) => node.engine?.view.member(of)?.status;
  switch (event) {
    case 'kill':
    case 'vanish':
      simulation.crash(subject, { keepDisk: false, vanish: event === 'vanish' });
      return untilAll(fleet, (node) => statusIn(node) === 'dead');
    case 'leave':
      simulation.input(subject, { type: 'leave', notice: { reason: 'upgrade' } });
      simulation.at(simulation.now() + GOODBYE_MS, () =>
        simulation.crash(subject, { keepDisk: false }),
      );
      return untilAll(fleet, (node) => statusIn(node) === 'left');
    case 'stall': {
      const before = subject.engine?.state.self.incarnation ?? 0;
      simulation.stall(subject, STALL_MS);
      return untilAll(fleet, (node) => incarnationIn(node, id) > before);
    }
    case 'join': {
      const newcomer = simulation.addNode('newcomer', METRICS, ['http://n1']);
      fleet.newcomer = newcomer;
      start(simulation, newcomer);
      return untilAll(fleet, (node) => statusIn(node, 'newcomer') === 'alive');
    }
    case 'urgent':
      sample(simulation, subject, { ...CALM, storage: NEW_STORAGE });
      return untilAll(fleet, (node) => storageIn(node, id) === NEW_STORAGE);
  }
}

const incarnationIn = (node: SimulatedNode, id: string): number =>
  node.engine?.state.members.byId.get(id)?.incarnation ?? 0;

const storageIn = (node: SimulatedNode, id: string): number | undefined =>
  node.engine?.view.member(id)?.metrics.find(({ definition }) => definition.name === STORAGE.name)
    ?.value;

function untilAll({ simulation, subject }: Fleet, knows: (node: SimulatedNode) => boolean): number {
  const startedAt = simulation.now();
  let waiting = simulation.nodes.filter((node) => node !== subject);
  while (simulation.now() - startedAt < LOOK_MS) {
    waiting = waiting.filter((node) => node.engine !== undefined && !knows(node));
    if (waiting.length === 0) return simulation.now() - startedAt;
    simulation.runUntil(simulation.now() + LOOK_EVERY_MS);
  }
  return Number.POSITIVE_INFINITY;
}
