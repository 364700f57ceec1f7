// The words of the protocol: metrics, members and what one node holds of them.
// Times are milliseconds on the local monotonic clock unless a name says `wall`.

/** The smallest change that is published. A relative one needs a floor: near 0 values chatter. */
export type Delta =
  | { readonly kind: 'absolute'; readonly change: number }
  | { readonly kind: 'relative'; readonly ratio: number; readonly floor: number };

export type MetricKind = 'gauge' | 'counter';

/** What is told once about a metric; two nodes with the same definition share it on the wire. */
export interface MetricDefinition {
  readonly name: string;
  /** `%`, `B/s`, `s`, … or empty for a plain number. */
  readonly unit: string;
  readonly kind: MetricKind;
  readonly description: string;
  /** 1 (least) … 255 (most); from `urgentPriority` on, changes do not wait for the round. */
  readonly priority: number;
  readonly delta: Delta;
  /** Values travel as integers of this size, in `unit`; far below the delta. */
  readonly resolution: number;
  /** Names of the labels that tell metrics of this family apart. */
  readonly labelNames?: readonly string[];
  /** Of one metric of a family with labels, whose `name` has them: the family, and their values. */
  readonly family?: string;
  readonly labelValues?: readonly string[];
}

/** Rank decides between updates of one (generation, incarnation): the higher one wins. */
export const STATUSES = ['alive', 'suspect', 'dead', 'left'] as const;
export type Status = (typeof STATUSES)[number];

export type Labels = Readonly<Record<string, string>>;

/** One metric of one node as a view holds it. */
export interface MetricReading {
  readonly definition: MetricDefinition;
  readonly value: number;
  /** The owner's counter at the publish. */
  readonly version: number;
  /**
   * When the value was last found to hold, on this machine's monotonic clock: of own metrics the
   * last sample, of others' the last that was told.
   */
  readonly sampledAt: number;
  /** When the owner last told it; in between, samples moved by less than the delta. */
  readonly toldAt: number;
  /** From then on the value counts as stale; absent while its owner has it from a living probe. */
  readonly staleAt?: number;
  /** Of the run that told it, when that is not the node's present one. */
  readonly previousGeneration?: number;
}

/** One node as a view holds it. */
export interface MemberReading {
  readonly id: string;
  readonly status: Status;
  /** Grows at every start of the node: `max(stored + 1, wall clock)`. */
  readonly generation: number;
  /** Raised by the node itself, to refute a false accusation. */
  readonly incarnation: number;
  /** URL peers reach it at; empty for a node that only calls out. */
  readonly address: string;
  readonly labels: Labels;
  /** Since when the status holds. */
  readonly statusSince: number;
  /** Given by a planned leave. */
  readonly leave?: LeaveNotice;
  /** When this node last learned anything from or about it. */
  readonly heardAt: number;
  /** Peer's wall clock minus ours, as exchanges show it; unknown until one did. */
  readonly skewMs?: number;
  readonly metrics: readonly MetricReading[];
}

export interface LeaveNotice {
  readonly reason: string;
  /** Wall clock, ms; absent when the node did not say when it returns. */
  readonly returnsAtWall?: number;
}

/** A small document that a node published, or that others keep for it. */
export interface FactReading {
  readonly author: string;
  readonly key: string;
  /** JSON. */
  readonly value: string;
  readonly priority: number;
  /** On this machine's monotonic clock; undefined for what lasts until it is taken back. */
  readonly endsAt: number | undefined;
  /** Others keep it until then, whatever becomes of its author. */
  readonly isKept: boolean;
}

/** A node without its metrics, which cost most: to read those of a large fleet takes long. */
export type MemberHead = Omit<MemberReading, 'metrics'>;

/** What a reader may ask of a node's view; a new object after each change would cost too much. */
export interface ClusterView {
  readonly selfId: string;
  readonly cluster: string;
  /** Grows by one at least at every change that a reader could see; good for an ETag. */
  readonly revision: number;
  /** With the metrics of all, which takes a second where a view is full: never for a question. */
  members(): MemberReading[];
  /** In the order of ids, as `members()` has them. */
  heads(): MemberHead[];
  /**
   * Of all families that members tell, each once, those that most metrics have first; one that
   * nobody tells any more may linger.
   */
  definitions(): MetricDefinition[];
  member(id: string): MemberReading | undefined;
  /** Facts whose key begins so, by author and key; each as its author told it last. */
  facts(prefix: string): FactReading[];
}
