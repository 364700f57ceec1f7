// What the app needs from the node that it shows, as interfaces. A driver provides them; tests
// provide fakes.

import type { Moment } from '../../config/times.ts';
import type { ClusterView, LeaveNotice, MetricDefinition } from '../../core/model.ts';
import type { Random } from '../../core/random.ts';
import type { ProtocolSettings } from '../../core/settings.ts';
import type { Clock, ProbeRun, Reading, Store } from '../../ports.ts';
import type { Gate } from '../../signing/gate.ts';
import type {
  ConnectionsAnswer,
  GossipStats,
  LimitsAnswer,
  ListenersAnswer,
  MetricsAnswer,
} from '../answers/health-shapes.ts';

/** Why something was refused, as the asker is told it; `status` is HTTP's. */
export interface Refusal<Status extends number = number> {
  readonly status: Status;
  /** A stable word for programs, such as `foreign_cluster`. */
  readonly code: string;
  /** The same for every refusal of this code. */
  readonly title: string;
  /** One sentence: what is wrong here, and the fix. */
  readonly detail: string;
  /** When asking again makes sense; absent where nothing but another request helps. */
  readonly retryAfterSeconds?: number;
}

export type GossipAnswer =
  | { readonly ok: true; readonly body: Uint8Array }
  | ({ readonly ok: false } & Refusal<400 | 409 | 413 | 426 | 503>);

/** What a quorum takes beyond the node's own view. */
export interface PeerAccess {
  /**
   * The JSON that a GET of `path`, below a peer's address, brings; undefined for what is no JSON.
   * Rejects with an OperatingError when no answer comes in time, or a refusal (query/peers.ts).
   */
  ask(address: string, path: string, timeoutMs: number): Promise<unknown>;
  readonly random: Random;
  readonly settings: Pick<ProtocolSettings, 'roundMs' | 'maxRoundMs' | 'targetCount' | 'refreshMs'>;
}

/** A metric that a user posted. */
export interface PostedMetric {
  readonly definition: MetricDefinition;
  /** Of a family with labels: their values, in the order of its label names. */
  readonly labelValues?: readonly string[];
  /** When it ends; a span counts from each post. Null: never; absent: as it was posted before. */
  readonly expires?: Moment | null | undefined;
}

export interface UserMetrics {
  /** Adds metrics, all or none; the same definition again is fine. */
  define(posts: readonly PostedMetric[]): Refusal<409 | 429> | undefined;
  /** Wall clock, ms; undefined for what never expires. */
  expiresAt(name: string): number | undefined;
  /**
   * Lets a metric end everywhere, or all of a family; `measured`: it is the node's own and goes
   * on.
   */
  end(name: string): 'ended' | 'measured' | 'unknown';
  names(): readonly string[];
  counts(): MetricsAnswer;
}

export interface AppDependencies {
  readonly view: ClusterView;
  readonly clock: Clock;
  readonly store: Store;
  readonly peers: PeerAccess;
  /** Whom this node believes: opens gossip, and lets in who may change something. */
  readonly gate: Gate;
  /** What keeps this node from working with others, a sentence each with the fix. */
  peerProblems(): readonly string[];
  /** Last run of each probe. */
  probes(): readonly ProbeRun[];
  /**
   * Never rejects for what a peer sent; counts its own refusals. `caller` is the host that the body
   * came from.
   */
  gossip(body: Uint8Array, caller: string): Promise<GossipAnswer>;
  /** A gossip body that the app turned away before `gossip` saw it. */
  countRefusal(code: string): void;
  readonly userMetrics: UserMetrics;
  /** One refusal per reading that was not taken; empty when all were. */
  publish(readings: readonly Reading[]): readonly Refusal<400 | 409 | 503>[];
  /** Has a dead or left node forgotten on all nodes; says why it cannot be, if it cannot. */
  forget(id: string): 'unknown' | 'alive' | 'full' | undefined;
  /** Resolves when the leave is on its way, not when peers know it. */
  leave(notice: LeaveNotice): Promise<void>;
  stats(): GossipStats;
  listeners?(): ListenersAnswer;
  /** Absent where a platform has the connections. */
  connections?(): ConnectionsAnswer;
  /** Absent where the platform limits nothing by the day. */
  limits?(): LimitsAnswer;
  /** Each request that was refused, such as `GET /state`, and the host that it came from. */
  noteRefusal?(refusal: Refusal, request: string, caller: string): void;
  /** A fault of the program; the asker learns only that there was one. */
  reportError(error: unknown, request: string): void;
  /**
   * Names that a caller may use besides addresses, localhost and the node's own; absent: any, as
   * where a secret keeps strangers out.
   */
  readonly allowedHosts?: readonly string[] | undefined;
  /** Origins whose pages may read here, such as `https://wall.example.com`; `*`: any. */
  readonly allowedOrigins?: readonly string[] | undefined;
  /** Where a proxy mounts the node, such as `/priomon`; `/` when absent. */
  readonly basePath?: string;
  /** Largest request body read, bytes. */
  readonly maxBodyBytes: number;
}
