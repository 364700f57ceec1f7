// The database of results as the rest sees it: statements in, cells out, every problem one sentence
// that fits experiments. This one works in the thread that calls it.

import { stat } from 'node:fs/promises';
import type { ResultSet } from '@libsql/client';
import { OperatingError } from '../../errors.ts';
import { createConnection } from '../database/connection.ts';
import { databaseName, type Fixes } from '../database/problems.ts';
import type { Schema, Statement } from '../database/schema.ts';
import { clock, loadDriver, makeFolder } from '../thread/system.ts';
import { TOUCH_EVERY_MS } from './liveness.ts';
import { RESULTS_SCHEMA } from './tables/schema.ts';
import type { Cell } from './tables/values.ts';

export type Cells = readonly Cell[];

/** Every method rejects with an OperatingError of one sentence. */
export interface Database {
  read(statement: Statement): Promise<Cells[]>;
  /** One transaction; answers what each statement returned. */
  write(statements: readonly Statement[]): Promise<Cells[][]>;
  /** Does it every few seconds from now on, until told otherwise; failures are let be. */
  repeat(statement: Statement | undefined): Promise<void>;
  close(): Promise<void>;
}

/** Plain data, for it crosses to another thread. */
export interface DatabaseOptions {
  /** `file:…`, `:memory:`, or a server's `http(s)://` or `libsql://` address. */
  readonly url: string;
  readonly authToken?: string;
  readonly isReadOnly: boolean;
  /** Tests put a program of another time in its place. */
  readonly schema?: Schema;
  /** How long a local database waits for another writer, ms. */
  readonly busyTimeoutMs?: number;
}

const FIXES: Fixes = {
  store_locked: 'let it end or close it there, then try again',
  store_full: 'free some space, then go on with npm run experiment -- FILE --resume',
  store_address: 'write a path, http://HOST:PORT, https://HOST or libsql://HOST',
  store_away: 'start it, or check the address (--db or RESULTS_DB)',
};

/** The thread that waits is not the one of the experiment. */
const BUSY_TIMEOUT_MS = 3_000;
const REQUEST_TIMEOUT_MS = 30_000;

export const missing = (url: string): OperatingError =>
  new OperatingError(
    'results_missing',
    `There are no results in ${databaseName(url)} yet: run npm run experiment -- FILE first, ` +
      'or name another database with --db or RESULTS_DB.',
  );

/** What is only read must be there: opening would create it. */
async function checkFile(url: string): Promise<void> {
  const isThere = await stat(databaseName(url)).then(
    () => true,
    (error) => error.code !== 'ENOENT',
  );
  if (!isThere) throw missing(url);
}

/** Rows of a driver are objects of its own; lists cross between threads. */
const toCells = ({ columns, rows }: ResultSet): Cells[] =>
  rows.map((row) => columns.map((_, index) => row[index] as Cell));

export async function createDatabase(options: DatabaseOptions): Promise<Database> {
  const { url, isReadOnly } = options;
  const prepare = (): Promise<void> => (isReadOnly ? checkFile(url) : makeFolder(url));
  const connection = createConnection({
    schema: RESULTS_SCHEMA,
    busyTimeoutMs: BUSY_TIMEOUT_MS,
    ...options,
    createClient: await loadDriver(url),
    clock,
    requestTimeoutMs: REQUEST_TIMEOUT_MS,
    endsAsOneFile: true,
    fixes: FIXES,
    ...(url.startsWith('file:') ? { prepare } : {}),
  });
  let repeating: NodeJS.Timeout | undefined;

  const write = (statements: readonly Statement[]): Promise<Cells[][]> =>
    connection.write(async (client) => (await client.batch([...statements], 'write')).map(toCells));

  return {
    read: (statement) => connection.use(async (client) => toCells(await client.execute(statement))),
    write,
    async repeat(statement) {
      clearInterval(repeating);
      if (statement === undefined) return;
      repeating = setInterval(() => {
        write([statement]).catch(() => undefined);
      }, TOUCH_EVERY_MS);
    },
    close() {
      clearInterval(repeating);
      return connection.close();
    },
  };
}
