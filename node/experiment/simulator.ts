// The deterministic simulator: many engines, one virtual clock, a network that loses, delays,
// duplicates and partitions. The same seed gives the same run, event by event.

import { decodeRequest, decodeResponse } from '../core/decode.ts';
import type { Effect, ExchangeFailure, Input } from '../core/effects.ts';
import { encodeMessage } from '../core/encode.ts';
import { createEngine, type Engine } from '../core/engine.ts';
import type { MetricDefinition } from '../core/model.ts';
import { createRandom, type Random } from '../core/random.ts';
import type { ProtocolSettings } from '../core/settings.ts';
import type { Message, Request, Response } from '../core/wire.ts';
import { createQueue } from './queue.ts';

/** What the network does to every message; all chances in 0–1, delays in ms one way. */
export interface NetworkFaults {
  readonly loss: number;
  readonly duplication: number;
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
}

export const CALM_NETWORK: NetworkFaults = {
  loss: 0,
  duplication: 0,
  minDelayMs: 0.2,
  maxDelayMs: 2,
};

export interface SimulatedNode {
  readonly id: string;
  /** Read at each start; empty for a node that nobody can call. */
  address: string;
  readonly settings: ProtocolSettings;
  readonly definitions: readonly MetricDefinition[];
  readonly seeds: readonly string[];
  /** Absent while the node is down. */
  engine: Engine | undefined;
  /** What a restart finds on disk. */
  disk: { generation: number; peers: readonly string[] } | undefined;
  /** The event loop stands still until then. */
  stalledUntil: number;
  /** Wall clock minus virtual time, ms. */
  wallOffsetMs: number;
  /** Counts starts, so that what belongs to an earlier run is dropped. */
  run: number;
  /** While it is down its machine is gone too: calls time out instead of being refused. */
  vanished: boolean;
}

export interface SimulationOptions {
  readonly seed: number;
  readonly settings: ProtocolSettings;
  /** Called for every message that is sent, with its encoded size. */
  readonly onMessage?: (message: Message, bytes: number, from: SimulatedNode) => void;
  readonly onEffect?: (node: SimulatedNode, effect: Effect, now: number) => void;
  /** Called after every input that an engine handled. */
  readonly afterEvent?: (node: SimulatedNode, now: number) => void;
}

export interface Simulation {
  readonly random: Random;
  readonly nodes: SimulatedNode[];
  faults: NetworkFaults;
  /** Directed pairs of ids, `from>to`, whose messages are dropped. */
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

/** How long the HTTP transport keeps an idle connection, ms. */
const KEPT_MS = 600_000;
/** Where wall clocks start; any number far from 0 does. */
const WALL_START_MS = 1_700_000_000_000;

export function createSimulation(options: SimulationOptions): Simulation {
  const random = createRandom(options.seed);
  const queue = createQueue();
  const byAddress = new Map<string, SimulatedNode>();
  const blocked = new Set<string>();
  /** By token: how the answer to a call gets back. */
  const waiting = new Map<number, (message: Response) => void>();
  const wakeAt = new Map<SimulatedNode, number>();
  /** By address, who holds a kept connection to it, and since when it is idle. */
  const connections = new Map<string, Map<SimulatedNode, number>>();
  let now = 0;
  let nextToken = 1;

  const simulation: Simulation = {
    random,
    nodes: [],
    faults: CALM_NETWORK,
    blocked,
    now: () => now,
    addNode(id, definitions, seeds, settings = options.settings) {
      const node: SimulatedNode = {
        id,
        address: `http://${id}`,
        settings,
        definitions,
        seeds,
        engine: undefined,
        disk: undefined,
        stalledUntil: 0,
        wallOffsetMs: WALL_START_MS,
        run: 0,
        vanished: false,
      };
      simulation.nodes.push(node);
      return node;
    },
    start,
    crash(node, { keepDisk, vanish = false }) {
      if (node.engine !== undefined) node.disk = keepDisk ? diskOf(node.engine) : undefined;
      node.engine = undefined;
      node.vanished = vanish;
      node.run++;
      breakConnections(node);
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
  return simulation;

  function start(node: SimulatedNode): void {
    node.run++;
    node.stalledUntil = now;
    wakeAt.delete(node);
    for (const [address, listener] of byAddress) {
      if (listener === node) byAddress.delete(address);
    }
    if (node.address !== '') byAddress.set(node.address, node);
    const generation = Math.max(
      (node.disk?.generation ?? 0) + 1,
      Math.floor(now + node.wallOffsetMs),
    );
    node.engine = createEngine(
      {
        settings: node.settings,
        random: createRandom(random.below(2 ** 32)),
        id: node.id,
        generation,
        address: node.address,
        definitions: node.definitions,
        seeds: [...node.seeds, ...(node.disk?.peers ?? [])],
      },
      now,
    );
    feed(node, { type: 'clock', wallMs: now + node.wallOffsetMs });
  }

  /** Runs when the node's event loop does; what an earlier run was waiting for is dropped. */
  function whenAwake(node: SimulatedNode, run: number, action: () => void): void {
    if (node.run !== run) return;
    if (node.stalledUntil <= now) return action();
    queue.add(node.stalledUntil, () => whenAwake(node, run, action));
  }

  function feed(node: SimulatedNode, input: Input): void {
    whenAwake(node, node.run, () => {
      const { engine } = node;
      if (engine === undefined) return;
      for (const effect of engine.handle(input, now)) perform(node, effect);
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

  /** A process that ends closes its connections; a machine that vanishes does not. */
  function breakConnections({ address, vanished }: SimulatedNode): void {
    for (const [peer, idleSince] of connections.get(address) ?? []) {
      if (vanished || now - idleSince > KEPT_MS) continue;
      const { run } = peer;
      queue.add(now + delayMs(), () => {
        if (peer.run === run) feed(peer, { type: 'disconnected', address });
      });
    }
    connections.delete(address);
  }

  function keepConnection(from: SimulatedNode, address: string): void {
    const kept = connections.get(address) ?? new Map<SimulatedNode, number>();
    connections.set(address, kept.set(from, now));
  }

  function perform(node: SimulatedNode, effect: Effect): void {
    options.onEffect?.(node, effect, now);
    if (effect.type === 'answer') {
      waiting.get(effect.token)?.(effect.message);
      waiting.delete(effect.token);
    }
    if (effect.type === 'send') sendRequest(node, effect);
  }

  function sendRequest(from: SimulatedNode, effect: Extract<Effect, { type: 'send' }>): void {
    const { exchange, address, timeoutMs } = effect;
    const { run } = from;
    let open = true;
    const fail = (failure: ExchangeFailure): void => {
      if (!open) return;
      whenAwake(from, run, () => {
        if (!open) return;
        open = false;
        feed(from, { type: 'failure', exchange, failure });
      });
    };
    const succeed = (message: Response): void => {
      if (open)
        whenAwake(from, run, () => {
          if (!open) return;
          open = false;
          keepConnection(from, address);
          feed(from, { type: 'response', exchange, message });
        });
    };
    queue.add(now + timeoutMs, () => fail('timeout'));
    const target = byAddress.get(address);
    if (target === undefined) {
      queue.add(now + delayMs(), () => fail('unreachable'));
      return;
    }
    const bytes = pass(effect.message, from);
    const copies = random.next() < simulation.faults.duplication ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      if (lost(from, target)) continue;
      queue.add(now + delayMs(), () => deliver(from, target, address, bytes, succeed, fail));
    }
  }

  function deliver(
    from: SimulatedNode,
    target: SimulatedNode,
    address: string,
    bytes: Uint8Array,
    succeed: (message: Response) => void,
    fail: (failure: ExchangeFailure) => void,
  ): void {
    if (target.engine === undefined || byAddress.get(address) !== target) {
      if (!target.vanished && !lost(target, from))
        queue.add(now + delayMs(), () => fail('refused'));
      return;
    }
    const token = nextToken++;
    waiting.set(token, (message) => {
      const answer = pass(message, target);
      if (lost(target, from)) return;
      queue.add(now + delayMs(), () => succeed(decodeResponse(answer)));
    });
    const message = readRequest(bytes, target.engine.cluster);
    if (message === undefined) {
      waiting.delete(token);
      if (!lost(target, from)) queue.add(now + delayMs(), () => fail('rejected'));
      return;
    }
    feed(target, { type: 'request', token, message });
  }

  function readRequest(bytes: Uint8Array, cluster: number): Request | undefined {
    try {
      return decodeRequest(bytes, cluster);
    } catch {
      return undefined;
    }
  }

  function pass(message: Message, from: SimulatedNode): Uint8Array {
    const bytes = encodeMessage(message);
    options.onMessage?.(message, bytes.length, from);
    return bytes;
  }

  function lost(from: SimulatedNode, to: SimulatedNode): boolean {
    return blocked.has(`${from.id}>${to.id}`) || random.next() < simulation.faults.loss;
  }

  function delayMs(): number {
    const { minDelayMs, maxDelayMs } = simulation.faults;
    return minDelayMs + random.next() * (maxDelayMs - minDelayMs);
  }
}

function diskOf(engine: Engine): { generation: number; peers: readonly string[] } {
  const peers = engine.view.members().flatMap(({ id, address }) => {
    return id === engine.view.selfId || address === '' ? [] : [address];
  });
  return { generation: engine.state.self.generation, peers };
}
