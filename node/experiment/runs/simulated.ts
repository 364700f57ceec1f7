// A run in virtual time: all nodes in the simulator, queries and failures included.

import { setImmediate as turn } from 'node:timers/promises';
import { hashNumbers } from '../../core/hash.ts';
import { createRandom, type Random } from '../../core/random.ts';
import type { Collector } from '../measures/collector.ts';
import { nodeName } from '../measures/names.ts';
import { createObserver, type Observer } from '../measures/observer.ts';
import { createMeter, type Meter, wireBytesOf } from '../measures/wire-cost.ts';
import { CALM_NETWORK } from '../simulation/network.ts';
import type { SimulatedNode } from '../simulation/node.ts';
import { introduceAll, spreadRefreshes } from '../simulation/settled.ts';
import { createSimulation, type Simulation } from '../simulation/simulator.ts';
import { chooseStrategy } from '../strategies/index.ts';
import { openWorkload } from '../workloads/index.ts';
import type { Workload } from '../workloads/workload.ts';
import { askSimulated } from './simulated-query.ts';
import type { NodeUse, OpenStage, Stage, StageOptions } from './stage.ts';

/** Real time after which signals and progress get their turn, ms. */
const SLICE_MS = 50;
/** Keeps the nodes' phases and the queries apart from the network's chance. */
const START_SALT = 0x57a27;

/** As long as addresses of real networks are, for they cost bytes. */
const addressOf = (index: number): string => `http://10.0.${index >> 8}.${index & 255}:4001`;

interface Actor {
  readonly index: number;
  readonly node: SimulatedNode;
  readonly meter: Meter;
  startedAtMs: number;
  receivedBytes: number;
  /** Of earlier runs of the node. */
  rounds: number;
}

export const openSimulated: OpenStage = async (options) => {
  const { spec, collector } = options;
  const { point, plan } = spec;
  const { metrics } = point.metricSet;
  const chosen = chooseStrategy(point.strategy, point.exchange, spec.settings, metrics);
  const workload = await openWorkload(point.workload, { metrics, seed: spec.seed });
  const actors = new Map<SimulatedNode, Actor>();
  const observers = new Map<SimulatedNode, Observer>();
  const simulation = createSimulation({
    seed: spec.seed,
    ...chosen,
    onMessage: (_message, bytes, from) => actors.get(from)?.meter.add(bytes),
    onArrival(bytes, to) {
      const actor = actors.get(to);
      if (actor !== undefined) actor.receivedBytes += wireBytesOf(bytes);
    },
    onHandled(node, input, effects, now) {
      if (node.engine !== undefined) observers.get(node)?.(node.engine, input, effects, now);
    },
  });
  const { minDelayMs, maxDelayMs } = plan;
  simulation.faults = { ...CALM_NETWORK, minDelayMs, maxDelayMs, loss: point.loss };
  for (let index = 0; index < point.nodes; index++) {
    const seeds = index === 0 ? [] : [addressOf(0)];
    const node = simulation.addNode(nodeName(index), metrics, seeds, chosen.settings);
    node.address = addressOf(index);
    const meter = createMeter();
    const actor = { index, node, meter, startedAtMs: 0, receivedBytes: 0, rounds: 0 };
    actors.set(node, actor);
    const carried = () => carriedBy(actor);
    const runTime = (now: number): number => now;
    const sink = collector;
    observers.set(node, createObserver({ node: index, metrics, sink, carried, runTime }));
  }
  return createStage(options, simulation, [...actors.values()], workload);
};

const carriedBy = ({ meter, receivedBytes }: Actor) => ({
  messages: meter.messages,
  sentBytes: meter.wireBytes,
  receivedBytes,
});

function createStage(
  { spec, collector }: StageOptions,
  simulation: Simulation,
  actors: readonly Actor[],
  workload: Workload,
): Stage {
  const { plan, point } = spec;
  const { metrics } = point.metricSet;
  const random = createRandom(hashNumbers(spec.seed, START_SALT));
  const phase = (): number => random.next() * plan.sampleMs;
  const actorOf = (index: number): Actor => actors[index] as Actor;
  const begin = (actor: Actor, firstGapMs = plan.sampleMs): void => {
    simulation.start(actor.node);
    sampleForever(simulation, actor, workload, { metrics, firstGapMs, sampleMs: plan.sampleMs });
  };
  return {
    now: () => simulation.now(),
    async start() {
      if (plan.start === 'settled')
        return settle(simulation, collector, actors, (actor) => begin(actor, phase()), random);
      for (const actor of actors) {
        // Machines do not boot in step: their rounds and samples lie anywhere in the first round.
        actor.startedAtMs = random.next() * point.roundMs;
        simulation.at(actor.startedAtMs, () => begin(actor));
      }
    },
    until: (at) => runUntil(simulation, at),
    note: (_at, action) => action(),
    kill(nodes, how) {
      for (const actor of nodes.map(actorOf)) {
        actor.rounds += actor.node.engine?.status().round ?? 0;
        simulation.crash(actor.node, { keepDisk: true, vanish: how === 'vanish' });
      }
      return simulation.now();
    },
    async restart(index, onStart) {
      onStart(simulation.now());
      begin(actorOf(index));
    },
    divide(cutOff) {
      const apart = new Set(cutOff.map(nodeName));
      for (const { node: a } of actors) {
        for (const { node: b } of actors) {
          if (apart.has(a.id) !== apart.has(b.id)) simulation.blocked.add(`${a.id}>${b.id}`);
        }
      }
    },
    heal: () => simulation.blocked.clear(),
    ask: (question) => askSimulated(simulation, spec, question),
    use: async () => actors.map(useOf),
    settle: async () => {},
    close: async () => {},
  };
}

/** All start at once, know one another, and go on as if they had long run beside each other. */
function settle(
  simulation: Simulation,
  collector: Collector,
  actors: readonly Actor[],
  begin: (actor: Actor) => void,
  random: Random,
): void {
  for (const actor of actors) begin(actor);
  introduceAll(simulation, true);
  for (const { node, index: owner } of actors) {
    spreadRefreshes(node, random);
    const { state, view } = node.engine ?? {};
    if (state === undefined || view === undefined) continue;
    state.nextRoundAt = random.next() * state.settings.roundMs;
    const { generation, metrics = [] } = view.member(node.id) ?? { generation: 0 };
    metrics.forEach(({ version, value }, metric) => {
      const told = { owner, generation, metric, version, value, from: owner };
      for (const viewer of collector.watched) {
        if (viewer !== owner) collector.told(viewer, simulation.now(), told);
      }
    });
  }
}

/** Runs events in slices of real time, so that a long run can be watched and stopped. */
async function runUntil(simulation: Simulation, at: number): Promise<void> {
  let sliceEnds = performance.now() + SLICE_MS;
  while (simulation.now() < at) {
    simulation.runUntil(Math.min(at, simulation.now() + STEP_MS));
    if (performance.now() < sliceEnds) continue;
    await turn();
    sliceEnds = performance.now() + SLICE_MS;
  }
  // Answers of queries are promises of the run, which go on now.
  await turn();
}

/** Virtual ms between two looks at the real clock. */
const STEP_MS = 10;

interface Sampling {
  readonly metrics: readonly { readonly name: string }[];
  /** To the second sample; after that all gaps are the same. */
  readonly firstGapMs: number;
  readonly sampleMs: number;
}

function sampleForever(
  simulation: Simulation,
  { node, index }: Actor,
  workload: Workload,
  { metrics, firstGapMs, sampleMs }: Sampling,
): void {
  const signal = workload(index);
  const { run } = node;
  const tick = (gapMs: number): void => {
    if (node.run !== run) return;
    const now = simulation.now();
    const values = signal.valuesAt(now);
    const readings = metrics.map(({ name }, i) => ({ metric: name, value: values[i] ?? 0 }));
    simulation.input(node, { type: 'samples', readings });
    simulation.at(now + gapMs, () => tick(sampleMs));
  };
  tick(firstGapMs);
}

function useOf({ node, meter, rounds, startedAtMs, receivedBytes }: Actor): NodeUse {
  const { messages, bodyBytes, wireBytes } = meter;
  return {
    startedAtMs,
    messages,
    bodyBytes,
    wireBytes,
    sentBytes: wireBytes,
    receivedBytes,
    rounds: rounds + (node.engine?.status().round ?? 0),
    cpuMs: null,
    rssBytes: null,
    lateMs: 0,
    lateP99Ms: 0,
  };
}
