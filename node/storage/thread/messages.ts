// What a node and its storage thread tell each other: numbered calls, and answers that carry the
// health of every store along.

import type {
  HistoryEvent,
  HistoryQuery,
  Identity,
  Sample,
  Store,
  StoreHealth,
} from '../../ports.ts';

/** A store as the thread builds it; plain data, for it crosses to another thread. */
export interface WorkerStoreOptions {
  /** `file:PATH`, `:memory:`, or a server's `http(s)://` or `libsql://` address. */
  readonly url: string;
  readonly authToken?: string;
  /** Whose eyes the events are seen with; matters where several nodes share a server. */
  readonly observer?: string;
  /** With a server: where rows wait for it. Absent: in memory, gone with the process. */
  readonly spool?: {
    /** `file:PATH`. */
    readonly url: string;
    /** Beyond it the oldest go, counted. */
    readonly maxBytes: number;
  };
  /** Samples and events older than this go, ms. */
  readonly retentionMs: number;
  /** Beyond it the oldest go first, whatever their age. */
  readonly maxBytes: number;
  readonly maxQueuedRows?: number;
  /** Time between two writes to the database, ms. */
  readonly flushMs?: number;
  readonly maxRetryMs?: number;
  readonly patienceMs?: number;
  readonly busyTimeoutMs?: number;
  readonly requestTimeoutMs?: number;
}

export type Request =
  | { readonly kind: 'open'; readonly store: number; readonly options: WorkerStoreOptions }
  | {
      readonly kind: 'record';
      readonly store: number;
      readonly samples: readonly Sample[];
      readonly events: readonly HistoryEvent[];
    }
  | { readonly kind: 'loadIdentity'; readonly store: number; readonly id: string }
  | { readonly kind: 'saveIdentity'; readonly store: number; readonly identity: Identity }
  | { readonly kind: 'history'; readonly store: number; readonly query: HistoryQuery }
  | { readonly kind: 'skew'; readonly store: number; readonly skewMs: number | undefined }
  | { readonly kind: 'flush' | 'close'; readonly store: number };

/** A file that is read: a database, or a spool with what waits for a server. */
export interface ReadSource {
  /** `file:PATH`. */
  readonly url: string;
  readonly isSpool: boolean;
}

/** What a question about the past is answered. */
export type Answered = Awaited<ReturnType<Store['history']>>;

/** To the thread that reads. */
export type ReadRequest =
  | { readonly kind: 'read'; readonly source: ReadSource; readonly query: HistoryQuery }
  /** `question`: the call that asked it. */
  | { readonly kind: 'stop'; readonly question: number };

export interface Call<Asked = Request> {
  readonly call: number;
  readonly request: Asked;
}

/** Of a call that needs a driver that did not load: its thread keeps half of it, and never can. */
export const NO_DRIVER = 'store_driver';

/** What became of a call, in any thread. */
export interface Outcome {
  readonly call: number;
  readonly value?: unknown;
  readonly error?: { readonly code: string; readonly message: string };
}

export interface Answer extends Outcome {
  readonly healths: readonly (readonly [store: number, health: StoreHealth])[];
}
