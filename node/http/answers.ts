// The shapes of what the routes answer, shared with the client; types only.

import type { Labels, MetricKind, Status } from '../core/model.ts';
import type { GossipStats } from './dependencies.ts';
import type { QuorumOutcome, QuorumResult, QuorumVote } from './query/quorum.ts';
import type { Staleness } from './query/staleness.ts';

export interface MetricAnswer {
  value: number;
  unit: string;
  priority: number;
  version: number;
  /** ISO 8601, by the wall clock of the answering node. */
  sampledAt: string;
  ageMs: number;
  /** Of the run that told it, while the node's present run has not told it yet. */
  formerGeneration?: number | undefined;
}

export interface LeaveAnswer {
  reason: string;
  returnsAt?: string;
}

export interface NodeAnswer {
  status: Status;
  generation: number;
  /** URL that peers call it at; empty when nobody can. */
  address: string;
  /** Present where the address is empty: behind NAT it takes part by calling out. */
  callsOutOnly?: true;
  labels: Labels;
  /** Since the answering node last learned anything from or about it. */
  ageMs: number;
  /** Its wall clock minus the answering node's; absent until an exchange showed it. */
  skewMs?: number;
  leave?: LeaveAnswer;
  metrics: Record<string, MetricAnswer>;
}

/** Who answers, and when. */
export interface Heading {
  self: string;
  cluster: string;
  at: string;
}

export interface StateAnswer extends Heading {
  nodes: Record<string, NodeAnswer>;
}

export interface OneNodeAnswer extends Heading, NodeAnswer {
  id: string;
}

/** One metric of one node, as a row. */
export interface MetricRow extends MetricAnswer {
  node: string;
  status: Status;
  metric: string;
}

/** A row of a query: who tells it may be behind, so it says how new it is. */
export interface QueryRow extends MetricRow {
  generation: number;
  /** Of the statement that the status is from. */
  incarnation: number;
}

/** Aggregates over the rows of one metric, in one unit and of one group. */
export interface AggregateRow {
  metric: string;
  unit: string;
  /** The label's value when grouped by a label; null without, and for nodes that lack it. */
  group: string | null;
  /** By name, as asked for; null where there is no such number, as when a sum is beyond floats. */
  values: Record<string, number | null>;
}

/** Who said what when a quorum was asked for, and what that is worth. */
export interface QuorumAnswer {
  outcome: QuorumOutcome;
  /** The outcome in a sentence. */
  detail: string;
  wanted: number;
  agreed: readonly string[];
  newest: { generation: number; version: number } | null;
  votes: readonly QuorumVote[];
  unknownTo: readonly string[];
  failed: QuorumResult['failed'];
  tries: number;
  /** Requests and answers, each counted once. */
  messages: number;
  tookMs: number;
  /** Null when nobody holds anything. */
  staleness: Staleness | null;
}

export interface QueryAnswer extends Heading {
  /** Nodes of these statuses were looked at. */
  statuses: Status[];
  /** Empty when only aggregates were asked for, and when a quorum did not agree. */
  rows: QueryRow[];
  aggregates: AggregateRow[];
  quorum?: QuorumAnswer;
}

export interface MemberAnswer extends Omit<NodeAnswer, 'metrics'> {
  id: string;
  incarnation: number;
  /** Since when the status holds. */
  since: string;
}

export interface MembersAnswer extends Heading {
  members: MemberAnswer[];
}

/** A user's metric as the node took it, defaults filled in. */
export interface AcceptedMetric {
  name: string;
  value: number;
  unit: string;
  kind: MetricKind;
  description: string;
  priority: number;
  /** In the metric's unit, or relative such as `15%`. */
  delta: number | string;
  resolution: number;
}

export interface PublishAnswer {
  node: string;
  metrics: AcceptedMetric[];
}

export interface LeavingAnswer extends LeaveAnswer {
  node: string;
  leaving: true;
}

export interface HistoryAnswer {
  node: string;
  from: string;
  to: string;
  /** 0: samples as stored. */
  stepMs: number;
  /** The row limit was reached: narrow the range or widen the step to see the rest. */
  limited: boolean;
  /** One sentence, only while storing is in trouble: rows may be missing. */
  remark?: string;
  points: {
    node: string;
    metric: string;
    unit: string;
    at: string;
    min: number;
    avg: number;
    max: number;
    count: number;
  }[];
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

export interface ReadyAnswer {
  node: string;
  ready: boolean;
  checks: { gossip: Check; peers: Check; storage: Check; probes: Check };
  gossip: GossipStats;
  storage: StorageAnswer;
  /** Only where the platform has limits, as Cloudflare's has. */
  limits?: LimitsAnswer;
}

/** RFC 9457, with a stable `code` for programs. */
export interface ProblemAnswer {
  type: 'about:blank';
  title: string;
  status: number;
  detail: string;
  code: string;
}
