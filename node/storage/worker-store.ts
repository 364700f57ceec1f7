// A node's end of a store that lives in the storage thread, and its stand-in while that is away.

import { OperatingError } from '../errors.ts';
import type { Clock, Identity, Store, StoreHealth } from '../ports.ts';
import { MAX_QUEUED_ROWS } from './backlog.ts';
import { createLosses } from './losses.ts';
import { createOutbox } from './outbox.ts';
import { databaseName } from './problems.ts';
import type { Reader } from './reader.ts';
import { createTally } from './tally.ts';
import type { Answered, Request, WorkerStoreOptions } from './worker-messages.ts';

/** Rejects with an OperatingError when the thread is away or too slow. */
export type CallThread = (request: Request) => Promise<unknown>;

export interface WorkerStore {
  readonly store: Store;
  /** Opens the store in a new thread and tells it the identities again; never rejects. */
  open(): Promise<void>;
  /** One message with what waits; none while nothing waits and nothing is to be learnt. */
  post(): void;
  /** What the thread told; true when trouble has begun. */
  learn(health: StoreHealth): boolean;
  lose(problem: string): void;
}

export interface WorkerStoreParts {
  readonly call: CallThread;
  readonly reader: Pick<Reader, 'ask'>;
  readonly clock: Pick<Clock, 'monotonicMs'>;
}

/** Questions about the past: a file's go to the thread that reads. */
function createAsking(
  number: number,
  { url, spool }: WorkerStoreOptions,
  { call, reader }: WorkerStoreParts,
): Store['history'] {
  return async (query, signal) => {
    if (url.startsWith('file:')) return reader.ask({ url, isSpool: false }, query, signal);
    try {
      // No second connection reads a database in memory, and a server has threads of its own.
      return (await call({ kind: 'history', store: number, query })) as Answered;
    } catch (error) {
      const isWaiting = error instanceof OperatingError && error.code === 'store_spooled';
      if (!isWaiting || spool === undefined) throw error;
      return reader.ask({ url: spool.url, isSpool: true }, query, signal);
    }
  };
}

/** What one store's two faces share: the port, and what the keeper of the thread does with it. */
interface Inside {
  readonly number: number;
  readonly call: CallThread;
  readonly ask: Store['history'];
  readonly tally: ReturnType<typeof createTally>;
  readonly losses: ReturnType<typeof createLosses>;
  readonly outbox: ReturnType<typeof createOutbox>;
  readonly identities: Map<string, Identity>;
  /** Until the thread has told of this store once, nobody knows whether it works. */
  readonly unopened: string;
  isOpen: boolean;
  isClosed: boolean;
}

function createInside(
  number: number,
  options: WorkerStoreOptions,
  parts: WorkerStoreParts,
): Inside {
  const { call, clock } = parts;
  const record = { kind: 'record', store: number } as const;
  return {
    number,
    call,
    ask: createAsking(number, options, parts),
    tally: createTally(),
    losses: createLosses(clock),
    outbox: createOutbox(options.maxQueuedRows ?? MAX_QUEUED_ROWS, (message) =>
      call({ ...record, ...message }),
    ),
    identities: new Map(),
    unopened: `Database ${databaseName(options.url)} is not open yet; rows wait for it.`,
    isOpen: false,
    isClosed: false,
  };
}

/** A thread that is away shows in the health; its callers need not know. */
const tryCall = ({ call }: Inside, request: Request): Promise<unknown> =>
  call(request).catch(() => undefined);

const saveIdentity = (inside: Inside, identity: Identity): Promise<unknown> =>
  tryCall(inside, { kind: 'saveIdentity', store: inside.number, identity });

/** All that waits here. */
async function send({ outbox }: Inside): Promise<void> {
  // The message under way may have left before the rows that this call is about.
  if (outbox.isSending()) await outbox.send();
  await outbox.send();
}

/** A flood does not wait for its second. */
function sendWhenCrowded({ isOpen, isClosed, outbox }: Inside): void {
  if (isOpen && !isClosed && outbox.isCrowded() && !outbox.isSending()) void outbox.send();
}

function healthOf({ tally, losses, outbox, unopened, isOpen, isClosed }: Inside): StoreHealth {
  const told = tally.health();
  const waitingRows = outbox.waitingRows();
  const droppedRows = told.droppedRows + outbox.droppedRows();
  if (isClosed) return { ...told, droppedRows: droppedRows + waitingRows };
  const counts = { ...told, droppedRows, queuedRows: told.queuedRows + waitingRows };
  return losses.tell(
    isOpen || told.state === 'degraded'
      ? counts
      : { ...counts, state: 'degraded', problem: unopened },
  );
}

const portOf = (inside: Inside): Store => ({
  async loadIdentity(id) {
    const saved = inside.identities.get(id);
    if (saved !== undefined || !inside.isOpen) return saved;
    const request = { kind: 'loadIdentity', store: inside.number, id } as const;
    return (await tryCall(inside, request)) as Identity | undefined;
  },
  async saveIdentity(identity) {
    inside.identities.set(identity.id, identity);
    if (inside.isOpen) await saveIdentity(inside, identity);
  },
  recordSamples(rows) {
    inside.outbox.addSamples(rows);
    sendWhenCrowded(inside);
  },
  recordEvents(rows) {
    inside.outbox.addEvents(rows);
    sendWhenCrowded(inside);
  },
  async history(query, signal) {
    const { isClosed, isOpen, unopened } = inside;
    if (isClosed) throw new OperatingError('store_closed', 'The store is closed.');
    if (!isOpen) throw new OperatingError('store_away', healthOf(inside).problem ?? unopened);
    return inside.ask(query, signal);
  },
  noteSkew(skewMs) {
    const { isOpen, isClosed, number } = inside;
    if (isOpen && !isClosed) void tryCall(inside, { kind: 'skew', store: number, skewMs });
  },
  health: () => healthOf(inside),
  async flush() {
    if (!inside.isOpen) return;
    await send(inside);
    await tryCall(inside, { kind: 'flush', store: inside.number });
  },
  async close() {
    if (inside.isClosed) return;
    if (inside.isOpen) await send(inside);
    if (inside.isOpen) await tryCall(inside, { kind: 'close', store: inside.number });
    inside.isClosed = true;
    inside.tally.lose();
  },
});

export function createWorkerStore(
  number: number,
  options: WorkerStoreOptions,
  parts: WorkerStoreParts,
): WorkerStore {
  const inside = createInside(number, options, parts);
  const { call, tally, outbox, identities } = inside;
  return {
    store: portOf(inside),
    async open() {
      try {
        await call({ kind: 'open', store: number, options });
      } catch (error) {
        tally.lose(error instanceof Error ? error.message : String(error));
        return;
      }
      for (const identity of identities.values()) await saveIdentity(inside, identity);
    },
    post() {
      const { state, queuedRows } = tally.health();
      const isSettled = outbox.waitingRows() === 0 && state === 'ok' && queuedRows === 0;
      const { isOpen, isClosed } = inside;
      if (isOpen && !isClosed && !isSettled && !outbox.isSending()) void outbox.send();
    },
    learn(told) {
      inside.isOpen = true;
      const isNew = told.state === 'degraded' && tally.health().state === 'ok';
      tally.learn(told);
      return isNew;
    },
    lose(problem) {
      inside.isOpen = false;
      if (!inside.isClosed) tally.lose(problem);
    },
  };
}
