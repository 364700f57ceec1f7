// One thread for the stores of all nodes in this process; one more while there are questions.
// Database drivers block or weigh too much for a node's own thread; here neither its event loop nor
// its heap sees them.

import type { Clock, Store } from '../../ports.ts';
import type { Answer, Request, WorkerStoreOptions } from './messages.ts';
import { createReader } from './reader.ts';
import type { ReaderThread } from './reader-thread.ts';
import { after, startWorker } from './start.ts';
import { createWorkerStore, type WorkerStore } from './store.ts';
import { createThreadLink, type Thread } from './thread-link.ts';

export interface WorkerStoresOptions {
  /** Time between two messages of one store, ms. */
  readonly postMs?: number;
  /** Pause before a thread that ended is started again, ms; it doubles up to a minute. */
  readonly restartMs?: number;
  /** How long one question may take, ms. */
  readonly callTimeoutMs?: number;
  /** How long opening waits for the thread and the database, ms. */
  readonly openPatienceMs?: number;
  /** How long closing waits for the last rows, ms; a node that is told to stop should be gone. */
  readonly closePatienceMs?: number;
  /** Another thread stands in for the real one in tests. */
  readonly startThread?: () => Thread;
  /** The same for the one that answers questions about the past. */
  readonly startReader?: () => ReaderThread;
  /** That thread ends when nobody asked for so long, ms. */
  readonly readerIdleMs?: number;
  readonly clock?: Pick<Clock, 'monotonicMs'>;
}

export interface WorkerStores {
  /** Resolves with a degraded store when the thread or the database is away. */
  open(options: WorkerStoreOptions): Promise<Store>;
  /** How often the thread had to be started again. */
  restarts(): number;
  /** Whether the thread runs that answers questions. */
  isReading(): boolean;
  /** Closes every store and ends the thread. */
  close(): Promise<void>;
}

/** A store needs little; past these V8 ends the thread, not the node, and it starts again. */
const LIMITS = { maxOldGenerationSizeMb: 64, maxYoungGenerationSizeMb: 2 };

const startStorage = (): Thread =>
  startWorker(new URL('./entry.ts', import.meta.url), {
    name: 'priomon store',
    resourceLimits: LIMITS,
  });

const startReading = (): ReaderThread =>
  startWorker(new URL('./reader-entry.ts', import.meta.url), {
    name: 'priomon history',
    resourceLimits: LIMITS,
  });

const withPatience = (work: Promise<unknown>, patienceMs: number): Promise<void> =>
  new Promise((resolve) => {
    const timer = setTimeout(resolve, patienceMs);
    work.finally(() => {
      clearTimeout(timer);
      resolve();
    });
  });

export function createWorkerStores(options: WorkerStoresOptions = {}): WorkerStores {
  const { postMs = 1_000, startThread = startStorage } = options;
  const { openPatienceMs = 3_000, closePatienceMs = 1_500 } = options;
  const { callTimeoutMs = 5_000, clock = { monotonicMs: () => performance.now() } } = options;
  const stores = new Map<number, WorkerStore>();
  let lastStore = 0;
  const reader = createReader({
    start: options.startReader ?? startReading,
    after,
    answerMs: callTimeoutMs,
    ...(options.readerIdleMs !== undefined && { idleMs: options.readerIdleMs }),
  });

  const link = createThreadLink<Request, Answer>({
    start: startThread,
    after,
    restartMs: options.restartMs ?? 1_000,
    callTimeoutMs,
    isPatient: ({ kind }) => kind === 'record',
    stored: 'samples',
    onAnswer({ healths }) {
      for (const [number, health] of healths) {
        const store = stores.get(number);
        // Files that were changed under a store are opened anew, which no other may hold up.
        if (store?.learn(health)) reader.letGo();
      }
    },
    onLost(problem) {
      for (const store of stores.values()) store.lose(problem);
    },
    onRestarted() {
      for (const store of stores.values()) void store.open();
    },
  });

  const posting = setInterval(() => {
    for (const store of stores.values()) store.post();
  }, postMs).unref();

  return {
    async open(storeOptions) {
      lastStore += 1;
      const number = lastStore;
      const parts = { call: link.call, reader, clock, silentMs: callTimeoutMs };
      const opened = createWorkerStore(number, storeOptions, parts);
      stores.set(number, opened);
      await withPatience(opened.open(), openPatienceMs);
      const close = () => withPatience(opened.store.close(), closePatienceMs);
      return { ...opened.store, close: () => close().finally(() => stores.delete(number)) };
    },
    restarts: link.restarts,
    isReading: reader.isAwake,
    async close() {
      clearInterval(posting);
      const closing = [...stores.values()].map(({ store }) => store.close());
      await withPatience(Promise.all(closing), closePatienceMs);
      stores.clear();
      // A thread that a file system holds never ends.
      await withPatience(Promise.all([link.end(), reader.close()]), closePatienceMs);
    },
  };
}
