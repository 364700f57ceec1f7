// What waits to be written: samples and events in bounded queues, and the last identity of each
// node, which is never dropped.

import type { Client } from '@libsql/client';
import type { Clock, Identity, MembershipEvent, Sample } from '../ports.ts';
import { createRowQueue } from './queue.ts';
import { isStorableEvent, isStorableSample } from './rows.ts';
import { insertEvents, insertSamples, type Statement, upsertIdentity } from './schema.ts';

export interface BacklogOptions {
  readonly clock: Clock;
  /** Whose eyes the events are seen with; matters where several nodes share a server. */
  readonly observer?: string;
  /** Samples, and events, that wait at most; about 200 bytes of memory each. */
  readonly maxQueuedRows?: number;
}

export interface Backlog {
  addSamples(rows: readonly Sample[]): void;
  addEvents(rows: readonly MembershipEvent[]): void;
  /** Replaces what waits for the same id. */
  keepIdentity(identity: Identity): void;
  pendingIdentity(id: string): Identity | undefined;
  isEmpty(): boolean;
  /** Writes some of what waits in one transaction; what failed waits on. */
  writeSome(client: Client): Promise<void>;
  counts(): { queuedRows: number; writtenRows: number; droppedRows: number };
}

/** Rows of one transaction: some 10 ms of work, so that readers and other stores get a turn. */
const BATCH_ROWS = 2_000;

interface Rows {
  readonly samples: readonly Sample[];
  readonly events: readonly MembershipEvent[];
  readonly identities: readonly Identity[];
}

const statementsFor = (rows: Rows, observer: string, nowMs: number): Statement[] => [
  ...(rows.samples.length > 0 ? insertSamples(rows.samples) : []),
  ...(rows.events.length > 0 ? [insertEvents(rows.events, observer)] : []),
  ...rows.identities.map((identity) => upsertIdentity(identity, nowMs)),
];

export function createBacklog(options: BacklogOptions): Backlog {
  const { clock, observer = '', maxQueuedRows = 10_000 } = options;
  const samples = createRowQueue<Sample>(maxQueuedRows);
  const events = createRowQueue<MembershipEvent>(maxQueuedRows);
  const identities = new Map<string, Identity>();
  let writtenRows = 0;
  let unusableRows = 0;

  const usable = <Row>(rows: readonly Row[], isStorable: (row: Row) => boolean): Row[] => {
    const storable = rows.filter(isStorable);
    unusableRows += rows.length - storable.length;
    return storable;
  };

  return {
    addSamples: (rows) => samples.add(usable(rows, isStorableSample)),
    addEvents: (rows) => events.add(usable(rows, isStorableEvent)),
    keepIdentity: (identity) => void identities.set(identity.id, identity),
    pendingIdentity: (id) => identities.get(id),
    isEmpty: () => samples.length + events.length + identities.size === 0,
    async writeSome(client) {
      const rows: Rows = {
        samples: samples.take(BATCH_ROWS),
        events: events.take(BATCH_ROWS),
        identities: [...identities.values()],
      };
      try {
        await client.batch(statementsFor(rows, observer, clock.wallMs()), 'write');
      } catch (error) {
        samples.putBack(rows.samples);
        events.putBack(rows.events);
        throw error;
      }
      writtenRows += rows.samples.length + rows.events.length;
      for (const identity of rows.identities) {
        // A newer one may have come meanwhile; it waits for the next write.
        if (identities.get(identity.id) === identity) identities.delete(identity.id);
      }
    },
    counts: () => ({
      queuedRows: samples.length + events.length,
      writtenRows,
      droppedRows: samples.dropped + events.dropped + unusableRows,
    }),
  };
}
