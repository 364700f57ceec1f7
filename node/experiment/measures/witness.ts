// Stands beside one engine and tells a sink what its inputs and effects mean. It reads the engine's
// state and never changes it.

import type { Effect, Input } from '../../core/effects.ts';
import { entrySize } from '../../core/encode.ts';
import type { Engine } from '../../core/engine.ts';
import type { MetricDefinition } from '../../core/model.ts';
import type { Counters } from '../../core/stats.ts';
import type { Cargo, Chunk, Message } from '../../core/wire.ts';
import { nodeIndex } from './names.ts';
import type { Sink } from './sink.ts';

/** What a node sent and received since its start. */
export interface Carried {
  readonly messages: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
}

export interface WitnessOptions {
  /** Number of the node. */
  readonly node: number;
  readonly metrics: readonly MetricDefinition[];
  readonly sink: Sink;
  carried(): Carried;
  /** The engine's clock as time of the run. */
  runTime(now: number): number;
}

export type Witness = (
  engine: Engine,
  input: Input,
  effects: readonly Effect[],
  now: number,
) => void;

type Seen = Pick<Counters, 'entriesLearned' | 'entriesDuplicate'> & Carried & { at: number };

export function createWitness(options: WitnessOptions): Witness {
  const { node, metrics, sink } = options;
  const indexOf = new Map(metrics.map(({ name }, index) => [name, index]));
  const met = new Set<number>();
  let metBefore = 0;
  let round = 0;
  let last: Seen | undefined;

  return (engine, input, effects, now) => {
    const at = options.runTime(now);
    if (input.type === 'samples') tellSamples(input.readings, at);
    const incoming = cargoOf(input);
    if (incoming !== undefined) countReceived(incoming, at);
    const from = senderOf(engine, input) ?? node;
    for (const effect of effects) {
      if (effect.type === 'learned') tellReadings(effect.readings, from, at);
      else if (effect.type === 'member') tellMember(effect, at);
      else if (effect.type === 'send') countCopies(engine, effect.message, undefined, at);
      else if (effect.type === 'answer') countCopies(engine, effect.message, input, at);
    }
    endRound(engine, at);
  };

  function tellSamples(readings: readonly { metric: string; value: number }[], at: number): void {
    const values = metrics.map(
      ({ name }) => readings.find(({ metric }) => metric === name)?.value ?? Number.NaN,
    );
    sink.sampled(node, at, values);
  }

  function tellReadings(
    readings: Extract<Effect, { type: 'learned' }>['readings'],
    from: number,
    at: number,
  ): void {
    for (const { id, generation, definition, version, value } of readings) {
      const owner = nodeIndex(id);
      const metric = indexOf.get(definition.name);
      if (owner < 0 || metric === undefined) continue;
      if (owner !== node) met.add(owner);
      sink.told(node, at, { owner, generation, metric, version, value, from });
    }
  }

  function tellMember(effect: Extract<Effect, { type: 'member' }>, at: number): void {
    const subject = nodeIndex(effect.id);
    const status = effect.change === 'replaced' ? 'alive' : effect.change;
    if (subject >= 0) sink.member(node, at, { subject, generation: effect.generation, status });
  }

  function countReceived(cargo: Cargo, at: number): void {
    for (const { entries } of cargo.chunks) {
      for (const { index } of entries) {
        if (index > 0 && index <= metrics.length) sink.received(node, at, index - 1, 1);
      }
    }
  }

  function countCopies(
    engine: Engine,
    message: Message,
    asked: Input | undefined,
    at: number,
  ): void {
    if (!('chunks' in message)) return;
    for (const chunk of message.chunks) {
      const member = memberOf(engine, message, chunk, asked);
      if (member === undefined) continue;
      const owner = nodeIndex(member.id);
      const { generation } = member;
      for (const entry of chunk.entries) {
        if (entry.index === 0 || owner < 0 || entry.index > metrics.length) continue;
        const bytes = entrySize(entry, chunk.to);
        const { version } = entry;
        sink.copied(node, at, { owner, generation, metric: entry.index - 1, version, bytes });
      }
    }
  }

  function endRound(engine: Engine, at: number): void {
    const status = engine.status();
    if (status.round === round) return;
    round = status.round;
    const { entriesLearned, entriesDuplicate } = status.counters;
    const seen: Seen = { entriesLearned, entriesDuplicate, ...options.carried(), at };
    if (last !== undefined) {
      sink.round(node, at, {
        round: round - 1,
        lengthMs: at - last.at,
        newNodes: met.size - metBefore,
        newEntries: entriesLearned - last.entriesLearned,
        duplicates: entriesDuplicate - last.entriesDuplicate,
        messages: seen.messages - last.messages,
        sentBytes: seen.sentBytes - last.sentBytes,
        receivedBytes: seen.receivedBytes - last.receivedBytes,
      });
    }
    metBefore = met.size;
    last = seen;
  }
}

function cargoOf(input: Input): Cargo | undefined {
  if (input.type !== 'request' && input.type !== 'response') return undefined;
  return 'chunks' in input.message ? input.message : undefined;
}

function senderOf({ state }: Engine, input: Input): number | undefined {
  if (input.type !== 'request' && input.type !== 'response') return undefined;
  const member = state.members.byKey.get(input.message.from);
  return member && nodeIndex(member.id);
}

/** Positions count in the roster of whoever asked. */
function memberOf({ state }: Engine, message: Message & Cargo, chunk: Chunk, asked?: Input) {
  const { members } = state;
  if (message.byKey) return members.byKey.get(chunk.ref);
  const question = asked?.type === 'request' ? asked.message : message;
  const hash = 'rosterHash' in question ? question.rosterHash : 0;
  return members.rosterByHash(hash)?.members[chunk.ref];
}
