// Cuts what one node does into its rounds: a row for every round that it began and ended.

import type { Engine } from '../../core/engine.ts';
import type { Sink } from './sink.ts';

/** What a node sent and received since the run began. */
export interface Carried {
  readonly messages: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
}

export interface RoundWatchOptions {
  /** Number of the node. */
  readonly node: number;
  readonly sink: Pick<Sink, 'round'>;
  carried(): Carried;
}

export interface RoundWatch {
  /** The node holds a value of that one. */
  meet(owner: number): void;
  /** Called after every input, with what handled it. */
  look(engine: Engine, at: number): void;
}

/** As things stood when the round began. */
interface Begun extends Carried {
  readonly at: number;
  readonly met: number;
  readonly learned: number;
  readonly duplicate: number;
}

export function createRoundWatch({ node, sink, carried }: RoundWatchOptions): RoundWatch {
  const met = new Set<number>();
  let watched: Engine | undefined;
  let round = 0;
  let begun: Begun | undefined;

  function tell(before: Begun, now: Begun): void {
    sink.round(node, now.at, {
      round,
      lengthMs: now.at - before.at,
      newNodes: now.met - before.met,
      newEntries: now.learned - before.learned,
      duplicates: now.duplicate - before.duplicate,
      messages: now.messages - before.messages,
      sentBytes: now.sentBytes - before.sentBytes,
      receivedBytes: now.receivedBytes - before.receivedBytes,
    });
  }

  return {
    meet: (owner) => met.add(owner),
    look(engine, at) {
      const { state } = engine;
      if (engine !== watched) {
        // It started anew: it knows nobody, and counts from 0.
        if (watched !== undefined) met.clear();
        watched = engine;
        round = 0;
        begun = undefined;
      }
      if (state.round === round) return;
      const { entriesLearned: learned, entriesDuplicate: duplicate } = state.counters;
      const now = { ...carried(), at, met: met.size, learned, duplicate };
      if (begun !== undefined) tell(begun, now);
      begun = now;
      round = state.round;
    },
  };
}
