// The storage thread: hosts any number of libSQL stores, so that a native database call never
// holds up the node's own event loop. Started by worker.ts; loads the database driver itself.

import { parentPort } from 'node:worker_threads';
import { OperatingError, saysOutOfFiles } from '../../errors.ts';
import type { Store } from '../../ports.ts';
import { isLocalUrl } from '../database/connection.ts';
import { createLibsqlStore } from '../database/store.ts';
import { createPlace } from '../files/place.ts';
import { createRelayedStore } from '../spool/store.ts';
import type { Answer, Call, Request, WorkerStoreOptions } from './messages.ts';
import { clock, loadDriver, outcomeOf, turn } from './system.ts';

const stores = new Map<number, Store>();

const placed = async (url: string) => ({
  place: createPlace(url),
  url,
  createClient: await loadDriver(url),
  clock,
  turn,
});

/**
 * A machine without the driver for files stores on a server all the same, and says so; one that
 * only found no file to open just now has it, and tries again.
 */
const spooled = (url: string): ReturnType<typeof placed> =>
  placed(url).catch((error) => {
    if (saysOutOfFiles(String(error))) throw error;
    const createClient = (): never => {
      throw error;
    };
    return { place: createPlace(url), url, createClient, clock, turn };
  });

/** The node's end knows it by its code, and asks the thread that reads. */
const elsewhere = async (): Promise<never> => {
  throw new OperatingError('store_spooled', 'What waits for the server is read from its file.');
};

async function open(number: number, options: WorkerStoreOptions): Promise<void> {
  const { url, spool, ...rest } = options;
  const database = { ...rest, ...(await placed(url)) };
  const opening =
    spool === undefined || isLocalUrl(url)
      ? createLibsqlStore(database)
      : createRelayedStore({
          ...database,
          spool: { ...spool, ...(await spooled(spool.url)) },
          readSpool: elsewhere,
        });
  stores.set(number, await opening);
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
    case 'skew':
      return find(request.store).noteSkew?.(request.skewMs);
    case 'flush':
      return find(request.store).flush();
    case 'close':
      return find(request.store).close();
  }
}

async function answer({ call, request }: Call): Promise<void> {
  const outcome = await outcomeOf(() => perform(request));
  const healths = [...stores].map(([number, store]) => [number, store.health()] as const);
  parentPort?.postMessage({ call, ...outcome, healths } satisfies Answer);
  if (request.kind === 'close') stores.delete(request.store);
}

parentPort?.on('message', (call: Call) => void answer(call));
