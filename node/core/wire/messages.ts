// The messages of the protocol as values; encode.ts and decode.ts turn them into bytes and back.
// Chunks name members by their position in the sender's roster, or by key where `byKey` is true.

import type { EntryValue } from '../data/source.ts';
import type { MemberUpdate } from '../membership/member.ts';
import type { MetricDefinition } from '../model.ts';

/** Raised at every incompatible change; other versions are refused, with both numbers named. */
export const WIRE_VERSION = 2;

/** No message is longer, whatever the sender's budget. */
export const MAX_MESSAGE_BYTES = 65_536;

export const LIMITS = {
  /** Below the largest exact integer, so that the next one can still be counted. */
  generation: 2 ** 52,
  version: 2 ** 52,
  incarnation: 2 ** 32 - 1,
  idLength: 64,
  addressLength: 200,
  reasonLength: 200,
  labels: 16,
  labelLength: 64,
  /** Of a metric: names of labels, and the bytes of each value. */
  metricLabels: 8,
  labelValueBytes: 128,
  nameLength: 64,
  unitLength: 16,
  descriptionLength: 200,
  /** Slots of a member, and how often one is opened anew in one run. */
  slots: 255,
  openings: 2 ** 24 - 1,
  factKeyLength: 64,
  factBytes: 1_024,
} as const;

/** A value in transit: its age instead of a time, for clocks differ. */
export interface WireEntry {
  readonly index: number;
  readonly opening?: number | undefined;
  readonly version: number;
  readonly ageMs: number;
  readonly value: EntryValue;
  readonly isStale?: true | undefined;
}

/** A run of one member's entries, see source.ts; `lane` absent means all lanes. */
export interface Chunk {
  readonly ref: number;
  readonly lane?: number | undefined;
  readonly from: number;
  readonly to: number;
  readonly entries: readonly WireEntry[];
}

/** Per member of the roster from `offset` on, the low 4 bits of its watermark; two to a byte. */
export interface RosterDigest {
  readonly kind: 'roster';
  readonly offset: number;
  readonly nibbles: Uint8Array;
  /** Positions of which nothing is held yet. */
  readonly blanks: readonly number[];
  /** Flat triples: position, lane, how far the lane is ahead of the watermark. */
  readonly lanes: readonly number[];
}

/** Exact bases of all members whose key lies in [low, high]; wraps round when low > high. */
export interface KeyDigest {
  readonly kind: 'keys';
  readonly low: number;
  readonly high: number;
  /** Flat pairs: key, watermark; by key. */
  readonly rows: readonly number[];
  /** Flat triples: which row, lane, how far the lane is ahead of the watermark. */
  readonly lanes: readonly number[];
}

export type Digest = RosterDigest | KeyDigest;

/** What the sender found it lacks: pairs of key and watermark, and keys of definitions. */
export interface Wants {
  readonly members: readonly number[];
  readonly definitions: readonly number[];
}

/** What every kind of message may carry. */
export interface Cargo {
  readonly byKey: boolean;
  readonly chunks: readonly Chunk[];
  readonly updates: readonly MemberUpdate[];
  readonly definitions: readonly MetricDefinition[];
}

export interface ExchangeRequest extends Cargo {
  readonly kind: 'exchange';
  readonly cluster: number;
  /** Key of the sender. */
  readonly from: number;
  readonly rosterHash: number;
  readonly dataHash: number;
  /** 16 bits. */
  readonly statusHash: number;
  readonly digest?: Digest | undefined;
  readonly wants?: Wants | undefined;
  /** The sender's wall clock, ms, now and then; for the display of skew. */
  readonly wallMs?: number | undefined;
}

export interface Answer extends Cargo {
  readonly kind: 'answer';
  readonly from: number;
  /** The asker's roster is not ours: its digest could not be read, so ours comes along. */
  readonly unreadable: boolean;
  /** Views still differ although the digest showed nothing: send exact marks next time. */
  readonly exact: boolean;
  /** Too many callers this round: nothing was compared. */
  readonly busy: boolean;
  /** Both views are equal. */
  readonly same: boolean;
  /** The budget cut the answer short: ask again at once. */
  readonly more: boolean;
  readonly digest?: Digest | undefined;
  readonly wants?: Wants | undefined;
  readonly wallMs?: number | undefined;
}

/** Urgent news; the receiver passes it on to members whose key lies in [low, high). */
export interface Push extends Cargo {
  readonly kind: 'push';
  readonly cluster: number;
  readonly from: number;
  readonly keyRange: Interval | undefined;
}

/** Half-open and circular in the space of keys; low = high means the whole circle. */
export interface Interval {
  readonly low: number;
  readonly high: number;
}

/** Are you there, and are you `target`? */
export interface Ping {
  readonly kind: 'ping';
  readonly cluster: number;
  readonly from: number;
  readonly target: number;
}

/** Please ping `target` for me. */
export interface PingRequest {
  readonly kind: 'ping_request';
  readonly cluster: number;
  readonly from: number;
  readonly target: number;
}

export interface Acknowledgement {
  readonly kind: 'ack';
  readonly from: number;
  readonly alive: boolean;
  /** Nobody was asked, or silence says nothing, for the sender was late itself. */
  readonly unasked?: true;
}

export type Request = ExchangeRequest | Push | Ping | PingRequest;
export type Response = Answer | Acknowledgement;
export type Message = Request | Response;

/** Why bytes were refused; the state is unharmed. */
export type RefusalCode = 'malformed' | 'oversized' | 'unknown_version' | 'foreign_cluster';

export class WireError extends Error {
  readonly code: RefusalCode;
  constructor(code: RefusalCode, message: string) {
    super(message);
    this.name = 'WireError';
    this.code = code;
  }
}
