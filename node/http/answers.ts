// The shapes of what the routes answer, shared with the client; types only.

import type { Labels, MetricKind, Status } from '../core/model.ts';
import type { GossipStats } from './dependencies.ts';

export interface MetricAnswer {
  value: number;
  unit: string;
  priority: number;
  version: number;
  /** ISO 8601, by the wall clock of the answering node. */
  sampledAt: string;
  ageMs: number;
}

export interface LeaveAnswer {
  reason: string;
  returnsAt?: string;
}

export interface NodeAnswer {
  status: Status;
  generation: number;
  /** Empty when the node takes no calls. */
  address: string;
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

export interface HistoryAnswer {
  node: string;
  from: string;
  to: string;
  /** 0: samples as stored. */
  stepMs: number;
  /** The row limit was reached: narrow the range or widen the step to see the rest. */
  limited: boolean;
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

export interface ReadyAnswer {
  node: string;
  ready: boolean;
  checks: { gossip: Check; storage: Check; probes: Check };
  gossip: GossipStats;
}

/** RFC 9457, with a stable `code` for programs. */
export interface ProblemAnswer {
  type: 'about:blank';
  title: string;
  status: number;
  detail: string;
  code: string;
}
