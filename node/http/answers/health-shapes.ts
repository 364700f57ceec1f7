// The shapes of what a node says of itself; types only.

import type { Heading } from './shapes.ts';

/** Counters run since the node started; rates cover the driver's own window. */
export interface GossipStats {
  readonly round: number;
  /** Length of the present round, ms; adaptive rounds stretch it. */
  readonly roundMs: number;
  /** Since the last round began, ms; far above `roundMs` when the loop is stuck. */
  readonly sinceRoundMs: number;
  readonly exchanges: number;
  readonly failedExchanges: number;
  /** Of these, those that a node of another release refused. */
  readonly otherVersionExchanges: number;
  /** HTTP bytes of gossip, headers included. */
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** Sent and received together. */
  readonly bytesPerSecond: number;
  /** Entries this node published as their owner. */
  readonly published: number;
  /** Messages that were not understood or not wanted, by code. */
  readonly refused: Readonly<Record<string, number>>;
}

export interface Check {
  status: 'ok' | 'degraded' | 'failed';
  /** One sentence each; empty when ok. */
  problems: string[];
}

/** What is stored, and what waits to be, since the node started. */
export interface StorageAnswer {
  state: 'ok' | 'degraded' | 'off';
  queuedRows: number;
  /** Those of the queued that are safe on this machine's disk, on their way to a server. */
  spooledRows: number;
  oldestWaitingMs: number;
  writtenRows: number;
  droppedRows: number;
  /** Those of the dropped that no database could hold; absent where nobody counts them. */
  unusableRows?: number;
  databaseBytes: number;
  /** Of the log beside a local database. */
  logBytes?: number;
}

/** What is counted by the day on a platform that limits it. */
export interface DayUse {
  /** Calls to the node, its own alarms among them. */
  requests: number;
  rowsWritten: number;
  /** Seconds awake, times 128 MB. */
  gigabyteSeconds: number;
}

export interface LimitsAnswer {
  /** When the counts begin anew. */
  until: string;
  used: DayUse;
  /** This node's; null where there is none to keep to. */
  share: DayUse | null;
  /** The shortest round that the rest of the day allows. */
  shortestRoundMs: number;
}

/** Callers' connections; all but the first two are counted since the node started. */
export interface ConnectionsAnswer {
  open: number;
  /** Of them, those on which gossip was answered. */
  peers: number;
  /** Idle ones that were ended to make room for others. */
  gaveWay: number;
  /** There was no room for. */
  refused: number;
  /** The system gave none, as when too many files are open. */
  failed: number;
}

/** Of this node: its own metrics and those that users post to it. */
export interface MetricsAnswer {
  told: number;
  /** `max_metrics`, without those whose slots facts take. */
  most: number;
  /** Posts that found no room for their names, since the node started. */
  refusedPosts: number;
}

/** What listens to the node's events, such as storage; counted since the node started. */
export interface ListenersAnswer {
  subscribed: number;
  /** Called no more, because they failed. */
  dropped: number;
  /** Events that slow listeners never saw. */
  skippedEvents: number;
}

export interface ReadyAnswer extends Heading {
  ready: boolean;
  checks: { gossip: Check; peers: Check; storage: Check; probes: Check };
  gossip: GossipStats;
  storage: StorageAnswer;
  metrics: MetricsAnswer;
  listeners?: ListenersAnswer;
  /** Absent where the platform has them. */
  connections?: ConnectionsAnswer;
  /** Only where the platform has limits, as Cloudflare's has. */
  limits?: LimitsAnswer;
}
