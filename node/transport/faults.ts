// What networks do to exchanges, as wrappers over any transport; they compose. Time and chance are
// passed in, so a scenario is named by its seed.

import type { Random } from '../core/random.ts';
import type { Clock, Transport } from '../ports.ts';
import { createDeadlines, type Deadlines } from './support/deadlines.ts';

/** Shares are probabilities from 0 to 1, drawn for every exchange. */
export interface LossOptions {
  readonly random: Random;
  readonly clock: Clock;
  /** The peer never sees the request. */
  readonly requestShare: number;
  /** The peer handles the request, and the caller hears nothing. */
  readonly answerShare: number;
}

export interface DelayOptions {
  readonly random: Random;
  readonly clock: Clock;
  /** Each way takes a uniform time between these, ms. */
  readonly minMs: number;
  readonly maxMs: number;
}

export interface DuplicationOptions {
  readonly random: Random;
  /** The peer handles the request twice; the caller sees the first answer. */
  readonly share: number;
}

export interface CorruptionOptions {
  readonly random: Random;
  readonly requestShare: number;
  readonly answerShare: number;
}

export interface PartitionOptions {
  readonly clock: Clock;
  readonly partition: Partition;
  /** The address of the node that this transport belongs to. */
  readonly self: string;
}

/** Which ways between addresses are cut; one object serves the transports of all nodes. */
export interface Partition {
  /** Nothing passes between the two groups. */
  cut(groupA: readonly string[], groupB: readonly string[]): void;
  /** Nothing passes from the first group to the second; the way back stays open. */
  cutOneWay(from: readonly string[], to: readonly string[]): void;
  heal(): void;
  blocks(from: string, to: string): boolean;
}

type Exchange = Transport['exchange'];

export function withLoss(transport: Transport, options: LossOptions): Transport {
  const { random, clock, requestShare, answerShare } = options;
  return waiting(transport, clock, (deadlines) => (address, body, timeoutMs) => {
    // Both are always drawn, so that a share's change leaves the rest of the run as it was.
    const requestLost = random.next() < requestShare;
    const answerLost = random.next() < answerShare;
    return lossy(transport, deadlines, requestLost, answerLost)(address, body, timeoutMs);
  });
}

export function withDelay(transport: Transport, options: DelayOptions): Transport {
  const { random, clock, minMs, maxMs } = options;
  const delayMs = (): number => minMs + random.next() * (maxMs - minMs);
  return waiting(transport, clock, (deadlines) => (address, body, timeoutMs) => {
    const deadlineMs = clock.monotonicMs() + timeoutMs;
    const thereMs = delayMs();
    const backMs = delayMs();
    const travel = async (): Promise<Uint8Array> => {
      await deadlines.pause(thereMs);
      // A request that comes late is handled all the same, though its caller no longer waits.
      const leftMs = Math.max(1, deadlineMs - clock.monotonicMs());
      try {
        return await transport.exchange(address, body, leftMs);
      } finally {
        await deadlines.pause(backMs);
      }
    };
    return deadlines.within(travel(), address, timeoutMs);
  });
}

export function withDuplication(transport: Transport, options: DuplicationOptions): Transport {
  const { random, share } = options;
  return {
    ...transport,
    exchange(address, body, timeoutMs) {
      const first = transport.exchange(address, body, timeoutMs);
      if (random.next() < share) ignore(transport.exchange(address, body, timeoutMs));
      return first;
    },
  };
}

export function withCorruption(transport: Transport, options: CorruptionOptions): Transport {
  const { random, requestShare, answerShare } = options;
  const damaged = (body: Uint8Array, share: number): Uint8Array =>
    random.next() < share ? damage(body, random) : body;
  return {
    ...transport,
    async exchange(address, body, timeoutMs) {
      const answer = await transport.exchange(address, damaged(body, requestShare), timeoutMs);
      return damaged(answer, answerShare);
    },
  };
}

export function withPartition(transport: Transport, options: PartitionOptions): Transport {
  const { clock, partition, self } = options;
  const wrapped = waiting(transport, clock, (deadlines) => (address, body, timeoutMs) => {
    const requestLost = partition.blocks(self, address);
    const answerLost = partition.blocks(address, self);
    return lossy(transport, deadlines, requestLost, answerLost)(address, body, timeoutMs);
  });
  return {
    ...wrapped,
    onDisconnect: (listener) =>
      transport.onDisconnect((address) => {
        // The end of a connection is told by a packet as well.
        if (!partition.blocks(address, self)) listener(address);
      }),
  };
}

export function createPartition(): Partition {
  const cuts = new Set<string>();
  const way = (from: string, to: string): string => `${from} ${to}`;
  const cutOneWay = (from: readonly string[], to: readonly string[]): void => {
    for (const a of from) for (const b of to) cuts.add(way(a, b));
  };
  return {
    cut(groupA, groupB) {
      cutOneWay(groupA, groupB);
      cutOneWay(groupB, groupA);
    },
    cutOneWay,
    heal: () => cuts.clear(),
    blocks: (from, to) => cuts.has(way(from, to)),
  };
}

/** A caller waits for what was lost until its time-out: networks never tell. */
function lossy(
  transport: Transport,
  deadlines: Deadlines,
  requestLost: boolean,
  answerLost: boolean,
): Exchange {
  return (address, body, timeoutMs) => {
    if (!requestLost && !answerLost) return transport.exchange(address, body, timeoutMs);
    if (!requestLost) ignore(transport.exchange(address, body, timeoutMs));
    return deadlines.within(new Promise<never>(() => {}), address, timeoutMs);
  };
}

/** A wrapper that waits has to end its waiting when it is closed. */
function waiting(
  transport: Transport,
  clock: Clock,
  exchange: (deadlines: Deadlines) => Exchange,
): Transport {
  const deadlines = createDeadlines(clock);
  return {
    ...transport,
    exchange: exchange(deadlines),
    close() {
      deadlines.close();
      return transport.close();
    },
  };
}

/** Cuts the body short or changes one byte, in a copy. */
function damage(body: Uint8Array, random: Random): Uint8Array {
  if (body.length === 0) return body;
  const at = random.below(body.length);
  if (random.next() < 0.5) return body.slice(0, at);
  const copy = body.slice();
  copy[at] = (copy[at] ?? 0) ^ (1 + random.below(255));
  return copy;
}

function ignore(exchange: Promise<Uint8Array>): void {
  exchange.catch(() => undefined);
}
