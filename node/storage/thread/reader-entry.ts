// The thread that reads: answers questions about the past from files that another thread writes.
// Each statement is a transaction of its own, so that no question holds up the log for long.

import { setPriority } from 'node:os';
import { parentPort } from 'node:worker_threads';
import type { Client, InArgs, InStatement } from '@libsql/client';
import { type Connection, createConnection } from '../database/connection.ts';
import { override } from '../database/file-marks.ts';
import { isFault } from '../database/place.ts';
import { NODE_SCHEMA } from '../database/schema.ts';
import { createPlace } from '../files/place.ts';
import { readHistory } from '../history.ts';
import { readWaiting } from '../spool/history.ts';
import { SPOOL_SCHEMA } from '../spool/schema.ts';
import type { Answered, Call, Outcome, ReadRequest, ReadSource } from './messages.ts';
import { clock, loadDriver, outcomeOf, turn } from './system.ts';
import { givenUp } from './waiting-line.ts';

type Question = Extract<ReadRequest, { kind: 'read' }>;

/** As `nice` counts: gossip and what is stored come first where the processor is short. */
const PRIORITY = 10;

/** Only on Linux has a thread a priority of its own; elsewhere it would be the whole process's. */
function giveWay(): void {
  if (process.platform !== 'linux') return;
  try {
    setPriority(PRIORITY);
  } catch {
    // A runtime may forbid it.
  }
}

const connections = new Map<string, Connection>();
const working = new Map<number, AbortController>();

async function connect({ url, isSpool }: ReadSource): Promise<Connection> {
  const known = connections.get(url);
  if (known !== undefined) return known;
  const connection = createConnection({
    url,
    createClient: await loadDriver(url),
    clock,
    place: createPlace(url, true),
    schema: isSpool ? SPOOL_SCHEMA : NODE_SCHEMA,
    isReadOnly: true,
  });
  connections.set(url, connection);
  return connection;
}

/** Before each statement the other question gets its turn, and one that was given up ends. */
function interruptible(client: Client, signal: AbortSignal): Client {
  const pause = async (): Promise<void> => {
    await turn();
    if (signal.aborted) throw givenUp();
  };
  return override(client, {
    execute: async (statement: InStatement, args?: InArgs) => {
      await pause();
      return typeof statement === 'string'
        ? client.execute(statement, args)
        : client.execute(statement);
    },
    batch: async (statements, mode) => {
      await pause();
      return client.batch(statements, mode);
    },
  });
}

async function read({ source, query }: Question, signal: AbortSignal): Promise<Answered> {
  const connection = await connect(source);
  const answer = (): Promise<Answered> =>
    connection.use(async (plain) => {
      const client = interruptible(plain, signal);
      return source.isSpool ? readWaiting(client, query) : readHistory(client, query);
    });
  // A file that was replaced is opened anew: the one who writes tells of it.
  return answer().catch((error) => {
    if (!isFault(error)) throw error;
    return answer();
  });
}

parentPort?.on('message', async ({ call, request }: Call<ReadRequest>) => {
  if (request.kind === 'stop') return working.get(request.question)?.abort();
  const controller = new AbortController();
  working.set(call, controller);
  const handedOver: ArrayBuffer[] = [];
  const outcome = await outcomeOf(async () => {
    const answer = await read(request, controller.signal);
    handedOver.push(...Object.values(answer.points).map(({ buffer }) => buffer));
    return answer;
  });
  working.delete(call);
  parentPort?.postMessage({ call, ...outcome } satisfies Outcome, handedOver);
});
giveWay();
