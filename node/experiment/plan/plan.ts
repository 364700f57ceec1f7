// What an experiment is, once its file has been read: a grid of points, each run several times.

import type { toProtocolSettings } from '../../config/protocol.ts';
import type { LogLevel } from '../../config/schema.ts';
import type { MetricDefinition } from '../../core/model.ts';
import type { ProtocolSettings } from '../../core/settings.ts';
import type { PointColumns, RunMode } from '../../storage/results/rows.ts';

export const STRATEGY_NAMES = ['full', 'full-json', 'digest', 'strict', 'priomon'] as const;
export type StrategyName = (typeof STRATEGY_NAMES)[number];

export const EXCHANGES = ['push-pull', 'push', 'pull'] as const;
export type ExchangeDirection = (typeof EXCHANGES)[number];

/** Priorities and deltas under one name, to compare sets of them. */
export interface MetricSet {
  readonly name: string;
  readonly metrics: readonly MetricDefinition[];
}

export const WORKLOAD_KINDS = [
  'machine',
  'random-walk',
  'bursts',
  'diurnal',
  'step',
  'flapping',
  'trace',
] as const;
export type WorkloadKind = (typeof WORKLOAD_KINDS)[number];

export interface WorkloadSpec {
  readonly kind: WorkloadKind;
  /** Times as many changes, or as large ones, as the workload's own; 1 is as it comes. */
  readonly intensity: number;
  /** CSV file, or URL of a node whose history is replayed; for `trace` alone. */
  readonly source?: string;
}

/** A share of the nodes on one side, cut off from the others for a while. */
export interface PartitionSpec {
  readonly share: number;
  /** Since the start of the measured time. */
  readonly atMs: number;
  readonly forMs: number;
}

/** Nodes die at `atMs`: processes are killed (`crash`) or machines fall silent (`vanish`). */
export interface FailureSpec {
  /** Since the start of the measured time. */
  readonly atMs: number;
  readonly how: 'crash' | 'vanish';
  /** The dead come back after so long; absent: never. */
  readonly restartAfterMs?: number;
}

export interface QuerySpec {
  /** Queries in each phase of a run: before failures, while nodes are down, after their return. */
  readonly count: number;
  readonly quorum: number;
  /** Tries of one query at most. */
  readonly tries: number;
}

/**
 * Settings of the protocol that no grid varies, under their names in files. Absent ones that follow
 * the round are worked out for each point.
 */
export type ProtocolChoices = Omit<
  Parameters<typeof toProtocolSettings>[0],
  'round' | 'max_round' | 'target_count' | 'budget' | 'max_members' | 'max_view'
> & { readonly max_members?: number | undefined; readonly max_view?: number | undefined };

/** Room in a view for each node: enough for some 60 metrics. */
export const MEMBER_ROOM_BYTES = 8_192;

/** The file's settings past all checks. Times are ms, shares 0–1. */
export interface Plan {
  readonly name: string;
  readonly title: string;
  readonly description: string;
  readonly questions: readonly string[];
  readonly mode: RunMode;
  readonly seed: number;
  /** Repetitions of every point. */
  readonly runs: number;
  /** Every combination of these is a point. */
  readonly grid: {
    readonly nodes: readonly number[];
    readonly roundMs: readonly number[];
    readonly targetCount: readonly number[];
    readonly strategy: readonly StrategyName[];
    readonly exchange: readonly ExchangeDirection[];
    readonly budgetBytes: readonly number[];
    readonly metricSet: readonly MetricSet[];
    readonly workload: readonly WorkloadSpec[];
    readonly loss: readonly number[];
    readonly failureRate: readonly number[];
  };
  /** `maxRoundRounds`: a calm round stretches to so many rounds; 1 for fixed rounds. */
  readonly maxRoundRounds: number;
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
  /** What nodes know when they start: a seed, or everything, as after a long run. */
  readonly start: 'cold' | 'settled';
  /** How long nodes may take to know all; what is not full by then is recorded so. */
  readonly convergenceLimitMs: number;
  /** Measured time after the full view, or after its limit; 0 ends a run at convergence. */
  readonly measureMs: number;
  readonly failure: FailureSpec;
  readonly partition?: PartitionSpec;
  readonly queries?: QuerySpec;
  /** Sampling period of every node. */
  readonly sampleMs: number;
  /** Emulated nodes listen from the port after this on. */
  readonly basePort: number;
  /** Whether each round of each node becomes a row of the results. */
  readonly keepsRounds: boolean;
  /** Whether real nodes store samples in databases of their own, as they do in use. */
  readonly storesSamples: boolean;
  /** What real nodes tell on standard error. */
  readonly logLevel: LogLevel;
  readonly protocol: ProtocolChoices;
}

/** One point of the grid with its own choices. */
export interface Point {
  readonly nodes: number;
  readonly roundMs: number;
  readonly targetCount: number;
  readonly strategy: StrategyName;
  readonly exchange: ExchangeDirection;
  readonly budgetBytes: number;
  readonly metricSet: MetricSet;
  readonly workload: WorkloadSpec;
  readonly loss: number;
  readonly failureRate: number;
}

/** All that one run needs to be told. */
export interface RunSpec {
  /** Position in the plan, from 0. */
  readonly number: number;
  readonly repeat: number;
  /** The same for every strategy, set and direction, so that they meet the same faults. */
  readonly seed: number;
  readonly plan: Plan;
  readonly point: Point;
  /** The point's settings for every node. */
  readonly settings: ProtocolSettings;
}

/** Kind, intensity and source in one word or two, so that no two of a plan look alike. */
export const labelOf = ({ kind, intensity, source }: WorkloadSpec): string =>
  [kind, ...(intensity === 1 ? [] : [`×${intensity}`]), ...(source ? [source] : [])].join(' ');

export const columnsOf = ({ plan, point, settings }: RunSpec): PointColumns => ({
  nodes: point.nodes,
  roundMs: point.roundMs,
  maxRoundMs: settings.maxRoundMs,
  targetCount: point.targetCount,
  strategy: point.strategy,
  exchange: point.exchange,
  budgetBytes: point.budgetBytes,
  metricSet: point.metricSet.name,
  workload: labelOf(point.workload),
  loss: point.loss,
  failureRate: point.failureRate,
  minDelayMs: plan.minDelayMs,
  maxDelayMs: plan.maxDelayMs,
});
