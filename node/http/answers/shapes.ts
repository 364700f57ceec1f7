// The shapes of what the routes answer, shared with the client; types only.

import type { Labels, MetricKind, Status } from '../../core/model.ts';
import type { QuorumOutcome, QuorumResult, QuorumVote } from '../query/quorum.ts';
import type { Staleness } from '../query/staleness.ts';
import type { FamilyAnswer, MetricLabels } from './family.ts';

/** One metric in `/state`, beside the `families` of the same answer. */
export interface HeldMetricAnswer extends MetricLabels, Partial<FamilyAnswer> {
  value: number;
  version: number;
  /** When its owner told this value: since then it has moved by less than the delta. */
  since: string;
  /** Absent where it is `since`, as it is of all nodes but the one that answers. */
  sampledAt?: string | undefined;
  /** Since the value was last found to hold. */
  ageMs: number;
  stale?: true | undefined;
  previousGeneration?: number | undefined;
}

/** One metric, with all that is known of it. */
export interface MetricAnswer extends FamilyAnswer, MetricLabels {
  value: number;
  version: number;
  /** When its owner told this value: since then it has moved by less than the delta. */
  since: string;
  /**
   * When the value was last found to hold: at its owner the last sample, elsewhere the last that
   * was told. ISO 8601, by the wall clock of the answering node.
   */
  sampledAt: string;
  /** Since `sampledAt`. */
  ageMs: number;
  /** Its owner should have sampled it since and did not: its probe fails or hangs. */
  stale?: true | undefined;
  /** Of the run that told it, while the node's present run has not told it yet. */
  previousGeneration?: number | undefined;
}

export interface LeaveAnswer {
  reason: string;
  returnsAt?: string;
}

export interface NodeAnswer {
  status: Status;
  /** When the answering node learned that status. ISO 8601, by its wall clock. */
  statusSince: string;
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
  metrics: Record<string, HeldMetricAnswer>;
}

/** By name; a metric tells itself where its own differs from it. */
export type Families = Record<string, FamilyAnswer>;

/** Who answers, and when. */
export interface Heading {
  /** The node that answers; `node` is always the one that is told of. */
  answeredBy: string;
  cluster: string;
  at: string;
}

/** A name in a question that nobody here knows. */
export interface UnknownName {
  kind: 'node' | 'metric' | 'label';
  name: string;
  /** The one that was meant, perhaps. */
  nearest?: string;
}

/** What every answer about many nodes may say at its end. */
export interface Closing {
  /** The rest, where it does not fit: a reference relative to the address that was asked. */
  next?: string;
  unknown?: UnknownName[];
}

export interface StateAnswer extends Heading, Closing {
  nodes: Record<string, NodeAnswer>;
  families: Families;
}

export interface OneNodeAnswer extends Heading, NodeAnswer {
  node: string;
  families: Families;
}

/** One metric of one node, as a row. */
export interface MetricRow extends MetricAnswer {
  node: string;
  status: Status;
  metric: string;
}

export interface OneMetricAnswer extends Heading, MetricRow {}

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

export interface QueryAnswer extends Heading, Closing {
  /** Nodes of these statuses were looked at. */
  statuses: Status[];
  /** Empty when only aggregates were asked for, and when a quorum did not agree. */
  rows: QueryRow[];
  aggregates: AggregateRow[];
  quorum?: QuorumAnswer;
  /** Nodes that match and have no row, for nobody told any metric of them yet. */
  withoutMetrics?: { node: string; status: Status }[];
}

export interface MemberAnswer extends Omit<NodeAnswer, 'metrics'> {
  node: string;
  incarnation: number;
}

export interface MembersAnswer extends Heading, Closing {
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
  delta: number | string;
  resolution: number;
  /** Present where it has labels: its name among all metrics, as in `/state`. */
  metric?: string | undefined;
  labels?: Labels | undefined;
  /** When it ends unless it is posted again; absent: never. */
  expiresAt?: string;
}

/** What was taken: all of the post, or it is refused as a whole. */
export interface PublishAnswer extends Heading {
  metrics: AcceptedMetric[];
}

export interface EndedAnswer extends Heading {
  /** Of the node that answers; it ends on all others too. */
  metric: string;
  ended: true;
}

/** Of the node that answers. */
export interface LeavingAnswer extends Heading, LeaveAnswer {
  leaving: true;
}

/** A dead node that is on its way to be forgotten by all. */
export interface ForgottenAnswer extends Heading {
  forgotten: string;
}

/** Whose eyes one line of a history is seen with, and how fine. */
export interface HistorySeries {
  node: string;
  metric: string;
  unit: string;
  /** `owner`: the answering node measured it; `peer`: it is as gossip brought it there. */
  seenBy: 'owner' | 'peer';
  /**
   * `samples`: each sample is a row. `changes`: a row is a value that moved by `delta` or was told
   * anew after `refreshMs`; in between the truth is within the delta. Absent where the answering
   * node no longer knows the metric.
   */
  stored?: 'samples' | 'changes';
  delta?: number | string;
  refreshMs?: number;
  /** A value that nobody told anew for so long is absent. */
  holdMs: number;
}

/** Null in a gap: nothing is known of that time. */
export interface HistoryPointAnswer {
  node: string;
  metric: string;
  unit: string;
  /** Start of the step, or the time of the sample. */
  at: string;
  min: number | null;
  /** Weighted by the time that each value held. */
  avg: number | null;
  max: number | null;
  /** Rows stored in the step; 0 where an earlier value holds. */
  count: number;
}

/** As the answering node saw it. */
export interface HistoryAnswer extends Heading {
  /** What the points span: narrower than asked for where less is stored, or more than fits. */
  from: string;
  to: string;
  /** 0: samples as stored. */
  stepMs: number;
  /** Points or rows were too many, and a note says what was left out. */
  limited: boolean;
  /** What was left out, which is earlier: a reference relative to the address that was asked. */
  next?: string;
  /** Sentences on what is not as it was asked for. */
  notes: string[];
  /** One sentence, only while the store is degraded: rows may be missing. */
  remark?: string;
  series: HistorySeries[];
  points: HistoryPointAnswer[];
}

/** RFC 9457, with a stable `code` for programs. */
export interface ProblemAnswer {
  type: 'about:blank';
  title: string;
  status: number;
  detail: string;
  code: string;
}
