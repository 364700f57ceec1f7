// The store on a server: rows go to disk here first and from there to the server, in order. While
// the server is away they wait in that file, through crashes and restarts of the node.

import { OperatingError } from '../../errors.ts';
import type { History, HistoryQuery, Identity, Store, StoreHealth } from '../../ports.ts';
import { type Backlog, type BacklogOptions, createBacklog } from '../database/backlog.ts';
import {
  type Connection,
  type ConnectionOptions,
  createConnection,
} from '../database/connection.ts';
import { createFlusher, type Flusher, type FlusherOptions } from '../database/flusher.ts';
import { databaseName, joined, problemOf } from '../database/problems.ts';
import { toIdentity } from '../database/rows.ts';
import { selectIdentity } from '../database/schema.ts';
import { readHistory } from '../history.ts';
import type { RetentionLimits } from '../retention/retention.ts';
import { createShipping, type Shipping } from './forwarder.ts';
import { createSpool, type Spool, type SpoolOptions } from './spool.ts';

export interface RelayedStoreOptions
  extends ConnectionOptions,
    RetentionLimits,
    BacklogOptions,
    FlusherOptions {
  readonly spool: SpoolOptions;
  /** Answers from the rows that wait; when absent the spool itself, on the thread that writes. */
  readonly readSpool?: Store['history'];
}

interface Parts {
  readonly options: RelayedStoreOptions;
  readonly connection: Connection;
  readonly backlog: Backlog;
  readonly spool: Spool;
  readonly shipping: Shipping;
  /** Puts what came into the spool, every few seconds. */
  readonly spoolWriter: Flusher;
  /** Brings the spool to the server, ever less often while that fails. */
  readonly forwarder: Flusher;
  /** Ends both. */
  close(): void;
}

/** A server that is asked for history may be far, but who asks waits for no more than this, ms. */
const HISTORY_PATIENCE_MS = 4_000;
/** The longest pause between two attempts, ms; a server that is back is found within it. */
const MAX_RETRY_MS = 30_000;

function createParts(options: RelayedStoreOptions): Parts {
  const { flushMs = 5_000, maxRetryMs = MAX_RETRY_MS } = options;
  const connection = createConnection(options);
  // Without the file rows go to the server as they are.
  const onFill = (): void => (isSpoolAway() ? forwarder : spoolWriter).hurry();
  const backlog = createBacklog({ ...options, onFill });
  const spool = createSpool(options.spool);
  const isSpoolAway = (): boolean => spoolWriter.problem() !== undefined;
  const shipping = createShipping(options, { connection, spool, backlog, isSpoolAway });
  let unresolved: unknown;
  let isClosed = false;

  const move = async (): Promise<void> => {
    // Only rows can tell whether there is room again.
    if (backlog.isEmpty() && unresolved !== undefined) throw unresolved;
    try {
      await spool.open();
      await backlog.passOn(spool.append);
      unresolved = undefined;
    } catch (error) {
      unresolved = error;
      throw error;
    }
  };
  const forwarder = createFlusher(
    { ...options, flushMs, maxRetryMs },
    async () => {
      const isIdle = forwarder.problem() === undefined && !shipping.hasWork();
      if (!isClosed && !isIdle) await shipping.run();
    },
    (error) => problemOf(error, options.url).message,
  );
  const spoolWriter = createFlusher(
    { ...options, flushMs, maxRetryMs: flushMs },
    async () => {
      if (!isClosed) await move();
    },
    (error) => problemOf(error, spool.url).message,
  );
  const close = (): void => {
    isClosed = true;
  };
  return { options, connection, backlog, spool, shipping, spoolWriter, forwarder, close };
}

const withoutStop = (sentence: string): string => sentence.replace(/\.$/, '');

/** The same words for as long as the problem is the same; numbers are told beside it. */
function problemIn({ spoolWriter, forwarder, spool }: Parts): string | undefined {
  const away = spoolWriter.problem();
  const server = forwarder.problem();
  if (away !== undefined) {
    const waits = 'Until then what the server does not take waits in memory alone.';
    return [...(server === undefined ? [] : [server]), away, waits].join(' ');
  }
  if (server === undefined) return undefined;
  const isFull = spool.counts().droppedRows > 0;
  const ending = isFull ? ', which is full: the oldest are dropped' : ', history is read there';
  return `${withoutStop(server)}; rows wait in ${databaseName(spool.url)}${ending}.`;
}

function healthOf(parts: Parts, isClosed: boolean): StoreHealth {
  const { options, backlog, spool, shipping } = parts;
  const inMemory = backlog.counts();
  const waiting = spool.counts();
  const counts = {
    queuedRows: inMemory.queuedRows + waiting.rows,
    spooledRows: waiting.rows,
    writtenRows: shipping.writtenRows(),
    droppedRows: inMemory.droppedRows + waiting.droppedRows,
    unusableRows: inMemory.unusableRows,
    databaseBytes: shipping.databaseBytes(),
  };
  // What is on disk is still there at the next start; what is in memory is not.
  if (isClosed) {
    const droppedRows = counts.droppedRows + inMemory.queuedRows;
    return { ...counts, state: 'off', queuedRows: waiting.rows, droppedRows };
  }
  const sinceMs = waiting.rows === 0 ? 0 : options.clock.wallMs() - waiting.sinceMs;
  const told = { ...counts, oldestWaitingMs: Math.max(0, sinceMs, backlog.oldestMs()) };
  const problem = joined(problemIn(parts), spool.problem(), shipping.problem());
  return problem === undefined ? { state: 'ok', ...told } : { state: 'degraded', problem, ...told };
}

async function askServer(parts: Parts, query: HistoryQuery): Promise<History> {
  const { connection, forwarder, options } = parts;
  const known = forwarder.problem();
  if (known !== undefined) throw new OperatingError('store_away', known);
  const search = connection.use((client) => readHistory(client, query));
  const found = await forwarder.withPatience(search, HISTORY_PATIENCE_MS);
  if (found !== undefined) return found;
  const late = `Database server ${databaseName(options.url)} does not answer in time; ask again.`;
  throw new OperatingError('store_away', late);
}

/** From the server while it answers, else from the rows that wait for it: `health()` says so. */
async function historyOf(parts: Parts, query: HistoryQuery): Promise<History> {
  const { spool, spoolWriter, forwarder, options } = parts;
  try {
    return await askServer(parts, query);
  } catch (error) {
    const problem = problemOf(error, options.url);
    if (problem.code === 'store_closed') throw problem;
    forwarder.fail(problem.message);
    // Those of the last seconds too.
    await spoolWriter.run();
    if (spool.counts().rows === 0) throw problem;
    return (options.readSpool ?? spool.history)(query);
  }
}

/** The later one: a node may have run on another machine meanwhile. */
async function identityOf(parts: Parts, id: string): Promise<Identity | undefined> {
  const { connection, spool, spoolWriter, forwarder, options } = parts;
  const here = await spool.loadIdentity(id).catch((error) => {
    spoolWriter.fail(problemOf(error, spool.url).message);
    return undefined;
  });
  if (forwarder.problem() !== undefined) return here;
  try {
    const search = connection.use((client) => client.execute(selectIdentity(id)));
    const there = toIdentity(id, (await forwarder.withPatience(search))?.rows[0]);
    return (there?.generation ?? 0) > (here?.generation ?? 0) ? there : here;
  } catch (error) {
    forwarder.fail(problemOf(error, options.url).message);
    return here;
  }
}

async function saveIdentity(parts: Parts, identity: Identity): Promise<void> {
  const { spool, shipping, spoolWriter, forwarder } = parts;
  shipping.keepIdentity(identity);
  await spool.saveIdentity(identity).catch((error) => {
    spoolWriter.fail(problemOf(error, spool.url).message);
  });
  if (forwarder.problem() === undefined) await forwarder.withPatience(forwarder.run());
}

/** Never rejects: what the world refuses shows in `health()` and is tried again. */
export async function createRelayedStore(options: RelayedStoreOptions): Promise<Store> {
  const parts = createParts(options);
  const { backlog, spool, connection, spoolWriter, forwarder } = parts;
  let isClosed = false;

  await spoolWriter.run();
  await forwarder.withPatience(forwarder.run().then(() => true)).then((isDone) => {
    if (isDone === true || forwarder.problem() !== undefined) return;
    forwarder.fail(`Database server ${databaseName(options.url)} does not answer yet.`);
  });
  // A server that is away is asked again when its time has come, no sooner.
  spoolWriter.start(() => {
    if (forwarder.problem() === undefined) void forwarder.run();
  });
  forwarder.start();

  return {
    loadIdentity: (id) => identityOf(parts, id),
    async saveIdentity(identity) {
      if (!isClosed) await saveIdentity(parts, identity);
    },
    recordSamples: (rows) => backlog.addSamples(rows),
    recordEvents: (rows) => backlog.addEvents(rows),
    history: (query) => historyOf(parts, query),
    noteSkew: parts.shipping.noteSkew,
    health: () => healthOf(parts, isClosed),
    async flush() {
      await spoolWriter.run();
      await forwarder.run();
    },
    async close() {
      if (isClosed) return;
      spoolWriter.stop();
      forwarder.stop();
      await spoolWriter.withPatience(spoolWriter.run());
      if (forwarder.problem() === undefined) await forwarder.withPatience(forwarder.run());
      isClosed = true;
      parts.close();
      await spoolWriter.withPatience(spool.tidy().catch(() => undefined));
      await spoolWriter.withPatience(Promise.all([spool.close(), connection.close()]));
    },
  };
}
