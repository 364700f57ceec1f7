// How the protocol behaves at scale, measured in the simulator: one run, its bytes, lags and time.

import { CPU, MEMORY, NETWORK, STORAGE } from '../../config/metrics.ts';
import { versionAt } from '../../core/data/source.ts';
import type { MetricDefinition } from '../../core/model.ts';
import { createRandom, type Random } from '../../core/random.ts';
import { DEFAULT_SETTINGS, type ProtocolSettings } from '../../core/settings.ts';
import type { Counters } from '../../core/stats.ts';
import { createLagTable, type LagFigures } from './lags.ts';
import type { SimulatedNode } from './node.ts';
import { introduceAll, spreadRefreshes } from './settled.ts';
import { createSimulation, type Simulation } from './simulator.ts';

export interface ScaleOptions {
  readonly nodes: number;
  /** Virtual seconds are `rounds` × `roundMs`. */
  readonly rounds: number;
  readonly seed: number;
  /**
   * What a node knows at the start: `cold` one seed; `listed` all members, none of their values;
   * `settled` everything, as after a long run.
   */
  readonly start: 'cold' | 'listed' | 'settled';
  readonly settings?: Partial<ProtocolSettings>;
  /** Changes beyond the delta, of all metrics of one node, a second. */
  readonly changesPerNodeSecond?: number;
}

export interface ScaleFigures {
  readonly nodes: number;
  readonly rounds: number;
  readonly start: ScaleOptions['start'];
  /** Real time and processor time that the run took; memory at its end. */
  readonly wallSeconds: number;
  readonly cpuSeconds: number;
  readonly memoryMegabytes: number;
  /** Sent by a node in a second, mean over the run: bodies alone, and with the cost of HTTP. */
  readonly bodyBytesPerNodeSecond: number;
  readonly wireBytesPerNodeSecond: number;
  readonly exchangesPerNodeSecond: number;
  /** Rounds until all nodes held values of all; undefined when the run was too short. */
  readonly roundsToFullView: number | undefined;
  readonly changesPerSecond: number;
  /** Entries that came to a node which held them already, per entry that was new. */
  readonly duplicatesPerEntry: number;
  /** From publish to each other node's view, by priority. */
  readonly lags: readonly LagFigures[];
}

/** HTTP, TCP and IP headers of one exchange on a kept connection, both ways; as measured. */
export const HTTP_BYTES_PER_EXCHANGE = 262;

/** Lags are measured at so many nodes. */
const WATCHED = 50;

const METRICS = [CPU, MEMORY, NETWORK, STORAGE];
/** Storage seldom jumps, and is urgent when it does; most changes are of the processor's load. */
const STORAGE_SHARE = 0.005;
const CPU_SHARE = 0.6;

export function runScale(options: ScaleOptions): ScaleFigures {
  const settings = { ...DEFAULT_SETTINGS, ...options.settings };
  const seconds = (options.rounds * settings.roundMs) / 1_000;
  const startedAt = performance.now();
  const cpuBefore = process.cpuUsage();
  const traffic = { bytes: 0, messages: 0 };
  const lags = createLagTable();
  const watched = new Set<SimulatedNode>();
  const simulation = createSimulation({
    seed: options.seed,
    settings,
    onMessage(_message, bytes) {
      traffic.bytes += bytes;
      traffic.messages++;
    },
    onEffect(node, effect, now) {
      if (effect.type !== 'learned') return;
      lags.published(node.id, effect.readings, now);
      if (watched.has(node)) lags.learned(node.id, effect.readings, now);
    },
  });
  populate(simulation, options, settings);
  const stride = Math.ceil(options.nodes / WATCHED);
  for (let i = 0; i < options.nodes; i += stride) {
    const node = simulation.nodes[i];
    if (node !== undefined) watched.add(node);
  }
  const roundsToFullView = runRounds(simulation, options, settings);
  const cpu = process.cpuUsage(cpuBefore);
  const published = sumOf(simulation, 'entriesPublished');
  // The record and the first value of each metric are no changes.
  const changes = published - options.nodes * (METRICS.length + 1);
  // Every request has its answer; lost messages, of which there are none here, would differ.
  const exchanges = traffic.messages / 2;
  const perNodeSecond = 1 / options.nodes / seconds;
  return {
    nodes: options.nodes,
    rounds: options.rounds,
    start: options.start,
    wallSeconds: (performance.now() - startedAt) / 1_000,
    cpuSeconds: (cpu.user + cpu.system) / 1e6,
    memoryMegabytes: process.memoryUsage().rss / 1e6,
    bodyBytesPerNodeSecond: traffic.bytes * perNodeSecond,
    wireBytesPerNodeSecond: (traffic.bytes + exchanges * HTTP_BYTES_PER_EXCHANGE) * perNodeSecond,
    exchangesPerNodeSecond: exchanges * perNodeSecond,
    roundsToFullView,
    changesPerSecond: changes / seconds,
    duplicatesPerEntry: sumOf(simulation, 'entriesDuplicate') / sumOf(simulation, 'entriesLearned'),
    lags: lags.figures(),
  };
}

function populate(simulation: Simulation, options: ScaleOptions, settings: ProtocolSettings): void {
  const random = createRandom(options.seed + 1);
  const cold = options.start === 'cold';
  for (let i = 1; i <= options.nodes; i++) {
    const node = simulation.addNode(`n${i}`, METRICS, i === 1 ? [] : ['http://n1'], settings);
    if (cold) simulation.at(random.next() * settings.roundMs, () => start(simulation, node));
    else start(simulation, node);
    sampleForever(simulation, node, random, options.changesPerNodeSecond ?? 0.02, settings);
  }
  if (cold) return;
  const settled = options.start === 'settled';
  introduceAll(simulation, settled);
  if (settled) for (const node of simulation.nodes) spreadRefreshes(node, random);
}

function start(simulation: Simulation, node: SimulatedNode): void {
  simulation.start(node);
  const readings = METRICS.map(({ name }) => ({ metric: name, value: 40 }));
  simulation.input(node, { type: 'samples', readings });
}

/** Once a round each node samples; now and then one of its metrics moves by more than its delta. */
function sampleForever(
  simulation: Simulation,
  node: SimulatedNode,
  random: Random,
  changesPerSecond: number,
  { roundMs }: ProtocolSettings,
): void {
  const values = new Map<string, number>(METRICS.map(({ name }) => [name, 40]));
  const change = (changesPerSecond * roundMs) / 1_000;
  const tick = (): void => {
    if (random.next() < change) {
      const metric = random.next() < STORAGE_SHARE ? STORAGE : pickOrdinary(random);
      values.set(metric.name, moved(metric, values.get(metric.name) ?? 0));
    }
    const readings = [...values].map(([metric, value]) => ({ metric, value }));
    simulation.input(node, { type: 'samples', readings });
    simulation.at(simulation.now() + roundMs, tick);
  };
  simulation.at(roundMs + random.next() * roundMs, tick);
}

const pickOrdinary = (random: Random): MetricDefinition =>
  random.next() < CPU_SHARE ? CPU : random.next() < 0.5 ? MEMORY : NETWORK;

/** Up and down by a little more than the delta. */
function moved({ delta }: MetricDefinition, value: number): number {
  const step = delta.kind === 'absolute' ? delta.change * 1.2 : delta.floor * 1.2;
  return value > 50 ? value - step : value + step;
}

/** Runs, looking once a round whether all nodes know all; returns the first round when they do. */
function runRounds(
  simulation: Simulation,
  options: ScaleOptions,
  { roundMs }: ProtocolSettings,
): number | undefined {
  let fullAt: number | undefined;
  for (let round = 1; round <= options.rounds; round++) {
    simulation.runUntil(round * roundMs);
    if (fullAt === undefined && allKnowAll(simulation)) fullAt = round;
  }
  return fullAt;
}

function allKnowAll({ nodes }: Simulation): boolean {
  const entries = METRICS.length + 1;
  return nodes.every(({ engine }) => {
    const members = engine?.state.members.byId;
    if (members === undefined || members.size < nodes.length) return false;
    for (const { source } of members.values()) {
      for (let index = 0; index < entries; index++) {
        if (versionAt(source, index) === 0) return false;
      }
    }
    return true;
  });
}

const sumOf = ({ nodes }: Simulation, counter: keyof Counters): number =>
  nodes.reduce((sum, { engine }) => sum + (engine?.state.counters[counter] ?? 0), 0);

/**
 * How the runtime is told to simulate fast; the scripts of package.json have the same flags.
 * Messages die young and views live long: in a large young generation messages end before anybody
 * copies them. V8 pretenures what often survived a collection; after the start, when all that is
 * made are views, it would take messages for long-lived too and fill the old generation with them.
 * A third less time together, for up to 400 MB.
 */
export const SIMULATION_FLAGS: readonly string[] = [
  '--max-semi-space-size=128',
  '--min-semi-space-size=128',
  '--no-allocation-site-pretenuring',
];
