// One database connection that is opened when needed, brought to the newest schema, and opened
// anew after a failure that the connection may not outlive.

import type { Client, Config } from '@libsql/client';
import { OperatingError } from '../../errors.ts';
import type { Clock } from '../../ports.ts';
import { createMarks, type Marks } from './file-marks.ts';
import { migrate, refuseNewer, refuseOlder, schemaVersion } from './migrate.ts';
import { isFault, type Place } from './place.ts';
import { databaseName, describe, type Fixes, isPassing, problemOf } from './problems.ts';
import { NODE_SCHEMA, type Schema } from './schema.ts';

/** From `@libsql/client/sqlite3`, `/http` or `/web`: who composes knows what its system offers. */
export type CreateClient = (config: Config) => Client;

export interface ConnectionOptions {
  /** `file:PATH`, `:memory:`, or a server's `http(s)://` or `libsql://` address. */
  readonly url: string;
  readonly authToken?: string;
  readonly createClient: CreateClient;
  readonly clock: Clock;
  /** Runs before every attempt to open, to make the folder for example. */
  readonly prepare?: () => Promise<void>;
  /** Where the file lies; looked at before every write, and by who only reads before each read. */
  readonly place?: Place | undefined;
  /** Runs when a connection was opened, before anything else uses it. */
  readonly opened?: (client: Client) => Promise<void>;
  /** How long a local database waits for another writer, ms; it blocks its thread that long. */
  readonly busyTimeoutMs?: number;
  /** How long a server may take for one request, ms. */
  readonly requestTimeoutMs?: number;
  /** Each commit reaches the disk before it counts: not even loss of power takes it back. */
  readonly isDurable?: boolean;
  /** The tables it holds; absent: those of a node. */
  readonly schema?: Schema;
  /** Nothing is changed, not even an older schema: that is refused instead. */
  readonly isReadOnly?: boolean;
  /** Once closed, a local database is one file that a read-only disk can hold: no log beside it. */
  readonly endsAsOneFile?: boolean;
  /** What users are told to do about a problem, where a node's advice does not fit. */
  readonly fixes?: Fixes;
}

export interface Connection {
  readonly isLocal: boolean;
  /** Rejects with an OperatingError of one sentence. */
  use<Result>(work: (client: Client) => Promise<Result>): Promise<Result>;
  /** As `use`, for work that writes. */
  write<Result>(work: (client: Client) => Promise<Result>): Promise<Result>;
  close(): Promise<void>;
}

/** Must come before the first table; a page freed by retention then leaves the file again. */
const SHRINKING = 'PRAGMA auto_vacuum = INCREMENTAL';

const CACHE = 'PRAGMA cache_size = -1000';

/** WAL with NORMAL syncs once a checkpoint: a crash of the machine costs seconds, not the file. */
const TUNING = [
  'PRAGMA journal_mode = WAL',
  'PRAGMA synchronous = NORMAL',
  // The log comes on top of the file: a megabyte of it, not four.
  'PRAGMA wal_autocheckpoint = 256',
  'PRAGMA journal_size_limit = 1048576',
  CACHE,
];

const READING = ['PRAGMA query_only = ON', CACHE];

const DURABLE = 'PRAGMA synchronous = FULL';

/**
 * The native driver never ends a prepared statement that met a lock, and such a connection cannot
 * commit any more. Plain scripts end; so one of these finds a lock out before a statement can.
 */
const CAN_READ = 'SELECT 1 FROM sqlite_master';
const CAN_WRITE = 'BEGIN IMMEDIATE; COMMIT';

/** The driver closes a file only when its statements are collected; the log must not wait. */
const LAST_CHECKPOINT = 'PRAGMA wal_checkpoint(TRUNCATE)';
/** Brings what is in the log into the file, wherever that is now, and does without a log. */
const WITHOUT_LOG = `${LAST_CHECKPOINT}; PRAGMA journal_mode = DELETE`;

export const isLocalUrl = (url: string): boolean => /^(file:|:memory:)/.test(url);

function clientConfig(options: ConnectionOptions, isLocal: boolean): Config {
  const { url, authToken, busyTimeoutMs = 100, requestTimeoutMs = 5_000 } = options;
  // One connection: the settings below belong to a connection, and a store has one writer anyway.
  if (isLocal) return { url, concurrency: 1, timeout: busyTimeoutMs };
  const boundedFetch = (request: Request): Promise<Response> =>
    fetch(request, { signal: AbortSignal.timeout(requestTimeoutMs) });
  return { url, fetch: boundedFetch, ...(authToken === undefined ? {} : { authToken }) };
}

/** An open database, and how its file is told from one that another program put in its place. */
interface Opened {
  readonly client: Client;
  readonly marks: Marks | undefined;
}

async function openClient(options: ConnectionOptions, isLocal: boolean): Promise<Opened> {
  const { place } = options;
  await options.prepare?.();
  await place?.prepare();
  const client = options.createClient(clientConfig(options, isLocal));
  try {
    await setUp(client, options, isLocal);
    return { client, marks: place && (await createMarks(client, place)) };
  } catch (error) {
    // What stays open of a file holds locks on it, which would keep us out once it is sound again.
    await leave({ client, marks: undefined }, options);
    throw error;
  }
}

async function setUp(client: Client, options: ConnectionOptions, isLocal: boolean): Promise<void> {
  const { schema = NODE_SCHEMA, isReadOnly = false } = options;
  const name = databaseName(options.url);
  if (isLocal) await client.executeMultiple(CAN_READ);
  const version = await schemaVersion(client, schema);
  refuseNewer(version, name, schema);
  if (isReadOnly) {
    refuseOlder(version, name, schema);
    for (const pragma of isLocal ? READING : []) await client.execute(pragma);
    return;
  }
  if (isLocal && version === 0) await client.execute(SHRINKING);
  for (const pragma of isLocal ? TUNING : []) await client.execute(pragma);
  if (isLocal && options.isDurable) await client.execute(DURABLE);
  await migrate(client, name, options.clock.wallMs(), schema, version);
  await options.opened?.(client);
}

/** Throws an OperatingError when another process writes; the connection is then still good. */
async function waitForLock(client: Client, { url, fixes }: ConnectionOptions): Promise<void> {
  try {
    await client.executeMultiple(CAN_WRITE);
  } catch (error) {
    throw /SQLITE_BUSY/.test(describe(error)) ? problemOf(error, url, fixes) : error;
  }
}

/** Of a database that was moved or unmounted the connection writes to what nobody finds again. */
const isOutlived = (error: unknown): boolean => !isPassing(error) || isFault(error);

/** What was under way when the driver was closed. */
const isClosing = (error: unknown): boolean =>
  /CLIENT_CLOSED|(manually|was) closed/.test(describe(error));

/** Closes a connection that is not to be used any more; never rejects. */
async function leave({ client }: Opened, { place }: ConnectionOptions, why?: unknown) {
  const settle = async (): Promise<void> => {
    if (isFault(why)) {
      if (why.code === 'store_overwritten') await place?.discardLog();
      else await client.executeMultiple(WITHOUT_LOG);
    }
  };
  const close = async (): Promise<void> => {
    await settle().catch(() => undefined);
    client.close();
  };
  if (place === undefined) return close();
  await place.leave(close).catch(() => client.close());
}

export function createConnection(options: ConnectionOptions): Connection {
  const isLocal = isLocalUrl(options.url);
  const { place, isReadOnly = false } = options;
  let opening: Promise<Opened> | undefined;
  /** Why those were given up that others may still use. */
  const givenUp = new WeakMap<Opened, unknown>();
  let isClosed = false;

  const open = (): Promise<Opened> => {
    const attempt = openClient(options, isLocal);
    opening = attempt;
    attempt.catch(() => forget(attempt));
    return attempt;
  };

  const forget = (attempt: Promise<Opened>): boolean => {
    const isOurs = opening === attempt;
    if (isOurs) opening = undefined;
    return isOurs;
  };

  const explain = async (error: unknown): Promise<OperatingError> => {
    const problem = problemOf(error, options.url, options.fixes);
    return place === undefined ? problem : place.explain(problem).catch(() => problem);
  };

  const useOpened = async <Result>(work: (opened: Opened) => Promise<Result>): Promise<Result> => {
    if (isClosed) throw new OperatingError('store_closed', 'The store is closed.');
    try {
      const attempt = opening ?? open();
      const opened = await attempt;
      try {
        if (isReadOnly) await opened.marks?.check();
        return await work(opened);
      } catch (error) {
        // Two that use it may fail at once, the second because of the first.
        if (isClosing(error) && givenUp.has(opened)) throw givenUp.get(opened);
        if (isOutlived(error) && forget(attempt)) {
          givenUp.set(opened, error);
          await leave(opened, options, error);
        }
        throw error;
      }
    } catch (error) {
      throw await explain(error);
    }
  };

  return {
    isLocal,
    use: (work) => useOpened(({ client }) => work(client)),
    write: (work) =>
      useOpened(async ({ client, marks }) => {
        await marks?.check();
        if (isLocal) await waitForLock(client, options);
        return work(marks?.marked ?? client);
      }),
    async close() {
      isClosed = true;
      const opened = await opening?.catch(() => undefined);
      opening = undefined;
      if (opened === undefined) return;
      // A reader elsewhere may forbid the checkpoint; the log is then read at the next start.
      if (isLocal && !isReadOnly) {
        const last = options.endsAsOneFile ? WITHOUT_LOG : LAST_CHECKPOINT;
        await opened.client.executeMultiple(last).catch(() => undefined);
      }
      await leave(opened, options);
    },
  };
}
