// The store of a Durable Object, in its own SQLite: samples wait for the end of a round and are
// written together.

import { isLaterRun } from '../../core/membership/generation.ts';
import type { HistoryEvent, Identity, Sample, Store } from '../../ports.ts';
import { isStorableEvent, isStorableSample } from '../../storage/database/rows.ts';
import type { ObjectStorage } from '../platform.ts';
import { createPacks } from './packs.ts';

export interface EdgeStoreOptions {
  readonly storage: ObjectStorage;
  readonly wallMs: () => number;
  readonly retentionMs: number;
  /** Of the whole database; the oldest samples go first. */
  readonly maxBytes: number;
  /** Told how many rows were written, for they are counted by the day. */
  readonly onRows: (rows: number) => void;
}

export interface EdgeStore extends Store {
  /** Writes what waits, now; never throws. */
  write(): void;
}

/** Samples that wait at most, and events; about an hour of a hundred calm nodes. */
const MAX_WAITING = 10_000;
/** What is too old, or too much, is looked for this often. */
const SWEEP_MS = 600_000;
/** Addresses of peers are a help to come back, no more: one write of them lasts so long. */
const IDENTITY_MS = 600_000;

export function createEdgeStore(options: EdgeStoreOptions): EdgeStore {
  const { storage, wallMs, retentionMs, maxBytes, onRows } = options;
  const packs = createPacks(storage, onRows);
  const waiting: Sample[] = [];
  const waitingEvents: HistoryEvent[] = [];
  let sweptAt = Number.NEGATIVE_INFINITY;
  let writtenRows = 0;
  let droppedRows = 0;
  let databaseBytes = 0;
  let problem: string | undefined;
  let isClosed = false;
  const identities = createIdentities(options);

  /** Counts what no database could hold as dropped, and returns the rest. */
  const admit = <Row>(rows: readonly Row[], isStorable: (row: Row) => boolean): Row[] => {
    const usable = isClosed ? [] : rows.filter(isStorable);
    droppedRows += rows.length - usable.length;
    return usable;
  };
  const keepNewest = (rows: unknown[]): void => {
    const tooMany = Math.max(0, rows.length - MAX_WAITING);
    rows.splice(0, tooMany);
    droppedRows += tooMany;
  };
  const attempt = (work: () => void): void => {
    try {
      work();
      problem = undefined;
    } catch (error) {
      const why = error instanceof Error ? error.message : String(error);
      problem = `The object's storage takes no samples: ${why}`;
    }
  };
  const writeAll = (): void => {
    const rows = waiting.length + waitingEvents.length;
    if (rows > 0) packs.append(waiting, waitingEvents);
    writtenRows += rows;
    waiting.length = 0;
    waitingEvents.length = 0;
    if (wallMs() - sweptAt >= SWEEP_MS) {
      packs.sweep(wallMs() - retentionMs, maxBytes);
      sweptAt = wallMs();
    }
    databaseBytes = storage.sql.databaseSize;
  };
  const write = (): void => {
    if (!isClosed) attempt(writeAll);
  };
  return {
    write,
    loadIdentity: async (id) => identities.load(id),
    async saveIdentity(identity) {
      if (!isClosed) attempt(() => identities.save(identity));
    },
    recordSamples(rows) {
      waiting.push(...admit(rows, isStorableSample));
      keepNewest(waiting);
    },
    recordEvents(rows) {
      waitingEvents.push(...admit(rows, isStorableEvent));
      keepNewest(waitingEvents);
    },
    history: async (query) => packs.ask(query),
    health: () => ({
      state: isClosed ? 'off' : problem === undefined ? 'ok' : 'degraded',
      ...(problem !== undefined && !isClosed && { problem }),
      queuedRows: waiting.length + waitingEvents.length,
      ...{ writtenRows, droppedRows, databaseBytes },
    }),
    flush: async () => write(),
    async close() {
      write();
      if (!isClosed) attempt(identities.write);
      isClosed = true;
    },
  };
}

interface Written {
  readonly identity: Identity;
  readonly atMs: number;
}

/** Writes a later run at once, and addresses of peers now and then. */
function createIdentities({ storage, wallMs, onRows }: EdgeStoreOptions) {
  const keyOf = (id: string): string => `identity/${id}`;
  const latest = new Map<string, Identity>();
  const written = (id: string): Written | undefined => storage.kv.get<Written>(keyOf(id));
  const load = (id: string): Identity | undefined => latest.get(id) ?? written(id)?.identity;
  const put = (identity: Identity): void => {
    storage.kv.put(keyOf(identity.id), { identity, atMs: wallMs() } satisfies Written);
    onRows(1);
  };
  return {
    load,
    save(identity: Identity): void {
      const before = load(identity.id);
      if (before !== undefined && isLaterRun(before, identity)) return;
      latest.set(identity.id, identity);
      const last = written(identity.id);
      const isLater = last?.identity.generation !== identity.generation;
      const isOther = JSON.stringify(last?.identity.facts) !== JSON.stringify(identity.facts);
      if (isLater || isOther || wallMs() - last.atMs >= IDENTITY_MS) put(identity);
    },
    write(): void {
      for (const identity of latest.values()) put(identity);
    },
  };
}
