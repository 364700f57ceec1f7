// The deterministic simulator: many engines, one virtual clock, a network that loses, delays,
// duplicates and partitions. The same seed gives the same run, event by event.

import type { Effect, Input } from '../../core/effects.ts';
import type { Engine } from '../../core/engine.ts';
import type { Strategy } from '../../core/exchange/strategy.ts';
import type { MetricDefinition } from '../../core/model.ts';
import { createRandom, type Random } from '../../core/random.ts';
import type { ProtocolSettings } from '../../core/settings.ts';
import { type Codec, WIRE_CODEC } from '../../core/wire/codec.ts';
import type { Message } from '../../core/wire/messages.ts';
import { CALM_NETWORK, createNetwork, type NetworkFaults } from './network.ts';
import { boot, createNode, diskOf, type SimulatedNode } from './node.ts';
import { createQueue } from './queue.ts';

export interface SimulationOptions {
  readonly seed: number;
  readonly settings: ProtocolSettings;
  /** PrioMon's own, and the wire's own, when absent. */
  readonly strategy?: Strategy;
  readonly codec?: Codec;
  /** Called for every message that is sent, with its encoded size. */
  readonly onMessage?: (message: Message, bytes: number, from: SimulatedNode) => void;
  /** Called for every message that came to a node which runs, with its encoded size. */
  readonly onArrival?: (bytes: number, to: SimulatedNode) => void;
  readonly onEffect?: (node: SimulatedNode, effect: Effect, now: number) => void;
  /** Called with every input and what came of it, before it is carried out. */
  readonly onHandled?: (
    node: SimulatedNode,
    input: Input,
    effects: readonly Effect[],
    now: number,
  ) => void;
  /** Called after every input that an engine handled. */
  readonly afterEvent?: (node: SimulatedNode, now: number) => void;
}

export interface Simulation {
  readonly random: Random;
  readonly nodes: SimulatedNode[];
  faults: NetworkFaults;
  /** Directed pairs of ids, or of addresses, `from>to`, whose messages are dropped. */
  readonly blocked: Set<string>;
  now(): number;
  addNode(
    id: string,
    definitions: readonly MetricDefinition[],
    seeds: readonly string[],
    settings?: ProtocolSettings,
  ): SimulatedNode;
  start(node: SimulatedNode): void;
  /** Stops it at once; a kept disk lets it come back with its generation and peers. */
  crash(node: SimulatedNode, how: { keepDisk: boolean; vanish?: boolean }): void;
  stall(node: SimulatedNode, forMs: number): void;
  input(node: SimulatedNode, input: Input): void;
  at(time: number, run: () => void): void;
  runUntil(time: number): void;
}

export function createSimulation(options: SimulationOptions): Simulation {
  const random = createRandom(options.seed);
  const queue = createQueue();
  const blocked = new Set<string>();
  const wakeAt = new Map<SimulatedNode, number>();
  let now = 0;

  const simulation: Simulation = {
    random,
    nodes: [],
    faults: CALM_NETWORK,
    blocked,
    now: () => now,
    addNode: (...given) => addNode(simulation, options, ...given),
    start,
    crash(node, { keepDisk, vanish = false }) {
      if (node.engine !== undefined) node.disk = keepDisk ? diskOf(node.engine) : undefined;
      node.engine = undefined;
      node.vanished = vanish;
      node.run++;
      network.breakConnections(node);
    },
    stall(node, forMs) {
      const before = Math.max(now, node.stalledUntil);
      node.stalledUntil = before + forMs;
      queue.add(node.stalledUntil, () => feed(node, { type: 'late', lateMs: forMs }));
    },
    input: feed,
    at: (time, run) => queue.add(time, run),
    runUntil(time) {
      for (let event = queue.next(time); event !== undefined; event = queue.next(time)) {
        now = event.at;
        event.run();
      }
      now = time;
    },
  };
  const network = createNetwork({
    random,
    queue,
    codec: options.codec ?? WIRE_CODEC,
    blocked,
    now: () => now,
    faults: () => simulation.faults,
    onMessage: options.onMessage,
    onArrival: options.onArrival,
    whenAwake,
    feed,
  });
  return simulation;

  function start(node: SimulatedNode): void {
    node.run++;
    node.stalledUntil = now;
    wakeAt.delete(node);
    network.listen(node);
    node.engine = boot(node, createRandom(random.below(2 ** 32)), now, options.strategy);
    feed(node, { type: 'clock', wallMs: now + node.wallOffsetMs });
  }

  /** Runs when the node's event loop does; what an earlier run was waiting for is dropped. */
  function whenAwake(node: SimulatedNode, run: number, action: () => void, lateMs = 0): void {
    if (node.run !== run) return;
    if (node.stalledUntil <= now) return action();
    queue.add(node.stalledUntil + lateMs, () => whenAwake(node, run, action, lateMs));
  }

  function feed(node: SimulatedNode, input: Input): void {
    whenAwake(node, node.run, () => {
      const { engine } = node;
      if (engine === undefined) return;
      const effects = engine.handle(input, now);
      options.onHandled?.(node, input, effects, now);
      for (const effect of effects) perform(node, effect);
      scheduleWake(node, engine);
      options.afterEvent?.(node, now);
    });
  }

  function scheduleWake(node: SimulatedNode, engine: Engine): void {
    const at = Math.max(engine.nextWakeAt(), now);
    if (!Number.isFinite(at) || at >= (wakeAt.get(node) ?? Number.POSITIVE_INFINITY)) return;
    const { run } = node;
    wakeAt.set(node, at);
    queue.add(at, () => {
      if (node.run !== run || wakeAt.get(node) !== at) return;
      wakeAt.delete(node);
      // A later input may have moved the wake; only one that is due counts.
      if (engine.nextWakeAt() <= now) feed(node, { type: 'wake' });
      else scheduleWake(node, engine);
    });
  }

  function perform(node: SimulatedNode, effect: Effect): void {
    options.onEffect?.(node, effect, now);
    if (effect.type === 'answer') network.answer(effect);
    if (effect.type === 'send') network.call(node, effect);
  }
}

function addNode(
  { nodes }: Simulation,
  options: SimulationOptions,
  ...given: Parameters<Simulation['addNode']>
): SimulatedNode {
  const [id, definitions, seeds, settings = options.settings] = given;
  const node = createNode({ id, definitions, seeds, settings });
  nodes.push(node);
  return node;
}
