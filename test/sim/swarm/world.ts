// Plays a scenario with the invariants checked after every event, then lets all faults heal and
// looks whether, and how soon, all views become equal.

import { metricName } from '../../../node/core/data/series.ts';
import { createRandom } from '../../../node/core/random.ts';
import { CALM_NETWORK } from '../../../node/experiment/simulation/network.ts';
import type { SimulatedNode } from '../../../node/experiment/simulation/node.ts';
import {
  createSimulation,
  type Simulation,
} from '../../../node/experiment/simulation/simulator.ts';
import { createChecker, Violation } from '../invariants.ts';
import { deathBoundMs, healBoundMs } from './bounds.ts';
import {
  addressOf,
  type Fault,
  type NodePlan,
  type Scenario,
  STRANGERS_SETTINGS,
} from './scenario.ts';
import {
  firstDifference,
  firstNotGone,
  firstNotLive,
  snapshotOf,
  type World,
  whoIsApart,
} from './views.ts';
import { addWorkload } from './workload.ts';

export interface Outcome {
  readonly seed: number;
  readonly violation?: Violation;
  /** Virtual ms after healing until all views were equal, and within which they have to be. */
  readonly equalAfterMs: number;
  readonly boundMs: number;
  /** Values of the protocol's counters over all nodes, to see what the seeds reach. */
  readonly reached: ReadonlyMap<string, number>;
}

export type Trace = (line: string) => void;

/** After healing, views are looked at this often, ms. */
const LOOK_EVERY_MS = 100;
/** And stay equal for this long, ms. */
const CALM_MS = 5_000;
/** A healthy node is suspected no longer than this: it hears of it and refutes it, ms. */
const REFUTED_WITHIN_MS = 500;

export function playScenario(scenario: Scenario, trace?: Trace): Outcome {
  const world = createWorld(scenario, trace);
  let equalAfterMs = Number.NaN;
  let boundMs = 0;
  try {
    world.simulation.runUntil(scenario.healAt);
    heal(world);
    boundMs = healBoundMs(world, whoIsApart(world));
    equalAfterMs = waitForEqualViews(world, boundMs);
    waitForDeaths(world);
    return { seed: scenario.seed, equalAfterMs, boundMs, reached: world.reached };
  } catch (error) {
    if (!(error instanceof Violation)) throw error;
    const violation = error;
    return { seed: scenario.seed, violation, equalAfterMs, boundMs, reached: world.reached };
  }
}

function createWorld(scenario: Scenario, trace: Trace | undefined): World {
  const checker = createChecker((id) => (id.startsWith('x') ? 'strangers' : 'ours'));
  const reached = new Map<string, number>();
  const count = (what: string): void => void reached.set(what, (reached.get(what) ?? 0) + 1);
  const simulation = createSimulation({
    seed: scenario.seed,
    settings: scenario.settings,
    onMessage(message, bytes, from) {
      trace?.(`${at(simulation)} ${from.id} ${message.kind} ${bytes} B ${JSON.stringify(message)}`);
      checker.onMessage(message, bytes, from);
      count(message.kind);
    },
    onEffect(node, effect) {
      if (effect.type === 'member') {
        trace?.(
          `${at(simulation)} ${node.id} sees ${effect.id}@${effect.generation} ${effect.change}`,
        );
        count(effect.change);
      }
      if (effect.type === 'regenerated' || effect.type === 'id_taken') {
        trace?.(`${at(simulation)} ${node.id} ${JSON.stringify(effect)}`);
        count(effect.type);
      }
      checker.onEffect(node, effect);
    },
    afterEvent: (node) => checker.afterEvent(node),
  });
  const nodes = new Map<string, SimulatedNode>();
  const world = { scenario, simulation, checker, nodes, gone: new Map<string, number>(), reached };
  const random = createRandom(scenario.seed + 1);
  for (const plan of [...scenario.nodes, ...scenario.strangers]) {
    const node = addPlanned(world, plan);
    nodes.set(plan.id, node);
    simulation.at(plan.startAt, () => simulation.start(node));
    addWorkload(simulation, node, plan, scenario, random);
  }
  for (const { at: time, fault } of scenario.faults) {
    simulation.at(time, () => {
      trace?.(`${at(simulation)} fault ${JSON.stringify(fault)}`);
      count(fault.kind);
      apply(world, fault);
    });
  }
  return world;
}

const at = (simulation: Simulation): string => simulation.now().toFixed(1).padStart(9);

function addPlanned({ simulation, scenario }: World, plan: NodePlan): SimulatedNode {
  const { settings } = scenario;
  const ours = plan.id.startsWith('n');
  const own = ours ? settings : STRANGERS_SETTINGS;
  const node = simulation.addNode(plan.id, plan.definitions, plan.seeds, own);
  node.address = plan.address;
  return node;
}

function apply(world: World, fault: Fault): void {
  const { simulation, nodes, scenario } = world;
  if (fault.kind === 'network') simulation.faults = fault.faults;
  if (fault.kind === 'partition') return partition(world, fault);
  const node = 'id' in fault ? nodes.get(fault.id) : undefined;
  if (node === undefined) return;
  switch (fault.kind) {
    case 'crash':
      return crash(world, node, fault);
    case 'leave':
      simulation.input(node, { type: 'leave', notice: { reason: 'upgrade' } });
      return stop(world, node, 400, fault.until);
    case 'stall':
      return simulation.stall(node, Math.min(fault.forMs, scenario.healAt - simulation.now()));
    case 'clock': {
      node.wallOffsetMs += fault.jumpMs;
      const wallMs = simulation.now() + node.wallOffsetMs;
      return simulation.input(node, { type: 'clock', wallMs });
    }
    case 'churn': {
      simulation.input(node, fault.input);
      if (fault.input.type !== 'define') return;
      const { definition, labelValues = [] } = fault.input;
      const reading = { metric: metricName(definition, labelValues), value: 50 };
      return simulation.input(node, { type: 'samples', readings: [reading] });
    }
    case 'define':
      return simulation.input(node, { type: 'define', definition: fault.definition });
    case 'urgent': {
      const readings = [{ metric: 'storage', value: 50 + simulation.random.below(50) }];
      return simulation.input(node, { type: 'samples', readings });
    }
  }
}

function partition(world: World, fault: Extract<Fault, { kind: 'partition' }>): void {
  const { simulation, nodes } = world;
  const pairs: string[] = [];
  for (const inside of fault.side) {
    for (const outside of nodes.keys()) {
      if (fault.side.includes(outside)) continue;
      pairs.push(`${inside}>${outside}`);
      if (fault.symmetric) pairs.push(`${outside}>${inside}`);
    }
  }
  for (const pair of pairs) simulation.blocked.add(pair);
  simulation.at(fault.until, () => {
    for (const pair of pairs) simulation.blocked.delete(pair);
  });
}

function crash(world: World, node: SimulatedNode, fault: Extract<Fault, { kind: 'crash' }>): void {
  world.simulation.crash(node, fault);
  node.wallOffsetMs += fault.clockJumpMs;
  if (fault.newAddress) node.address = `${addressOf(node.id)}-moved`;
  stop(world, node, 0, fault.until);
}

/** Takes a node down after `graceMs`, and up again at `until` at the earliest. */
function stop(world: World, node: SimulatedNode, graceMs: number, until: number): void {
  const { simulation, gone } = world;
  const { run } = node;
  gone.set(node.id, simulation.now());
  simulation.at(simulation.now() + graceMs, () => {
    if (node.run === run) simulation.crash(node, { keepDisk: true });
  });
  if (!Number.isFinite(until)) return;
  simulation.at(Math.max(until, simulation.now() + graceMs), () => {
    gone.delete(node.id);
    simulation.start(node);
  });
}

function heal({ simulation }: World): void {
  simulation.faults = CALM_NETWORK;
  simulation.blocked.clear();
}

/** Throws a violation of h or i when the bound is not met; returns when views were equal. */
function waitForEqualViews(world: World, boundMs: number): number {
  const { simulation, scenario } = world;
  const { healAt } = scenario;
  const snapshot = snapshotOf(world);
  let equalAt = Number.NaN;
  let suspectedMs = 0;
  const end = healAt + boundMs + CALM_MS;
  for (let now = healAt + LOOK_EVERY_MS; now <= end; now += LOOK_EVERY_MS) {
    simulation.runUntil(now);
    const due = now - healAt >= boundMs;
    // Time-outs of calls from before may still raise a suspicion, which is refuted; never a death.
    const suspected = due ? firstNotLive(world, ['suspect']) : undefined;
    suspectedMs = suspected === undefined ? 0 : suspectedMs + LOOK_EVERY_MS;
    const lasting = suspectedMs > REFUTED_WITHIN_MS ? suspected : undefined;
    const notLive = firstNotLive(world, ['dead', 'left']) ?? lasting;
    const difference = notLive ?? firstDifference(world, snapshot);
    if (difference === undefined && Number.isNaN(equalAt)) equalAt = now;
    if (difference === undefined || !(due || !Number.isNaN(equalAt))) continue;
    const after = `${now - healAt} ms after healing (bound ${boundMs.toFixed(0)} ms)`;
    throw new Violation(notLive === undefined ? 'h' : 'i', `${after}: ${difference}`);
  }
  return equalAt - healAt;
}

function waitForDeaths(world: World): void {
  const { simulation } = world;
  simulation.runUntil(Math.max(simulation.now(), deathBoundMs(world)));
  const difference = firstNotGone(world);
  if (difference !== undefined) throw new Violation('death', difference);
}
