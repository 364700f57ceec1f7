// What happens in a node, for its listeners: storage, exporters, alerts, streams of events. A new
// kind of event is one more member of the union; listeners pass over types that they do not know.

import type { Effect, LearnedReading, MemberChange } from '../core/effects.ts';
import type { Reading } from '../ports.ts';

export type DriverEvent =
  /** Values that are new to this node, its own published ones included. */
  | {
      readonly type: 'learned';
      readonly readings: readonly LearnedReading[];
      /** Takes `sampledAt` of a reading to the wall clock: wall minus monotonic, ms. */
      readonly wallOffsetMs: number;
    }
  /** A change of a member's status. */
  | {
      readonly type: 'member';
      readonly change: MemberChange;
      readonly id: string;
      readonly generation: number;
      readonly address: string;
      /** Wall clock, ms. */
      readonly atMs: number;
    }
  /** What this node sampled, or a user posted here, whether it is worth telling or not. */
  | {
      readonly type: 'sampled';
      readonly readings: readonly Reading[];
      readonly generation: number;
      /** Wall clock, ms. */
      readonly atMs: number;
    }
  /** A fact of some node was told, anew or for the first time, or is over. */
  | (Extract<Effect, { type: 'fact' }> & {
      /** Wall clock, ms. */
      readonly atMs: number;
    })
  /** This listener was too slow: so many events before the next one were left out for it. */
  | { readonly type: 'skipped'; readonly events: number };

/**
 * Nobody waits for a promise that it returns: until it settles, events queue for this listener
 * alone. One that throws, or whose promise rejects, is called no more.
 */
export type Listener = (event: DriverEvent) => void | Promise<void>;
