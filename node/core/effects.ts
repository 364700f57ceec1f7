// What goes into the engine and what comes out of it. Times are ms on one monotonic clock.

import type { FactOrigin } from './data/slots.ts';
import type { LeaveNotice, MetricDefinition, Status } from './model.ts';
import type { Request, Response } from './wire/messages.ts';

/** Why an exchange brought no answer; `refused` means the machine is up and nothing listens. */
export type ExchangeFailure =
  | 'timeout'
  | 'refused'
  | 'unreachable'
  | 'reset'
  | 'rejected'
  /** Another release answered, which speaks another version of the wire. */
  | 'other_version'
  | 'closed';

export type Input =
  /** Time has come to `nextWakeAt` or later. */
  | { readonly type: 'wake' }
  | { readonly type: 'samples'; readonly readings: readonly { metric: string; value: number }[] }
  | {
      readonly type: 'define';
      readonly definition: MetricDefinition;
      /** Where the definition is that of a family with labels: their values, in its order. */
      readonly labelValues?: readonly string[];
    }
  /** Own metrics that are told no more: they disappear everywhere. */
  | { readonly type: 'end_metrics'; readonly names: readonly string[] }
  /** Publishes a fact, or its new value, after `factFault` found nothing against it. */
  | {
      readonly type: 'fact';
      readonly key: string;
      readonly value: string;
      readonly priority: number;
      readonly ttlMs?: number;
      readonly isKept?: boolean;
      /** Of whom it is kept, as an earlier run kept it; absent for this node's own. */
      readonly origin?: FactOrigin;
    }
  /** Takes a fact back, also one of others that is kept. */
  | { readonly type: 'end_fact'; readonly key: string }
  /** Has a dead or left member forgotten everywhere; see `forgetFault`. */
  | { readonly type: 'forget'; readonly id: string }
  /** A peer calls; an `answer` effect with the same token follows, at once or later. */
  | { readonly type: 'request'; readonly token: number; readonly message: Request }
  | { readonly type: 'response'; readonly exchange: number; readonly message: Response }
  | { readonly type: 'failure'; readonly exchange: number; readonly failure: ExchangeFailure }
  /** A kept connection to this address ended from the far side: worth a look. */
  | { readonly type: 'disconnected'; readonly address: string }
  /** The event loop ran this much later than it should have. */
  | { readonly type: 'late'; readonly lateMs: number }
  | { readonly type: 'clock'; readonly wallMs: number }
  /** Seeds to call from now on, in the place of what was told before. */
  | { readonly type: 'seeds'; readonly addresses: readonly string[] }
  /** This node is reached at another address now; never empty. */
  | { readonly type: 'moved'; readonly address: string }
  | { readonly type: 'leave'; readonly notice: LeaveNotice };

export interface LearnedReading {
  readonly id: string;
  readonly generation: number;
  readonly definition: MetricDefinition;
  readonly version: number;
  readonly value: number;
  readonly sampledAt: number;
}

export type MemberChange = Status | 'forgotten' | 'replaced';

/** What one peer told that nothing was held of before. */
export interface Growth {
  readonly members: number;
  readonly metrics: number;
  readonly definitions: number;
}

/** What a full view refuses, and the peer that told most of what fills it. */
export interface Fullness {
  readonly bytes: number;
  readonly maxBytes: number;
  readonly members: number;
  readonly maxMembers: number;
  /** Its id and address as it gave them; absent when it is no member. */
  readonly peer: { readonly id: string; readonly address: string } | undefined;
  readonly told: Growth;
}

export type Effect =
  | {
      readonly type: 'send';
      readonly exchange: number;
      readonly address: string;
      readonly message: Request;
      readonly timeoutMs: number;
    }
  | { readonly type: 'answer'; readonly token: number; readonly message: Response }
  /** Values that are new to this node, its own included. */
  | { readonly type: 'learned'; readonly readings: readonly LearnedReading[] }
  | {
      readonly type: 'member';
      readonly change: MemberChange;
      readonly id: string;
      readonly generation: number;
      readonly address: string;
    }
  /** Peers knew a later run of ours, or believed none of our clock: the generation from now on. */
  | { readonly type: 'regenerated'; readonly generation: number }
  /** A node that was started earlier has our id at another address; this one stopped gossiping. */
  | { readonly type: 'id_taken'; readonly address: string }
  /** Another node of our id lives at this address; the one that was started later stops. */
  | { readonly type: 'id_shared'; readonly address: string }
  /** Somebody says of a node that it runs under a generation far beyond every clock. */
  | { readonly type: 'generation_refused'; readonly id: string; readonly generation: number }
  /** Somebody says of a node that it is reached where no node can be: nobody will call it there. */
  | {
      readonly type: 'address_refused';
      readonly id: string;
      readonly address: string;
      readonly fault: string;
    }
  /** A node publishes a fact for another that this one knows to be none: nobody is shown it. */
  | { readonly type: 'fact_forged'; readonly id: string; readonly key: string }
  /** A fact was told, anew or for the first time, or is over. */
  | {
      readonly type: 'fact';
      readonly change: 'told' | 'ended';
      readonly id: string;
      readonly generation: number;
      readonly key: string;
      readonly value?: string;
      /** Of a copy that the node keeps: whose it is. */
      readonly author?: string;
    }
  /** Something was refused for want of room; told once a round at most. */
  | { readonly type: 'view_full'; readonly fullness: Fullness };
