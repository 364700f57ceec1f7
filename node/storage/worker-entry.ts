// The storage thread: hosts any number of libSQL stores, so that a native database call never
// holds up the node's own event loop. Started by worker.ts; loads the database driver itself.

import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { parentPort } from 'node:worker_threads';
import { OperatingError } from '../errors.ts';
import type { Clock, Store } from '../ports.ts';
import { type CreateClient, isLocalUrl } from './connection.ts';
import { createLibsqlStore } from './libsql.ts';
import { databaseName } from './problems.ts';
import type { Answer, Call, Request, WorkerStoreOptions } from './worker-messages.ts';

const clock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

const stores = new Map<number, Store>();

const reasonOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/** Only the driver that is needed: each costs memory for good. */
async function loadDriver(url: string): Promise<CreateClient> {
  try {
    const driver = isLocalUrl(url)
      ? await import('@libsql/client/sqlite3')
      : await import('@libsql/client/http');
    return driver.createClient;
  } catch (error) {
    throw new OperatingError(
      'store_driver',
      `The libSQL driver does not load here (${reasonOf(error)}); run npm install on this machine.`,
      { cause: error },
    );
  }
}

async function makeFolder(url: string): Promise<void> {
  const folder = dirname(databaseName(url));
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw new OperatingError(
      'store_not_writable',
      `Data folder ${folder} cannot be made (${reasonOf(error)}); choose another one.`,
      { cause: error },
    );
  }
}

async function open(number: number, options: WorkerStoreOptions): Promise<void> {
  const { url } = options;
  const createClient = await loadDriver(url);
  const prepare = url.startsWith('file:') ? { prepare: () => makeFolder(url) } : {};
  stores.set(number, await createLibsqlStore({ ...options, ...prepare, createClient, clock }));
}

function find(number: number): Store {
  const store = stores.get(number);
  if (store === undefined) throw new OperatingError('store_closed', 'The store is closed.');
  return store;
}

async function perform(request: Request): Promise<unknown> {
  switch (request.kind) {
    case 'open':
      return open(request.store, request.options);
    case 'record':
      find(request.store).recordSamples(request.samples);
      find(request.store).recordEvents(request.events);
      return;
    case 'loadIdentity':
      return find(request.store).loadIdentity(request.id);
    case 'saveIdentity':
      return find(request.store).saveIdentity(request.identity);
    case 'history':
      return find(request.store).history(request.query);
    case 'flush':
      return find(request.store).flush();
    case 'close':
      return find(request.store).close();
  }
}

const toError = (error: unknown): { code: string; message: string } => ({
  code: error instanceof OperatingError ? error.code : 'store_failed',
  message: reasonOf(error),
});

async function answer({ call, request }: Call): Promise<void> {
  let outcome: Pick<Answer, 'value' | 'error'>;
  try {
    outcome = { value: await perform(request) };
  } catch (error) {
    outcome = { error: toError(error) };
  }
  const healths = [...stores].map(([number, store]) => [number, store.health()] as const);
  parentPort?.postMessage({ call, ...outcome, healths } satisfies Answer);
  if (request.kind === 'close') stores.delete(request.store);
}

parentPort?.on('message', (call: Call) => void answer(call));
