// What waits to be written: samples and events in bounded queues, and the last identity of each
// node, which is never dropped.

import type { Clock, HistoryEvent, Identity, Sample } from '../../ports.ts';
import { createRowQueue } from './row-queue.ts';
import { isStorableEvent, isStorableSample } from './rows.ts';
import { insertEvents, insertSamples, type Statement, upsertIdentity } from './schema.ts';

export interface BacklogOptions {
  readonly clock: Clock;
  /** Whose eyes the events are seen with; matters where several nodes share a server. */
  readonly observer?: string;
  /** Samples, and events, that wait at most; about 200 bytes of memory each. */
  readonly maxQueuedRows?: number;
  /**
   * Told with every row that comes while half of that waits, or some hundreds: the time to write is
   * now.
   */
  readonly onFill?: () => void;
  /** Between two transactions: lets all else that the thread has to do have its turn. */
  readonly turn?: () => Promise<void>;
}

/** What one transaction writes. */
export interface Rows {
  readonly samples: readonly Sample[];
  readonly events: readonly HistoryEvent[];
  readonly identities: readonly Identity[];
}

/** Writes some rows, all or none of them. */
export type WriteRows = (rows: Rows) => Promise<void>;

export interface Backlog {
  addSamples(rows: readonly Sample[]): void;
  addEvents(rows: readonly HistoryEvent[]): void;
  /** Replaces what waits for the same id. */
  keepIdentity(identity: Identity): void;
  pendingIdentity(id: string): Identity | undefined;
  isEmpty(): boolean;
  /**
   * Hands what waits to `write`, the oldest first, a transaction at a time; what it did not write
   * waits on, and so does what comes meanwhile.
   */
  passOn(write: WriteRows): Promise<void>;
  /** How long the oldest row may have been waiting, ms. */
  oldestMs(): number;
  /** `unusableRows` are some of the dropped. */
  counts(): {
    queuedRows: number;
    passedRows: number;
    droppedRows: number;
    unusableRows: number;
  };
}

/** Rows of one transaction: some 10 ms of work, so that readers and other stores get a turn. */
const BATCH_ROWS = 2_000;
/** More than these wait for no timer: rows that wait long outlive cheap collections of garbage. */
const HURRY_ROWS = 500;
/** A few seconds of a flood: no stall of a disk is that long, and no node has more to tell. */
export const MAX_QUEUED_ROWS = 20_000;

/** Repeating them changes nothing. */
export const statementsFor = (rows: Rows, observer: string, nowMs: number): Statement[] => [
  ...(rows.samples.length > 0 ? insertSamples(rows.samples) : []),
  ...insertEvents(rows.events, observer),
  ...rows.identities.map((identity) => upsertIdentity(identity, nowMs)),
];

/** The last identity of each node until it is written; a newer one may come meanwhile. */
export function createIdentities() {
  const waiting = new Map<string, Identity>();
  return {
    keep: (identity: Identity): void => void waiting.set(identity.id, identity),
    find: (id: string): Identity | undefined => waiting.get(id),
    all: (): Identity[] => [...waiting.values()],
    written(identities: readonly Identity[]): void {
      for (const identity of identities) {
        if (waiting.get(identity.id) === identity) waiting.delete(identity.id);
      }
    },
  };
}

export function createBacklog(options: BacklogOptions): Backlog {
  const { clock, maxQueuedRows = MAX_QUEUED_ROWS, onFill } = options;
  const { turn = () => Promise.resolve() } = options;
  const samples = createRowQueue<Sample>(maxQueuedRows);
  const events = createRowQueue<HistoryEvent>(maxQueuedRows);
  const identities = createIdentities();
  let emptyAtMs = clock.monotonicMs();
  let passedRows = 0;
  let unusableRows = 0;
  let underWayRows = 0;
  const queuedRows = (): number => samples.length + events.length;
  const isEmpty = (): boolean => queuedRows() + identities.all().length === 0;

  const usable = <Row>(rows: readonly Row[], isStorable: (row: Row) => boolean): Row[] => {
    if (queuedRows() + underWayRows === 0) emptyAtMs = clock.monotonicMs();
    const storable = rows.filter(isStorable);
    unusableRows += rows.length - storable.length;
    return storable;
  };

  const fill = Math.min(maxQueuedRows / 2, HURRY_ROWS);
  const lookAtFill = ({ length }: { readonly length: number }): void => {
    if (length >= fill) onFill?.();
  };

  /** Answers how many rows that were. */
  const passSome = async (write: WriteRows): Promise<number> => {
    const rows: Rows = {
      samples: samples.take(BATCH_ROWS),
      events: events.take(BATCH_ROWS),
      identities: identities.all(),
    };
    underWayRows = rows.samples.length + rows.events.length;
    try {
      await write(rows);
      passedRows += underWayRows;
    } catch (error) {
      samples.putBack(rows.samples);
      events.putBack(rows.events);
      throw error;
    } finally {
      underWayRows = 0;
    }
    identities.written(rows.identities);
    return rows.samples.length + rows.events.length;
  };

  return {
    addSamples(rows) {
      samples.add(usable(rows, isStorableSample));
      lookAtFill(samples);
    },
    addEvents(rows) {
      events.add(usable(rows, isStorableEvent));
      lookAtFill(events);
    },
    keepIdentity: identities.keep,
    pendingIdentity: identities.find,
    isEmpty,
    async passOn(write) {
      let rows = queuedRows();
      while (!isEmpty()) {
        rows -= await passSome(write);
        if (rows <= 0) return;
        await turn();
      }
    },
    oldestMs: () => (queuedRows() + underWayRows === 0 ? 0 : clock.monotonicMs() - emptyAtMs),
    counts: () => ({
      queuedRows: queuedRows() + underWayRows,
      passedRows,
      droppedRows: samples.dropped + events.dropped + unusableRows,
      unusableRows,
    }),
  };
}
