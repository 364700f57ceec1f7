// Stands beside one engine and tells a sink what its inputs and effects mean. It reads the engine's
// state and never changes it.

import { LABELS_INDEX } from '../../core/data/source.ts';
import type { Effect, Input, LearnedReading } from '../../core/effects.ts';
import type { Engine } from '../../core/engine.ts';
import type { MetricDefinition } from '../../core/model.ts';
import { entrySize } from '../../core/wire/encode.ts';
import type { Cargo, Chunk, Message } from '../../core/wire/messages.ts';
import { nodeIndex } from './names.ts';
import { createRoundWatch, type RoundWatchOptions } from './round-watch.ts';
import type { Sink } from './sink.ts';

export interface ObserverOptions extends RoundWatchOptions {
  readonly metrics: readonly MetricDefinition[];
  readonly sink: Sink;
  /** The engine's clock as time of the run. */
  runTime(now: number): number;
}

export type Observer = (
  engine: Engine,
  input: Input,
  effects: readonly Effect[],
  now: number,
) => void;

export function createObserver(options: ObserverOptions): Observer {
  const { node, metrics, sink } = options;
  const indexOf = new Map(metrics.map(({ name }, index) => [name, index]));
  const rounds = createRoundWatch(options);

  return (engine, input, effects, now) => {
    const at = options.runTime(now);
    if (input.type === 'samples') tellSamples(input.readings, at);
    const incoming = cargoOf(input);
    if (incoming !== undefined) countReceived(incoming, at);
    for (const effect of effects) {
      if (effect.type === 'learned') tellReadings(effect.readings, giverOf(engine, input), at);
      else if (effect.type === 'member') tellMember(effect, at);
      else if (effect.type === 'send') countCopies(engine, effect.message, undefined, at);
      else if (effect.type === 'answer') countCopies(engine, effect.message, input, at);
    }
    rounds.look(engine, at);
  };

  function tellSamples(readings: readonly { metric: string; value: number }[], at: number): void {
    const values = new Array<number>(metrics.length).fill(Number.NaN);
    for (const { metric, value } of readings) {
      const index = indexOf.get(metric);
      if (index !== undefined) values[index] = value;
    }
    sink.sampled(node, at, values);
  }

  function tellReadings(readings: readonly LearnedReading[], giver: number, at: number): void {
    for (const { id, generation, definition, version, value } of readings) {
      const owner = nodeIndex(id);
      const metric = indexOf.get(definition.name);
      if (owner < 0 || metric === undefined) continue;
      if (owner !== node) rounds.meet(owner);
      sink.told(node, at, { owner, generation, metric, version, value, from: giver });
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
        if (isValue(index)) sink.received(node, at, index - 1, 1);
      }
    }
  }

  function countCopies(engine: Engine, message: Message, asked: Input | undefined, at: number) {
    if (!('chunks' in message)) return;
    for (const chunk of message.chunks) {
      const member = memberOf(engine, message, chunk, asked);
      const owner = member === undefined ? -1 : nodeIndex(member.id);
      if (member === undefined || owner < 0) continue;
      const { generation } = member;
      for (const entry of chunk.entries) {
        if (!isValue(entry.index)) continue;
        const bytes = entrySize(entry, chunk.to);
        const { index, version } = entry;
        sink.copied(node, at, { owner, generation, metric: index - 1, version, bytes });
      }
    }
  }

  /** Neither labels nor cards; all nodes name the same metrics in the same order. */
  function isValue(index: number): boolean {
    return index > LABELS_INDEX && index <= metrics.length;
  }

  /** Who brought it; the node itself where that is nobody. */
  function giverOf({ state }: Engine, input: Input): number {
    if (input.type !== 'request' && input.type !== 'response') return node;
    const giver = state.members.byKey.get(input.message.from);
    const index = giver === undefined ? -1 : nodeIndex(giver.id);
    return index < 0 ? node : index;
  }
}

function cargoOf(input: Input): Cargo | undefined {
  if (input.type !== 'request' && input.type !== 'response') return undefined;
  return 'chunks' in input.message ? input.message : undefined;
}

/** Positions count in the roster of the node that asked. */
function memberOf({ state }: Engine, message: Message & Cargo, chunk: Chunk, asked?: Input) {
  const { members } = state;
  if (message.byKey) return members.byKey.get(chunk.ref);
  const question = asked?.type === 'request' ? asked.message : message;
  const hash = 'rosterHash' in question ? question.rosterHash : 0;
  return members.rosterByHash(hash)?.members[chunk.ref];
}
