// A node's end of a store that lives in the storage thread, and its stand-in while that is away.

import { OperatingError } from '../../errors.ts';
import type { Clock, Identity, Store, StoreHealth } from '../../ports.ts';
import { MAX_QUEUED_ROWS } from '../database/backlog.ts';
import { createLosses } from '../database/losses.ts';
import { databaseName } from '../database/problems.ts';
import { createHealthTotals } from './health-totals.ts';
import { createHistory, type HistoryParts } from './history.ts';
import type { Request, WorkerStoreOptions } from './messages.ts';
import { createOutbox, type Outbox, type RowMessage } from './outbox.ts';

export interface WorkerStore {
  readonly store: Store;
  /** Opens the store in a new thread and tells it the identities again; never rejects. */
  open(): Promise<void>;
  /** One message with what waits; none while nothing waits and nothing is to be learnt. */
  post(): void;
  /** What the thread told; true when a problem has begun. */
  learn(health: StoreHealth): boolean;
  lose(problem: string): void;
}

export interface WorkerStoreParts extends HistoryParts {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** A thread that says nothing of rows for so long has a problem, ms. */
  readonly silentMs: number;
}

const SILENT =
  'The storage thread does not answer; the disk may be slow or its volume may hang. Rows wait, ' +
  'and storing resumes with it.';

type TryCall = (request: Request) => Promise<unknown>;

/** What was saved is known without the thread, and told to each new one. */
function createIdentities(store: number, tryCall: TryCall, isOpen: () => boolean) {
  const saved = new Map<string, Identity>();
  const tell = async (identity: Identity): Promise<void> => {
    await tryCall({ kind: 'saveIdentity', store, identity });
  };
  return {
    async load(id: string): Promise<Identity | undefined> {
      const known = saved.get(id);
      if (known !== undefined || !isOpen()) return known;
      return (await tryCall({ kind: 'loadIdentity', store, id })) as Identity | undefined;
    },
    async save(identity: Identity): Promise<void> {
      saved.set(identity.id, identity);
      if (isOpen()) await tell(identity);
    },
    async tellAll(): Promise<void> {
      for (const identity of saved.values()) await tell(identity);
    },
  };
}

/** Takes rows to the thread, and knows how long it has not said that it has them. */
function createDelivery(store: number, { call, clock, silentMs }: WorkerStoreParts) {
  let sentAt = Number.POSITIVE_INFINITY;
  return {
    async deliver(message: RowMessage): Promise<void> {
      sentAt = clock.monotonicMs();
      await call({ kind: 'record', store, ...message }).finally(() => {
        sentAt = Number.POSITIVE_INFINITY;
      });
    },
    /** What a thread that hangs told last is no longer true. */
    correct(told: StoreHealth): StoreHealth {
      const oldestWaitingMs = clock.monotonicMs() - sentAt;
      if (oldestWaitingMs <= silentMs) return told;
      return { ...told, state: 'degraded', problem: SILENT, oldestWaitingMs };
    },
  };
}

/** What the thread told and what it cannot know; and for what problem rows were lost. */
function createReport(
  outbox: Outbox,
  { correct }: Pick<ReturnType<typeof createDelivery>, 'correct'>,
  clock: Pick<Clock, 'monotonicMs'>,
) {
  const totals = createHealthTotals();
  const losses = createLosses(clock);
  const told = (): StoreHealth => {
    const health = totals.health();
    return { ...health, droppedRows: health.droppedRows + outbox.droppedRows() };
  };
  return {
    told: totals.health,
    learn(health: StoreHealth): void {
      totals.learn(health);
      losses.note(correct(told()));
    },
    lose(problem?: string): void {
      totals.lose(problem);
      losses.note(told());
    },
    /** `problem` is that of a store whose thread has told nothing yet. */
    tell(problem?: string): StoreHealth {
      const health = told();
      const queuedRows = health.queuedRows + outbox.waitingRows();
      const counts = correct({ ...health, queuedRows });
      const isKnown = problem === undefined || health.state === 'degraded';
      return losses.tell(isKnown ? counts : { ...counts, state: 'degraded', problem });
    },
    /** What waits in a store that is closed is lost. */
    tellClosed(): StoreHealth {
      const health = told();
      return { ...health, droppedRows: health.droppedRows + outbox.waitingRows() };
    },
  };
}

export function createWorkerStore(
  number: number,
  options: WorkerStoreOptions,
  parts: WorkerStoreParts,
): WorkerStore {
  const { call, clock } = parts;
  const delivery = createDelivery(number, parts);
  const outbox = createOutbox({
    maxRows: options.maxQueuedRows ?? MAX_QUEUED_ROWS,
    deliver: delivery.deliver,
    isOpen: () => isOpen && !isClosed,
  });
  const report = createReport(outbox, delivery, clock);
  let [isOpen, isClosed] = [false, false];

  /** Until the thread has told of this store once, nobody knows whether it works. */
  const unopened = `Database ${databaseName(options.url)} is not open yet; rows wait for it.`;

  /** A thread that is away shows in the health; its callers need not know. */
  const tryCall: TryCall = (request) => call(request).catch(() => undefined);
  const identities = createIdentities(number, tryCall, () => isOpen);

  const flush = async (): Promise<void> => {
    if (!isOpen) return;
    await outbox.sendAll();
    await tryCall({ kind: 'flush', store: number });
  };

  const health = (): StoreHealth => {
    if (isClosed) return report.tellClosed();
    return report.tell(isOpen ? undefined : unopened);
  };

  const ask = createHistory(number, options, parts);
  const history: Store['history'] = async (query, signal) => {
    if (isClosed) throw new OperatingError('store_closed', 'The store is closed.');
    if (!isOpen) throw new OperatingError('store_away', health().problem ?? unopened);
    return ask(query, signal);
  };

  const close = async (): Promise<void> => {
    if (isClosed) return;
    if (isOpen) await outbox.sendAll();
    if (isOpen) await tryCall({ kind: 'close', store: number });
    isClosed = true;
    report.lose();
  };

  return {
    store: {
      loadIdentity: identities.load,
      saveIdentity: identities.save,
      recordSamples: (rows) => outbox.addSamples(rows),
      recordEvents: (rows) => outbox.addEvents(rows),
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
        report.lose(error instanceof Error ? error.message : String(error));
        return;
      }
      await identities.tellAll();
    },
    post() {
      const { state, queuedRows } = report.told();
      const isSettled = outbox.waitingRows() === 0 && state === 'ok' && queuedRows === 0;
      if (isOpen && !isClosed && !isSettled && !outbox.isSending()) void outbox.send();
    },
    learn(told) {
      isOpen = true;
      const isNew = told.state === 'degraded' && report.told().state === 'ok';
      report.learn(told);
      return isNew;
    },
    lose(problem) {
      isOpen = false;
      if (!isClosed) report.lose(problem);
    },
  };
}
