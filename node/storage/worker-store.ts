// A node's end of a store that lives in the storage thread, and its stand-in while that is away.

import type { History, Identity, Store, StoreHealth } from '../ports.ts';
import { createOutbox } from './outbox.ts';
import { databaseName } from './problems.ts';
import { createTally } from './tally.ts';
import type { Request, WorkerStoreOptions } from './worker-messages.ts';

/** Rejects with an OperatingError when the thread is away or too slow. */
export type CallThread = (request: Request) => Promise<unknown>;

export interface WorkerStore {
  readonly store: Store;
  /** Opens the store in a new thread and tells it the identities again; never rejects. */
  open(): Promise<void>;
  /** One message with what waits; none while nothing waits and nothing is to be learnt. */
  post(): void;
  learn(health: StoreHealth): void;
  lose(problem: string): void;
}

export function createWorkerStore(
  number: number,
  options: WorkerStoreOptions,
  call: CallThread,
): WorkerStore {
  const tally = createTally();
  const identities = new Map<string, Identity>();
  const outbox = createOutbox(options.maxQueuedRows ?? 10_000, (message) =>
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
    return isOpen || told.state === 'degraded'
      ? counts
      : { ...counts, state: 'degraded', problem: unopened };
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
      recordSamples: (rows) => outbox.addSamples(rows),
      recordEvents: (rows) => outbox.addEvents(rows),
      history: async (query) => (await call({ kind: 'history', store: number, query })) as History,
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
      tally.learn(told);
    },
    lose(problem) {
      isOpen = false;
      if (!isClosed) tally.lose(problem);
    },
  };
}
