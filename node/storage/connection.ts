// One database connection that is opened when needed, brought to the newest schema, and opened
// anew after a failure that the connection may not outlive.

import type { Client, Config } from '@libsql/client';
import { OperatingError } from '../errors.ts';
import type { Clock } from '../ports.ts';
import { migrate, refuseNewer, refuseOlder, schemaVersion } from './migrate.ts';
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
  /** Runs before every write; rejects when the file that was opened is not there any more. */
  readonly check?: () => Promise<void>;
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

/** WAL with NORMAL syncs once a checkpoint: a crash of the machine costs seconds, not the file. */
const TUNING = [
  'PRAGMA journal_mode = WAL',
  'PRAGMA synchronous = NORMAL',
  // The log comes on top of the file: a megabyte of it, not four.
  'PRAGMA wal_autocheckpoint = 256',
  'PRAGMA journal_size_limit = 1048576',
  'PRAGMA cache_size = -1000',
];

const DURABLE = 'PRAGMA synchronous = FULL';

/**
 * The native driver never ends a prepared statement that met a lock, and such a connection cannot
 * commit any more. Plain scripts end; so one of these finds a lock out before a statement can.
 */
const CAN_READ = 'SELECT 1 FROM sqlite_master';
const CAN_WRITE = 'BEGIN IMMEDIATE; COMMIT';

/** The driver closes a file only when its statements are collected; the log must not wait. */
const LAST_CHECKPOINT = 'PRAGMA wal_checkpoint(TRUNCATE)';
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

async function openClient(options: ConnectionOptions, isLocal: boolean): Promise<Client> {
  await options.prepare?.();
  const { schema = NODE_SCHEMA, isReadOnly = false } = options;
  const name = databaseName(options.url);
  const client = options.createClient(clientConfig(options, isLocal));
  try {
    if (isLocal) await client.executeMultiple(CAN_READ);
    const version = await schemaVersion(client, schema);
    refuseNewer(version, name, schema);
    if (isReadOnly) {
      refuseOlder(version, name, schema);
      if (isLocal) await client.execute('PRAGMA query_only = ON');
      return client;
    }
    if (isLocal && version === 0) await client.execute(SHRINKING);
    for (const pragma of isLocal ? TUNING : []) await client.execute(pragma);
    if (isLocal && options.isDurable) await client.execute(DURABLE);
    await migrate(client, name, options.clock.wallMs(), schema, version);
    await options.opened?.(client);
    return client;
  } catch (error) {
    client.close();
    throw error;
  }
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
const isOutlived = (error: unknown): boolean =>
  !isPassing(error) || (error instanceof OperatingError && error.code === 'store_gone');

export function createConnection(options: ConnectionOptions): Connection {
  const isLocal = isLocalUrl(options.url);
  let opening: Promise<Client> | undefined;
  let isClosed = false;

  const open = (): Promise<Client> => {
    const attempt = openClient(options, isLocal);
    opening = attempt;
    attempt.catch(() => forget(attempt));
    return attempt;
  };

  const forget = (attempt: Promise<Client>): void => {
    if (opening === attempt) opening = undefined;
  };

  const use: Connection['use'] = async (work) => {
    if (isClosed) throw new OperatingError('store_closed', 'The store is closed.');
    try {
      const attempt = opening ?? open();
      const client = await attempt;
      try {
        return await work(client);
      } catch (error) {
        if (isOutlived(error)) {
          forget(attempt);
          client.close();
        }
        throw error;
      }
    } catch (error) {
      throw problemOf(error, options.url, options.fixes);
    }
  };

  return {
    isLocal,
    use,
    write: (work) =>
      use(async (client) => {
        await options.check?.();
        if (isLocal) await waitForLock(client, options);
        return work(client);
      }),
    async close() {
      isClosed = true;
      const client = await opening?.catch(() => undefined);
      opening = undefined;
      // A reader elsewhere may forbid the checkpoint; the log is then read at the next start.
      if (isLocal && options.isReadOnly !== true) {
        const last = options.endsAsOneFile ? WITHOUT_LOG : LAST_CHECKPOINT;
        await client?.executeMultiple(last).catch(() => undefined);
      }
      client?.close();
    },
  };
}
