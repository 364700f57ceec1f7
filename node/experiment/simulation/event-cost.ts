// What one event costs a settled fleet: the requests that are sent because of it, and how soon all
// know. Counted beyond those of the same fleet without the event, over a minute of fixed rounds.

import { CPU, MEMORY, NETWORK, STORAGE } from '../../config/metrics.ts';
import type { MetricDefinition, MetricReading } from '../../core/model.ts';
import { createRandom } from '../../core/random.ts';
import { DEFAULT_SETTINGS, type ProtocolSettings } from '../../core/settings.ts';
import { definitionArray, entrySize } from '../../core/wire/encode.ts';
import type { Message } from '../../core/wire/messages.ts';
import { encodedSize } from '../../core/wire/sizes.ts';
import type { NetworkFaults } from './network.ts';
import type { SimulatedNode } from './node.ts';
import { introduceAll, spreadRefreshes } from './settled.ts';
import { createSimulation, type Simulation } from './simulator.ts';

/** `kill`: its connections break; `vanish`: they do not; `stall`: it is suspected, and refutes. */
export type FleetEvent = 'kill' | 'vanish' | 'join' | 'leave' | 'stall' | 'urgent' | MetricEvent;

/** One metric of a node is added, with its first value (an urgent one too), changed or removed. */
export type MetricEvent = 'add' | 'add_urgent' | 'change' | 'remove';

export interface FleetOptions {
  readonly size: number;
  readonly seed: number;
  /** Metrics that the subject has besides; one of them may be changed or removed. */
  readonly further?: number;
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
  /** Of all messages: cards, values and definitions, without what frames them. */
  readonly newsBytes: number;
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
/** At what takes rounds: to read hundreds of metrics takes long. */
const SELDOM_MS = 20;
/** Nobody is waited for beyond. */
const LOOK_MS = 30_000;
const NEW_STORAGE = 60;

interface Fleet {
  readonly simulation: Simulation;
  readonly subject: SimulatedNode;
  readonly counts: Map<string, number>;
  newcomer?: SimulatedNode;
  bytes: number;
  newsBytes: number;
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
  const bytes = fleet.bytes - calm.fleet.bytes;
  const newsBytes = fleet.newsBytes - calm.fleet.newsBytes;
  return { messages, byKind, bytes, newsBytes, knownMs };
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

function startFleet({ seed, size, settings, faults, further = 0 }: FleetOptions): Fleet {
  const all = { ...DEFAULT_SETTINGS, maxRoundMs: DEFAULT_SETTINGS.roundMs, ...settings };
  const counts = new Map<string, number>();
  const simulation = createSimulation({
    seed,
    settings: all,
    onMessage(message, bytes, from) {
      if (!fleet.isCounting) return;
      fleet.newsBytes += newsIn(message);
      // Rounds that the subject no longer makes are no saving.
      if (from === fleet.subject) return;
      fleet.bytes += bytes;
      if (!REQUESTS.has(message.kind)) return;
      counts.set(message.kind, (counts.get(message.kind) ?? 0) + 1);
    },
  });
  simulation.faults = { ...simulation.faults, ...faults };
  const random = createRandom(seed + 1);
  for (let number = 1; number <= size; number++) {
    const isSubject = number === Math.floor(size / 2) + 1;
    const metrics = [...METRICS, ...(isSubject ? furtherMetrics(further) : [])];
    const node = simulation.addNode(`n${number}`, metrics, number === 1 ? [] : ['http://n1']);
    start(simulation, node);
  }
  introduceAll(simulation, true);
  for (const node of simulation.nodes) spreadRefreshes(node, random);
  const [subject] = simulation.nodes.slice(Math.floor(size / 2));
  if (subject === undefined) throw new RangeError('A fleet of no nodes has no events.');
  const fleet: Fleet = { simulation, subject, counts, bytes: 0, newsBytes: 0, isCounting: false };
  return fleet;
}

function newsIn(message: Message): number {
  if (!('chunks' in message)) return 0;
  const entries = message.chunks.flatMap(({ entries, to }) => entries.map((e) => entrySize(e, to)));
  const definitions = message.definitions.map((each) => encodedSize(definitionArray(each)));
  return [...entries, ...definitions].reduce((sum, size) => sum + size, 0);
}

const furtherMetrics = (count: number): MetricDefinition[] =>
  Array.from({ length: count }, (_, i) => ({ ...CPU, name: `further_${i}` }));

/** As users describe theirs. */
const ADDED: MetricDefinition = { ...CPU, name: 'queue_length', unit: '', description: 'Jobs' };
const FIRST = 7;

function start(simulation: Simulation, node: SimulatedNode): void {
  simulation.start(node);
  sample(simulation, node, CALM);
  const others = node.definitions.slice(METRICS.length).map(({ name }) => [name, FIRST]);
  if (others.length > 0) sample(simulation, node, Object.fromEntries(others));
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
    case 'add':
      return tellOf(fleet, ADDED, SELDOM_MS);
    case 'add_urgent':
      return tellOf(fleet, { ...ADDED, priority: STORAGE.priority }, LOOK_EVERY_MS);
    case 'change':
      return tellOf(fleet, { ...ADDED, name: 'further_3' }, SELDOM_MS);
    case 'remove':
      simulation.input(subject, { type: 'end_metrics', names: ['further_3'] });
      return untilAll(fleet, (node) => metricIn(node, id, 'further_3') === undefined, SELDOM_MS);
  }
}

const incarnationIn = (node: SimulatedNode, id: string): number =>
  node.engine?.state.members.byId.get(id)?.incarnation ?? 0;

/** A metric and its first value, until all others know both. */
function tellOf(fleet: Fleet, definition: MetricDefinition, lookEveryMs: number): number {
  const { simulation, subject } = fleet;
  const { name, unit } = definition;
  simulation.input(subject, { type: 'define', definition });
  sample(simulation, subject, { [name]: FIRST + 1 });
  const knows = (node: SimulatedNode): boolean => {
    const reading = metricIn(node, subject.id, name);
    return reading?.value === FIRST + 1 && reading.definition.unit === unit;
  };
  return untilAll(fleet, knows, lookEveryMs);
}

const metricIn = (node: SimulatedNode, id: string, name: string): MetricReading | undefined =>
  node.engine?.view.member(id)?.metrics.find(({ definition }) => definition.name === name);

const storageIn = (node: SimulatedNode, id: string): number | undefined =>
  metricIn(node, id, STORAGE.name)?.value;

function untilAll(
  { simulation, subject }: Fleet,
  knows: (node: SimulatedNode) => boolean,
  lookEveryMs = LOOK_EVERY_MS,
): number {
  const startedAt = simulation.now();
  let waiting = simulation.nodes.filter((node) => node !== subject);
  while (simulation.now() - startedAt < LOOK_MS) {
    waiting = waiting.filter((node) => node.engine !== undefined && !knows(node));
    if (waiting.length === 0) return simulation.now() - startedAt;
    simulation.runUntil(simulation.now() + lookEveryMs);
  }
  return Number.POSITIVE_INFINITY;
}
