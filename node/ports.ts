// What the node needs from the world, as interfaces. Adapters implement one each and pass the
// suite of that port in test/contract/; nothing here runs.

import type { PublishedFact } from './core/data/facts/facts.ts';
import type { FactOrigin } from './core/data/slots.ts';
import type { MetricDefinition, Status } from './core/model.ts';

/** Both clocks, in ms. The protocol reads the monotonic one only; the wall clock is for display. */
export interface Clock {
  monotonicMs(): number;
  wallMs(): number;
  /** Calls back once after `delayMs`; the returned function cancels it. */
  after(delayMs: number, callback: () => void): () => void;
}

/** Why an exchange brought no answer; `refused` and `rejected` prove that a machine is there. */
export type TransportFailure =
  | 'timeout'
  | 'refused'
  | 'unreachable'
  | 'reset'
  | 'rejected'
  | 'closed';

/** Bytes of HTTP as written to and read from sockets; TCP and IP headers not included. */
export interface Traffic {
  readonly sentBytes: number;
  readonly receivedBytes: number;
}

/** Carries one gossip body to one address and brings the answer's body. */
export interface Transport {
  /** Rejects with a TransportError; never hangs longer than `timeoutMs`. */
  exchange(address: string, body: Uint8Array, timeoutMs: number): Promise<Uint8Array>;
  /** Called when a kept connection to an address ends from the far side. */
  onDisconnect(listener: (address: string) => void): void;
  traffic(): Traffic;
  close(): Promise<void>;
}

/** One stored value. Times are wall clock, ms, for they outlive the process. */
export interface Sample {
  readonly node: string;
  readonly generation: number;
  readonly metric: string;
  readonly unit: string;
  readonly version: number;
  readonly value: number;
  readonly sampledAtMs: number;
}

/** A change of a member's status as this node saw it. */
export interface MembershipEvent {
  readonly node: string;
  readonly generation: number;
  readonly status: Status | 'forgotten';
  readonly address: string;
  readonly atMs: number;
}

/** A fact as this node saw it told, anew or for the first time, or end. */
export interface FactChange {
  /** The author. */
  readonly node: string;
  readonly generation: number;
  readonly key: string;
  readonly change: 'told' | 'ended';
  /** As told; empty where it ended. */
  readonly value: string;
  readonly atMs: number;
}

/** What history says beside values. */
export type HistoryEvent = MembershipEvent | FactChange;

/** A fact that a node tells, as it outlives the process. */
export interface StoredFact extends PublishedFact {
  /** Wall clock, ms; absent where it has no end. */
  readonly endsAtMs?: number;
  /** Of whom it is kept; absent for the node's own. */
  readonly origin?: FactOrigin;
}

/** What a restarted node needs to come back by itself. */
export interface Identity {
  readonly id: string;
  readonly generation: number;
  /** Addresses of the peers known last, most recently heard first. */
  readonly peers: readonly string[];
  /** Own facts, and those that the node keeps for others; absent for none. */
  readonly facts?: readonly StoredFact[];
}

export interface HistoryQuery {
  /** Exact node id or metric name; absent means all. */
  readonly node?: string;
  readonly metric?: string;
  /** Inclusive, wall clock, ms. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Width of a bucket; 0 returns the samples as stored. */
  readonly stepMs: number;
  /** Points at most, gaps among them; the newest win. */
  readonly limit: number;
  /** Whose view it is: its events say who was dead, and between its own runs nobody looked. */
  readonly observer: string;
  /** A value that nobody told anew for so long is absent, ms; of single metrics in `holdsMs`. */
  readonly holdMs: number;
  readonly holdsMs: ReadonlyMap<string, number>;
}

/** Whose values some points are, and of what. */
export interface HistoryLine {
  readonly node: string;
  readonly metric: string;
  readonly unit: string;
}

/**
 * Points in columns, for an answer has thousands and crosses from thread to thread: what stands at
 * one place of each column is a point. It says what held during a bucket, where a stored value
 * holds until the next one. In a gap `min`, `avg` and `max` are NaN: before the first value, while
 * the node was dead, after the metric ended, and while the observer itself was down. A raw sample
 * has all three equal and `count` 1.
 */
export interface HistoryPoints {
  /** Its place among the lines of the answer. */
  readonly line: Uint32Array<ArrayBuffer>;
  /** Start of the bucket, or the sample's own time; wall clock, ms. */
  readonly atMs: Float64Array<ArrayBuffer>;
  readonly min: Float64Array<ArrayBuffer>;
  /** Weighted by the time that each value held. */
  readonly avg: Float64Array<ArrayBuffer>;
  readonly max: Float64Array<ArrayBuffer>;
  /** Rows that were stored in the bucket; 0 where an earlier value holds, and in a gap. */
  readonly count: Float64Array<ArrayBuffer>;
}

export interface History {
  /** In the order of names; each has a point, or more. */
  readonly lines: readonly HistoryLine[];
  /** In the order of time, then of lines. */
  readonly points: HistoryPoints;
  /** What the points span: narrower than the question where less is stored, or more than fits. */
  readonly fromMs: number;
  readonly toMs: number;
  /** Why it begins later than was asked: too many points, or more rows than one answer reads. */
  readonly limited?: 'points' | 'rows';
  /** Lines, the last by name, that even a single bucket had no room for; absent for none. */
  readonly linesLeftOut?: number;
  /** Newest row under the names asked for, whatever the span; absent where there is none. */
  readonly newestMs?: number;
  /** Present where nothing is stored under the names asked for: names that are, the first few. */
  readonly stored?: { readonly nodes: readonly string[]; readonly metrics: readonly string[] };
}

export interface StoreHealth {
  readonly state: 'ok' | 'degraded' | 'off';
  /** One sentence with the fix when degraded. */
  readonly problem?: string;
  readonly queuedRows: number;
  /** Those of the queued that are safe on this machine's disk. */
  readonly spooledRows?: number;
  /** How long the oldest of the queued has been waiting, ms. */
  readonly oldestWaitingMs?: number;
  readonly writtenRows: number;
  readonly droppedRows: number;
  /** Those of the dropped that no database could hold, such as a value that is no number. */
  readonly unusableRows?: number;
  readonly databaseBytes: number;
  /** Of the log beside a local database, whose rows are on their way into it. */
  readonly logBytes?: number;
}

/**
 * Keeps what a node saw. `record*` never throw and never wait: they queue, bounded, and drop the
 * oldest, counted, when the disk does not keep up. A broken disk degrades the store alone.
 */
export interface Store {
  loadIdentity(id: string): Promise<Identity | undefined>;
  saveIdentity(identity: Identity): Promise<void>;
  recordSamples(samples: readonly Sample[]): void;
  recordEvents(events: readonly HistoryEvent[]): void;
  /**
   * Rejects with an OperatingError when the store cannot answer: `store_busy` when too many ask,
   * `store_slow` when it takes too long. A question whose signal ends is given up.
   */
  history(query: HistoryQuery, signal?: AbortSignal): Promise<History>;
  /**
   * The median of the live peers' clocks minus this one's, ms; undefined while none is known. A
   * store that deletes by age believes no clock alone.
   */
  noteSkew?(skewMs: number | undefined): void;
  health(): StoreHealth;
  /** Resolves when all that was queued before the call is written or given up. */
  flush(): Promise<void>;
  close(): Promise<void>;
}

/** One value as a probe read it, in its definition's unit. */
export interface Reading {
  readonly metric: string;
  readonly value: number;
}

/**
 * Measures. `collect` returns no reading for what this machine does not offer ("no data") and
 * throws for what it should offer but could not read ("failed").
 */
export interface Probe {
  readonly name: string;
  readonly metrics: readonly MetricDefinition[];
  /** `nowMs` is monotonic; rates are computed over it. */
  collect(nowMs: number): readonly Reading[] | Promise<readonly Reading[]>;
  /**
   * What the last run could not measure, or measured in another way than it should, though it
   * measured: a sentence each that names the mount, interface or file, the same as long as the
   * cause lasts.
   */
  remarks?(): readonly string[];
}

export type ProbeOutcome = 'ok' | 'no_data' | 'failed';

/** The last run of one probe. */
export interface ProbeRun {
  readonly probe: string;
  readonly outcome: ProbeOutcome;
  readonly durationMs: number;
  /** One sentence when failed. */
  readonly problem?: string;
  /** What else the probe has to say, whatever the outcome; absent for nothing. */
  readonly remarks?: readonly string[];
}
