// What an experiment leaves behind, as rows: one type a table of the results database. Times of a
// run are ms since its start, by the clock of its mode (virtual time when simulated).

/** `stopped`: somebody interrupted it; it can be resumed. */
export type ExperimentState = 'running' | 'done' | 'stopped' | 'failed';
export type RunState = 'running' | 'done' | 'stopped' | 'failed';
export type RunMode = 'simulate' | 'in-process' | 'emulate';

/** The machine and the versions that an experiment ran on. */
export interface MachineFacts {
  readonly cpu: string;
  readonly cores: number;
  readonly memoryBytes: number;
  readonly system: string;
  readonly runtime: string;
  readonly priomon: string;
}

export interface ExperimentRow {
  /** Given by the database. */
  readonly id: number;
  /** As its file says, or the file's name. */
  readonly name: string;
  readonly title: string;
  readonly description: string;
  /** What it is to find out, each a sentence. */
  readonly questions: readonly string[];
  /** The file's own text, so that a result says what it came from. */
  readonly source: string;
  /** Hash of the plan: `--resume` goes on only with the same one. */
  readonly planHash: string;
  readonly mode: RunMode;
  readonly seed: number;
  readonly plannedRuns: number;
  readonly state: ExperimentState;
  /** Wall clock, ms. */
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
  readonly machine: MachineFacts;
}

/** What was varied: one point of the experiment's grid. */
export interface PointColumns {
  readonly nodes: number;
  readonly roundMs: number;
  readonly maxRoundMs: number;
  readonly targetCount: number;
  /** `full`, `full-json`, `digest`, `strict`, `priomon`. */
  readonly strategy: string;
  readonly exchange: 'push-pull' | 'push' | 'pull';
  readonly budgetBytes: number;
  /** Name of the set of priorities and deltas. */
  readonly metricSet: string;
  readonly workload: string;
  /** Shares from 0 to 1. */
  readonly loss: number;
  readonly failureRate: number;
  /** One way, ms. */
  readonly minDelayMs: number;
  readonly maxDelayMs: number;
}

export interface RunRow extends PointColumns {
  readonly id: number;
  readonly experimentId: number;
  /** Position in the plan, from 0. */
  readonly number: number;
  /** Which of the repetitions of its point, from 1. */
  readonly repeat: number;
  readonly seed: number;
  readonly state: RunState;
  /** Wall clock, ms. */
  readonly startedAtMs: number;
  readonly endedAtMs: number | null;
  /** Measured time of the run's own clock, ms. */
  readonly lengthMs: number | null;
  /** A sentence when failed, or why its timing is not to be trusted; empty when all was well. */
  readonly remark: string;
  /** Whether rounds were kept: false marks a run whose machine was too slow for honest timing. */
  readonly isTimely: boolean;
}

/** One scalar result of a run; `label` is a metric, a priority, a phase, or empty. */
export interface MeasureRow {
  readonly runId: number;
  readonly name: string;
  readonly label: string;
  /** Null where it was looked for and does not exist: a view that never became full. */
  readonly value: number | null;
  readonly unit: string;
  /** Observations behind it. */
  readonly count: number;
}

export interface NodeRow {
  readonly runId: number;
  readonly node: string;
  readonly startedAtMs: number;
  /** When it first held values of every node; null when it never did. */
  readonly fullViewAtMs: number | null;
  readonly killedAtMs: number | null;
  readonly restartedAtMs: number | null;
  readonly rounds: number;
  readonly messages: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
  /** Processor time in the run; null where nodes share a process. */
  readonly cpuMs: number | null;
  readonly rssBytes: number | null;
  /** Worst lateness of its event loop, ms. */
  readonly lateMs: number;
}

/** One round of one node. */
export interface RoundRow {
  readonly runId: number;
  readonly node: string;
  readonly round: number;
  readonly atMs: number;
  readonly lengthMs: number;
  /** Nodes of which it holds values at the round's end. */
  readonly known: number;
  /** Nodes met for the first time, entries that were new, entries it held already. */
  readonly newNodes: number;
  readonly newEntries: number;
  readonly duplicates: number;
  readonly messages: number;
  readonly sentBytes: number;
  readonly receivedBytes: number;
}

/** What happened to the samples of one metric in one window of time, all nodes together. */
export interface TransmissionRow {
  readonly runId: number;
  readonly atMs: number;
  readonly windowMs: number;
  readonly metric: string;
  readonly priority: number;
  readonly sampled: number;
  readonly published: number;
  readonly filtered: number;
  /** Copies put into messages; of those that arrived, new ones and held ones. */
  readonly copies: number;
  readonly learned: number;
  readonly duplicates: number;
  /** Bytes of these copies. */
  readonly bytes: number;
}

/**
 * One change by the delta or more, and how far it came; refreshes, and samples that moved less, are
 * none. Where there are many, every second, fourth … of a priority.
 */
export interface UpdateRow {
  readonly runId: number;
  /** Among all changes of the measured time, those without a row counted too. */
  readonly number: number;
  readonly owner: string;
  readonly metric: string;
  readonly priority: number;
  readonly version: number;
  readonly publishedAtMs: number;
  /** Nodes that had it, or a newer value, in the end; of those that lived when it was published,
   * without those that died waiting. */
  readonly reached: number;
  readonly wanted: number;
  /** From publish until half, and all of the living, had it or a newer one; null: never. */
  readonly halfMs: number | null;
  readonly allMs: number | null;
  /** Put into messages by all nodes together, late and needless ones too. */
  readonly copies: number;
}

/** How one of the updates spread: a row for every node that it reached. */
export interface SpreadRow {
  readonly runId: number;
  readonly update: number;
  readonly node: string;
  /** Who brought it; the owner itself for the first row. */
  readonly from: string;
  /** Since the publish. */
  readonly afterMs: number;
  /** Rounds of the run's length since the publish, from 0. */
  readonly round: number;
}

export interface QueryRow {
  readonly runId: number;
  readonly number: number;
  readonly atMs: number;
  /** `before`, `failed` (nodes are down), `after` (restarted or healed). */
  readonly phase: string;
  readonly coordinator: string;
  readonly target: string;
  readonly isTargetAlive: boolean;
  readonly quorum: number;
  readonly isAnswered: boolean;
  /** Empty, or why not: `no_quorum`, `unknown`, `unreachable`, `timeout`. */
  readonly failure: string;
  readonly tries: number;
  readonly messages: number;
  readonly timeMs: number;
  /** How stale the answer says it may be, and how stale it was against the truth. */
  readonly statedStalenessMs: number | null;
  readonly trueStalenessMs: number | null;
}

export interface MembershipEventRow {
  readonly runId: number;
  readonly atMs: number;
  readonly observer: string;
  readonly subject: string;
  /** alive, suspect, dead, left, forgotten. */
  readonly status: string;
  /** Whether it was so: a `dead` about a living node is false. */
  readonly isTrue: boolean;
  /** Since what it tells of really happened; null when it did not happen. */
  readonly afterMs: number | null;
}

/** Distribution over what the watched nodes hold of all living ones, in one window of time. */
export interface SampleRow {
  readonly runId: number;
  readonly atMs: number;
  readonly windowMs: number;
  /**
   * `error`: |view − truth| in the metric's unit, the truth being what the owner measured last;
   * `error_deltas`: the same in deltas of the metric; `lag`: ms since the truth has been a delta or
   * more away from the view, 0 while it is nearer; of a value that is missing, since it exists.
   */
  readonly kind: 'error' | 'error_deltas' | 'lag';
  readonly metric: string;
  readonly priority: number;
  readonly count: number;
  readonly mean: number;
  readonly p50: number;
  readonly p95: number;
  readonly p99: number;
  readonly max: number;
}

/** All that one run may leave behind, by table. */
export interface RunRows {
  readonly measures: MeasureRow[];
  readonly nodes: NodeRow[];
  readonly rounds: RoundRow[];
  readonly transmissions: TransmissionRow[];
  readonly updates: UpdateRow[];
  readonly spreads: SpreadRow[];
  readonly queries: QueryRow[];
  readonly membershipEvents: MembershipEventRow[];
  readonly samples: SampleRow[];
}

/** Rows as a run makes them: the database knows the run's id. */
export type Fresh<Row> = Omit<Row, 'runId'>;
export type FreshRows = {
  readonly [Table in keyof RunRows]?: readonly Fresh<RunRows[Table][number]>[];
};

/** What a run found, in the order documents and pages list it. */
export const MEASURES = {
  full_view_ms: 'first moment at which every node held values of every other',
  full_view_rounds: 'the same in rounds of the configured length',
  update_p50_ms: 'from publish of a change until all living nodes had it, median (label: priority)',
  update_p95_ms: 'the same, 95th percentile',
  update_p99_ms: 'the same, 99th percentile',
  update_rounds:
    'mean rounds until all living nodes had a change, of those that came so far (label: priority)',
  messages: 'messages a node sent in a second',
  body_bytes: 'encoded bytes a node sent in a second',
  wire_bytes: 'bytes a node sent in a second with the headers of HTTP, TCP and IP',
  floor_bytes: 'bytes a node would send in a second at 7 a published entry and node that needs it',
  copies: 'copies of entries put into messages, per node that needed one; below 1 when overtaken',
  published: 'entries published in a second, all nodes together (label: metric)',
  filtered: 'share of samples that were not published (label: metric)',
  error: 'mean |view − last measured value| in the unit of the metric (label: metric)',
  error_p95: 'the same, 95th percentile',
  error_deltas: 'mean |view − last measured value| in deltas (label: metric)',
  lag_p50_ms: 'how long view and truth have been a delta or more apart, median (label: priority)',
  lag_p95_ms: 'the same, 95th percentile',
  lag_p99_ms: 'the same, 99th percentile',
  cpu: 'processor a node used, share of one core',
  rss_bytes: 'memory of a node process',
  query_success: 'share of queries that were answered (label: phase)',
  query_messages: 'messages of a query, mean (label: phase)',
  query_ms: 'time of a query, mean (label: phase)',
  query_staleness_ms: 'since when the owner had published something newer, mean (label: phase)',
  detection_ms: 'from a death until every living node said so, mean of deaths that all noticed',
  detection_first_ms: 'from a death until the first node said so, mean',
  false_deaths: 'how often a node took a living one for dead, partitions apart',
  recovery_ms: 'from the heal or restart until every view was full and alive again',
} as const;

export type MeasureName = keyof typeof MEASURES;
