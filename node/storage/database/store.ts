// The store on libSQL: rows queue, and every few seconds one transaction writes them. While the
// database is away the queue fills up to its bound and the store says what is wrong.

import type { Identity, Store, StoreHealth } from '../../ports.ts';
import { readHistory } from '../history.ts';
import { type Backlog, type BacklogOptions, createBacklog } from './backlog.ts';
import { type ConnectionOptions, createConnection } from './connection.ts';
import { createFlusher, type FlusherOptions } from './flusher.ts';
import { databaseName, joined, problemOf } from './problems.ts';
import { toIdentity } from './rows.ts';
import { selectIdentity } from './schema.ts';
import { createWriter, type Writer, type WriterOptions } from './writer.ts';

export interface LibsqlStoreOptions
  extends ConnectionOptions,
    WriterOptions,
    BacklogOptions,
    FlusherOptions {}

function healthOf(backlog: Backlog, writer: Writer, problem: string | undefined): StoreHealth {
  const { passedRows: writtenRows, ...rows } = backlog.counts();
  const oldestWaitingMs = backlog.oldestMs();
  const bytes = { databaseBytes: writer.databaseBytes(), logBytes: writer.logBytes() };
  const counts = { ...rows, oldestWaitingMs, writtenRows, ...bytes };
  return problem === undefined
    ? { state: 'ok', ...counts }
    : { state: 'degraded', problem, ...counts };
}

/** Closed: what still waits is lost. */
function healthAtEnd(backlog: Backlog, databaseBytes: number): StoreHealth {
  const { queuedRows, passedRows: writtenRows, ...rows } = backlog.counts();
  const droppedRows = rows.droppedRows + queuedRows;
  return { ...rows, state: 'off', queuedRows: 0, writtenRows, droppedRows, databaseBytes };
}

/** Never rejects: what the world refuses shows in `health()` and is tried again. */
export async function createLibsqlStore(options: LibsqlStoreOptions): Promise<Store> {
  const connection = createConnection(options);
  const backlog = createBacklog({ ...options, onFill: () => flusher.hurry() });
  const writer = createWriter(options, connection, backlog);
  const explain = (error: unknown): string => problemOf(error, options.url).message;
  let isClosed = false;

  const flusher = createFlusher(
    options,
    async () => {
      if (isClosed || (flusher.problem() === undefined && !writer.hasWork())) return;
      await writer.run();
    },
    explain,
  );

  const writeWithPatience = async (): Promise<void> => {
    const isDone = await flusher.withPatience(flusher.runInTurn().then(() => true));
    if (isDone === true || flusher.problem() !== undefined) return;
    flusher.fail(`Database ${databaseName(options.url)} does not answer yet; it is tried again.`);
  };

  const loadIdentity = async (id: string): Promise<Identity | undefined> => {
    const search = connection.use((client) => client.execute(selectIdentity(id)));
    try {
      return toIdentity(id, (await flusher.withPatience(search))?.rows[0]);
    } catch (error) {
      flusher.fail(explain(error));
      return undefined;
    }
  };

  await writeWithPatience();
  flusher.start();

  return {
    loadIdentity: async (id) => backlog.pendingIdentity(id) ?? (await loadIdentity(id)),
    async saveIdentity(identity) {
      if (isClosed) return;
      backlog.keepIdentity(identity);
      if (flusher.problem() === undefined) await writeWithPatience();
    },
    recordSamples: (rows) => backlog.addSamples(rows),
    recordEvents: (rows) => backlog.addEvents(rows),
    history: (query) => connection.use((client) => readHistory(client, query)),
    health: () =>
      isClosed
        ? healthAtEnd(backlog, writer.databaseBytes())
        : healthOf(backlog, writer, joined(flusher.problem(), writer.problem())),
    noteSkew: writer.noteSkew,
    flush: () => flusher.run(),
    async close() {
      if (isClosed) return;
      flusher.stop();
      await flusher.withPatience(flusher.run());
      isClosed = true;
      await flusher.withPatience(connection.close());
    },
  };
}
