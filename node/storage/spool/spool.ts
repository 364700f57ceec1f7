// Rows on their way to a server, kept in a local file until the server has them: first in, first
// out, whatever ends in between. Beyond its size the oldest go, counted.

import type { Client } from '@libsql/client';
import type { History, HistoryQuery, Identity } from '../../ports.ts';
import type { Rows } from '../database/backlog.ts';
import { type ConnectionOptions, createConnection } from '../database/connection.ts';
import { toIdentity } from '../database/rows.ts';
import { selectIdentity, upsertIdentity } from '../database/schema.ts';
import { createLogTender } from '../retention/log-tender.ts';
import { giveBack, measureSize } from '../retention/retention.ts';
import { readWaiting } from './history.ts';
import * as sql from './schema.ts';

export interface SpoolOptions
  extends Pick<ConnectionOptions, 'url' | 'createClient' | 'clock' | 'place'> {
  /** Of the file, its log not counted. */
  readonly maxBytes: number;
}

/** The oldest rows that wait, for one request. */
export interface Waiting extends Pick<Rows, 'samples' | 'events'> {
  readonly lastId: number;
  readonly rows: number;
}

export interface SpoolCounts {
  readonly rows: number;
  readonly droppedRows: number;
  /** When the oldest row came, wall clock, ms; 0 while none waits. */
  readonly sinceMs: number;
}

/** Every method that answers a promise rejects with an OperatingError when the file fails. */
export interface Spool {
  readonly url: string;
  /** Finds out what an earlier process left; later, whether the file is still the same. */
  open(): Promise<void>;
  /** Once it resolves, not even loss of power takes these rows back. */
  append(rows: Rows): Promise<void>;
  /** Undefined when nothing waits. */
  oldest(): Promise<Waiting | undefined>;
  /** The server has these; they leave the file with the next write. */
  acknowledge(waiting: Waiting): void;
  /** Deletes what is acknowledged. */
  tidy(): Promise<void>;
  saveIdentity(identity: Identity): Promise<void>;
  loadIdentity(id: string): Promise<Identity | undefined>;
  /** Of the rows that wait. */
  history(query: HistoryQuery): Promise<History>;
  counts(): SpoolCounts;
  /** What is amiss although rows are taken. */
  problem(): string | undefined;
  close(): Promise<void>;
}

/**
 * Bounds of one request: as many rows as a server writes in some 10 ms, and few enough bytes to
 * pass a line of 128 kbit/s within the time that a request may take.
 */
const REQUEST_ROWS = 2_000;
const REQUEST_BYTES = 64 * 1024;

/** A file that grew beyond this in an outage gives space back when it is closed, bytes. */
const KEPT_BYTES = 2 ** 20;

export function createSpool({ maxBytes, ...options }: SpoolOptions): Spool {
  const { clock, url } = options;
  /** All up to this record may go: the server has it. */
  let acknowledgedId = 0;
  /** A request with the records up to here is under way, or was last; they are not dropped. */
  let sentId = 0;
  let lastId = 0;
  let waitingRows = 0;
  let droppedRows = 0;
  let sinceMs = 0;

  const learn = async (client: Client): Promise<void> => {
    const [row] = (await client.execute(sql.selectWaiting(acknowledgedId))).rows;
    waitingRows = Number(row?.waitingRows);
    sinceMs = Number(row?.sinceMs);
    lastId = Math.max(lastId, Number(row?.lastId));
  };
  /** Also after a file that was lost, with what waited in it. */
  const opened = async (client: Client): Promise<void> => {
    const before = waitingRows;
    await learn(client);
    droppedRows += Math.max(0, before - waitingRows);
  };
  const kind = { schema: sql.SPOOL_SCHEMA, isDurable: true };
  const connection = createConnection({ ...options, ...kind, opened });
  const log = createLogTender({ ...options, maxBytes });

  const keepWithin = async (client: Client): Promise<void> => {
    for (;;) {
      const { usedBytes } = await measureSize(client);
      if (usedBytes <= maxBytes) return;
      const after = Math.max(acknowledgedId, sentId);
      const dropped = await client.execute(sql.deleteOldestAfter(after));
      if (dropped.rows.length === 0) return;
      for (const { rowCount } of dropped.rows) droppedRows += Number(rowCount);
      await learn(client);
    }
  };

  return {
    url,
    open: () => (log.isDue() ? connection.write(log.tend) : connection.use(async () => undefined)),
    append: ({ samples, events }) =>
      connection.write(async (client) => {
        // First, for nothing may come between a record and its being counted.
        await log.tend(client).then(() => log.makeRoom(client));
        const nowMs = clock.wallMs();
        const record = sql.insertRecord({ samples, events }, nowMs, lastId);
        const [, inserted] = await client.batch([sql.deleteUpTo(acknowledgedId), record], 'write');
        lastId = Number(inserted?.rows[0]?.id);
        if (waitingRows === 0) sinceMs = nowMs;
        waitingRows += samples.length + events.length;
        await keepWithin(client);
      }),
    oldest: () =>
      connection.use(async (client) => {
        if (waitingRows === 0) return undefined;
        const bounds = [REQUEST_ROWS, REQUEST_BYTES] as const;
        const { rows } = await client.execute(sql.selectOldest(acknowledgedId, ...bounds));
        // The file was lost and begun anew while a request was under way: nothing waits in it.
        if (rows.length === 0) {
          waitingRows = 0;
          return undefined;
        }
        sentId = Number(rows.at(-1)?.id ?? sentId);
        sinceMs = Number(rows[0]?.queuedAtMs ?? sinceMs);
        return {
          samples: rows.flatMap((row) => sql.decodeSamples(String(row.samples))),
          events: rows.flatMap((row) => sql.decodeEvents(String(row.events))),
          lastId: sentId,
          rows: rows.reduce((sum, row) => sum + Number(row.rowCount), 0),
        };
      }),
    acknowledge(waiting) {
      acknowledgedId = waiting.lastId;
      waitingRows = Math.max(0, waitingRows - waiting.rows);
      // What was damaged in the file never got to the server.
      droppedRows += waiting.rows - waiting.samples.length - waiting.events.length;
    },
    tidy: () =>
      connection.write(async (client) => {
        await client.execute(sql.deleteUpTo(acknowledgedId));
        const { fileBytes, usedBytes } = await measureSize(client);
        if (fileBytes > usedBytes + KEPT_BYTES) await giveBack(client);
      }),
    saveIdentity: (identity) =>
      connection.write(async (client) => {
        await client.execute(upsertIdentity(identity, clock.wallMs()));
      }),
    loadIdentity: (id) =>
      connection.use(async (client) => {
        return toIdentity(id, (await client.execute(selectIdentity(id))).rows[0]);
      }),
    history: (query) => connection.use((client) => readWaiting(client, query)),
    counts: () => ({ rows: waitingRows, droppedRows, sinceMs: waitingRows === 0 ? 0 : sinceMs }),
    problem: log.problem,
    close: () => connection.close(),
  };
}
