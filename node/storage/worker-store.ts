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

export function createWorkerStore(
  number: number,
  options: WorkerStoreOptions,
  { call, reader, clock }: WorkerStoreParts,
): WorkerStore {
  const tally = createTally();
  const losses = createLosses(clock);
  const identities = new Map<string, Identity>();
  const outbox = createOutbox(options.maxQueuedRows ?? MAX_QUEUED_ROWS, (message) =>
    call({ kind: 'record', store: number, ...message }),
  );
  let isOpen = false;
  let isClosed = false;

  /** Until the thread has told of this store once, nobody knows whether it works. */
  const unopened = `Database ${databaseName(options.url)} is not open yet; rows wait for it.`;

  /** A thread that is away shows in the health; its callers need not know. */
  const tryCall = (request: Request): Promise<unknown> => call(request).catch(() => undefined);

  const saveIdentity = async (identity: Identity): Promise<void> => {
    await tryCall({ kind: 'saveIdentity', store: number, identity });
  };

  const loadIdentity = async (id: string): Promise<Identity | undefined> => {
    const saved = identities.get(id);
    if (saved !== undefined || !isOpen) return saved;
    return (await tryCall({ kind: 'loadIdentity', store: number, id })) as Identity | undefined;
  };

  /** All that waits here. */
  const send = async (): Promise<void> => {
    // The message under way may have left before the rows that this call is about.
    if (outbox.isSending()) await outbox.send();
    await outbox.send();
  };

  /** A flood does not wait for its second. */
  const sendWhenCrowded = (): void => {
    if (isOpen && !isClosed && outbox.isCrowded() && !outbox.isSending()) void outbox.send();
  };

  const flush = async (): Promise<void> => {
    if (!isOpen) return;
    await send();
    await tryCall({ kind: 'flush', store: number });
  };

  const health = (): StoreHealth => {
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
  };

  const history: Store['history'] = async (query, signal) => {
    if (isClosed) throw new OperatingError('store_closed', 'The store is closed.');
    if (!isOpen) throw new OperatingError('store_away', health().problem ?? unopened);
    if (options.url.startsWith('file:')) {
      return reader.ask({ url: options.url, isSpool: false }, query, signal);
    }
    try {
      // No second connection reads a database in memory, and a server has threads of its own.
      return (await call({ kind: 'history', store: number, query })) as Answered;
    } catch (error) {
      const isWaiting = error instanceof OperatingError && error.code === 'store_spooled';
      if (!isWaiting || options.spool === undefined) throw error;
      return reader.ask({ url: options.spool.url, isSpool: true }, query, signal);
    }
  };

  const close = async (): Promise<void> => {
    if (isClosed) return;
    if (isOpen) await send();
    if (isOpen) await tryCall({ kind: 'close', store: number });
    isClosed = true;
    tally.lose();
  };

  return {
    store: {
      loadIdentity,
      async saveIdentity(identity) {
        identities.set(identity.id, identity);
        if (isOpen) await saveIdentity(identity);
      },
      recordSamples(rows) {
        outbox.addSamples(rows);
        sendWhenCrowded();
      },
      recordEvents(rows) {
        outbox.addEvents(rows);
        sendWhenCrowded();
      },
      history,
      noteSkew(skewMs) {
        if (isOpen && !isClosed) void tryCall({ kind: 'skew', store: number, skewMs });
      },
      health,
      flush,
      close,
    },
    async open() {
      try {
        await call({ kind: 'open', store: number, options });
      } catch (error) {
        tally.lose(error instanceof Error ? error.message : String(error));
        return;
      }
      for (const identity of identities.values()) await saveIdentity(identity);
    },
    post() {
      const { state, queuedRows } = tally.health();
      const isSettled = outbox.waitingRows() === 0 && state === 'ok' && queuedRows === 0;
      if (isOpen && !isClosed && !isSettled && !outbox.isSending()) void outbox.send();
    },
    learn(told) {
      isOpen = true;
      const isNew = told.state === 'degraded' && tally.health().state === 'ok';
      tally.learn(told);
      return isNew;
    },
    lose(problem) {
      isOpen = false;
      if (!isClosed) tally.lose(problem);
    },
  };
}
