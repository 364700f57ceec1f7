// The simulated network: carries calls and answers as bytes between nodes, and loses, delays and
// duplicates them. Answers come back over the connection that a call opened, as HTTP's do.

import type { Effect, ExchangeFailure, Input } from '../../core/effects.ts';
import type { Random } from '../../core/random.ts';
import type { Codec } from '../../core/wire/codec.ts';
import type { Message, Request, Response } from '../../core/wire/messages.ts';
import { createConnections } from './connections.ts';
import type { SimulatedNode } from './node.ts';
import type { EventQueue } from './queue.ts';

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

export interface NetworkOptions {
  readonly random: Random;
  readonly queue: EventQueue;
  readonly codec: Codec;
  /** Directed pairs of ids, or of addresses, `from>to`, whose messages are dropped. */
  readonly blocked: ReadonlySet<string>;
  now(): number;
  faults(): NetworkFaults;
  onMessage: ((message: Message, bytes: number, from: SimulatedNode) => void) | undefined;
  onArrival: ((bytes: number, to: SimulatedNode) => void) | undefined;
  /** Runs when the node's event loop does, `lateMs` after it woke. */
  whenAwake(node: SimulatedNode, run: number, action: () => void, lateMs: number): void;
  feed(node: SimulatedNode, input: Input): void;
}

export interface Network {
  /** From now on the node answers at its address, and nowhere else. */
  listen(node: SimulatedNode): void;
  call(from: SimulatedNode, effect: Extract<Effect, { type: 'send' }>): void;
  answer(effect: Extract<Effect, { type: 'answer' }>): void;
  /** A process that ends closes its connections; a machine that vanishes does not. */
  breakConnections(node: SimulatedNode): void;
}

/** An event loop that stood still runs its timers before it reads what came in. */
const READ_AFTER_TIMERS_MS = 0.01;

export function createNetwork(options: NetworkOptions): Network {
  const { random, queue, codec, now, faults, feed, whenAwake } = options;
  const addresses = createAddresses();
  /** By token: how the answer to a call gets back. */
  const waiting = new Map<number, (message: Response) => void>();
  const connections = createConnections();
  let nextToken = 1;

  return {
    listen: addresses.listen,
    call,
    answer({ token, message }) {
      waiting.get(token)?.(message);
      waiting.delete(token);
    },
    breakConnections({ address, vanished }) {
      for (const peer of connections.close(address, now())) {
        if (vanished) continue;
        const { run } = peer;
        queue.add(now() + delayMs(options), () => {
          if (peer.run === run) feed(peer, { type: 'disconnected', address });
        });
      }
    },
  };

  function call(from: SimulatedNode, effect: Extract<Effect, { type: 'send' }>): void {
    const { exchange, address, timeoutMs, message } = effect;
    const { run } = from;
    let open = true;
    const end = (input: Input, lateMs: number): void => {
      if (!open) return;
      const close = (): void => {
        if (!open) return;
        open = false;
        feed(from, input);
      };
      whenAwake(from, run, close, lateMs);
    };
    const fail = (failure: ExchangeFailure): void =>
      end({ type: 'failure', exchange, failure }, failure === 'timeout' ? 0 : READ_AFTER_TIMERS_MS);
    const succeed = (answer: Response): void => {
      connections.keep(from, address, now());
      end({ type: 'response', exchange, message: answer }, READ_AFTER_TIMERS_MS);
    };
    queue.add(now() + timeoutMs, () => fail('timeout'));
    const target = addresses.at(address);
    if (target === undefined) {
      queue.add(now() + delayMs(options), () => fail('unreachable'));
      return;
    }
    const bytes = pass(options, message, from);
    const copies = random.next() < faults().duplication ? 2 : 1;
    for (let copy = 0; copy < copies; copy++) {
      if (lost(options, from, target)) continue;
      queue.add(now() + delayMs(options), () =>
        deliver(from, target, address, bytes, succeed, fail),
      );
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
    const failBack = (failure: ExchangeFailure): void => {
      if (!lost(options, target, from)) queue.add(now() + delayMs(options), () => fail(failure));
    };
    if (target.engine === undefined || addresses.at(address) !== target) {
      if (!target.vanished) failBack('refused');
      return;
    }
    const message = readRequest(codec, bytes, target.engine.cluster);
    if (message === undefined) return failBack('rejected');
    options.onArrival?.(bytes.length, target);
    const token = nextToken++;
    waiting.set(token, (response) => {
      const answer = pass(options, response, target);
      if (lost(options, target, from)) return;
      queue.add(now() + delayMs(options), () => {
        options.onArrival?.(answer.length, from);
        succeed(codec.decodeResponse(answer));
      });
    });
    const read = (): void => feed(target, { type: 'request', token, message });
    whenAwake(target, target.run, read, READ_AFTER_TIMERS_MS);
  }
}

function readRequest(codec: Codec, bytes: Uint8Array, cluster: number): Request | undefined {
  try {
    return codec.decodeRequest(bytes, cluster);
  } catch {
    return undefined;
  }
}

function pass(
  { codec, onMessage }: NetworkOptions,
  message: Message,
  from: SimulatedNode,
): Uint8Array {
  const bytes = codec.encode(message);
  onMessage?.(message, bytes.length, from);
  return bytes;
}

const lost = (options: NetworkOptions, from: SimulatedNode, to: SimulatedNode): boolean =>
  isBlocked(options, from, to) || options.random.next() < options.faults().loss;

const isBlocked = ({ blocked }: NetworkOptions, from: SimulatedNode, to: SimulatedNode): boolean =>
  blocked.size > 0 &&
  (blocked.has(`${from.id}>${to.id}`) || blocked.has(`${from.address}>${to.address}`));

function delayMs({ faults, random }: NetworkOptions): number {
  const { minDelayMs, maxDelayMs } = faults();
  return minDelayMs + random.next() * (maxDelayMs - minDelayMs);
}

interface Addresses {
  /** From now on the node answers at its address, and nowhere else. */
  listen(node: SimulatedNode): void;
  at(address: string): SimulatedNode | undefined;
}

function createAddresses(): Addresses {
  const byAddress = new Map<string, SimulatedNode>();
  /** Where each node listened last, for ten thousand of them start in one run. */
  const before = new Map<SimulatedNode, string>();
  return {
    listen(node) {
      const left = before.get(node) ?? '';
      // Another may have taken the address since.
      if (byAddress.get(left) === node) byAddress.delete(left);
      before.set(node, node.address);
      if (node.address !== '') byAddress.set(node.address, node);
    },
    at: (address) => byAddress.get(address),
  };
}
