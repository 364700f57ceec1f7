// More rows than usual: queues that do not wait for their time, and drops that are told.

import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import { watchStore } from '../../../node/host/process/store-watch.ts';
import type { Clock, Sample, Store, StoreHealth } from '../../../node/ports.ts';
import type { Answer, Call } from '../../../node/storage/thread/messages.ts';
import type { Thread } from '../../../node/storage/thread/thread-link.ts';
import {
  createWorkerStores,
  type WorkerStoresOptions,
} from '../../../node/storage/thread/worker.ts';
import { sample } from '../../contract/store.ts';
import { keep } from '../../support/closing.ts';
import {
  createManualClock,
  eventually,
  FOREVER_MS,
  newFile,
  openStore,
  temporaryFolder,
  versions,
} from '../support.ts';

const folder = temporaryFolder();
const LIMITS = { retentionMs: FOREVER_MS, maxBytes: 100_000_000 };
const create = (options: WorkerStoresOptions) => keep(createWorkerStores(options));

/** A thread that takes rows when it is told to, and keeps none. */
function createSlowThread() {
  const calls: Call[] = [];
  const held: (() => void)[] = [];
  let isSlow = false;
  let health: StoreHealth = {
    ...{ state: 'ok', queuedRows: 0, writtenRows: 0, droppedRows: 0, databaseBytes: 0 },
  };
  let tell = (_: Answer): void => undefined;
  const thread: Thread = {
    postMessage(call) {
      calls.push(call);
      const answer = (): void => tell({ call: call.call, healths: [[1, health]] });
      if (isSlow && call.request.kind === 'record') held.push(answer);
      else setImmediate(answer);
    },
    on(event: string, listener: unknown) {
      if (event === 'message') tell = listener as typeof tell;
    },
    ref: () => undefined,
    unref: () => undefined,
    terminate: async () => 0,
  };
  const records = (): number[] =>
    calls.flatMap(({ request }) => (request.kind === 'record' ? request.samples.length : []));
  return {
    startThread: () => thread,
    /** Rows of each message. */
    records,
    /** What it tells of its store from now on. */
    feel(changes: Partial<StoreHealth>): void {
      const { problem: _, ...counts } = health;
      health = { ...counts, ...changes };
    },
    hold(): void {
      isSlow = true;
    },
    release(): void {
      isSlow = false;
      for (const answer of held.splice(0)) answer();
    },
  };
}

/** A thread that takes rows, and then more memory than it may have. */
const startHungryThread = (): Thread =>
  new Worker(
    `const { parentPort } = require('node:worker_threads');
     parentPort.on('message', ({ call, request }) => {
       const queuedRows = request.kind === 'record' ? request.samples.length : 0;
       const counts = { queuedRows, writtenRows: 0, droppedRows: 0, databaseBytes: 0 };
       parentPort.postMessage({ call, healths: [[1, { state: 'ok', ...counts }]] });
       const all = [];
       while (queuedRows > 0) all.push(new Array(100_000).fill(Math.random()));
     });`,
    { eval: true, resourceLimits: { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1 } },
  );

const flood = (first: number, rows: number): Sample[] => versions(first, first + rows - 1);

describe('a queue that is half full', () => {
  it('is written at once, whatever the time', async () => {
    const clock = createManualClock();
    const { url } = newFile(folder);
    const store = keep(await openStore({ url, clock, flushMs: 5_000, maxQueuedRows: 1_000 }));
    store.recordSamples(flood(1, 499));
    await new Promise((resolve) => setImmediate(resolve));
    expect(store.health()).toMatchObject({ queuedRows: 499, writtenRows: 0 });
    // No time passes: ten times what the queue holds goes through it.
    for (let first = 500; first < 10_500; first += 500) {
      store.recordSamples(flood(first, 500));
      await eventually(() => store.health().queuedRows < 500);
    }
    expect(store.health()).toMatchObject({ state: 'ok', droppedRows: 0 });
    expect(store.health().writtenRows).toBeGreaterThanOrEqual(10_000);
  });

  it('goes to the storage thread at once, in messages that hold up nothing else', async () => {
    const { startThread, records } = createSlowThread();
    const stores = create({ startThread, postMs: 3_600_000 });
    const store = await stores.open({ url: ':memory:', ...LIMITS });
    for (let first = 1; first <= 40_000; first += 250) {
      store.recordSamples(flood(first, 250));
      await eventually(() => store.health().queuedRows <= 1_000);
    }
    await store.flush();
    expect(records().reduce((sum, rows) => sum + rows, 0)).toBe(40_000);
    expect(Math.max(...records())).toBeLessThanOrEqual(1_000);
    expect(store.health()).toMatchObject({ state: 'ok', droppedRows: 0 });
  });

  it('of a database that fails is not tried again sooner', async () => {
    const clock = createManualClock();
    let tries = 0;
    const createClient = (): never => {
      tries += 1;
      throw new Error('SQLITE_CANTOPEN: unable to open database file');
    };
    const { url } = newFile(folder);
    const store = keep(await openStore({ url, clock, createClient, maxQueuedRows: 100 }));
    for (let first = 1; first < 1_000; first += 50) {
      store.recordSamples(flood(first, 50));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(tries).toBe(1);
  });
});

describe('a burst of 20,000 rows into a file', () => {
  it('is stored to the last row, however slow the disk is', async () => {
    const stores = create({});
    const store = await stores.open({ url: newFile(folder).url, ...LIMITS });
    for (let first = 1; first <= 20_000; first += 100) store.recordSamples(flood(first, 100));
    await eventually(() => store.health().queuedRows === 0);
    expect(store.health()).toMatchObject({ state: 'ok', writtenRows: 20_000, droppedRows: 0 });
  });
});

/** What the log gets while a store is looked at. */
function listen(store: Store, clock: Clock): string[] {
  const lines: string[] = [];
  keep(watchStore(store, (level, text) => lines.push(`${level}: ${text}`), clock));
  return lines;
}

const OVERRUN =
  'Rows came faster than they could be stored, and the oldest that waited were dropped: tell ' +
  'fewer (a larger delta, a longer period), or put the data folder on a faster disk.';

describe('rows that are dropped', () => {
  it('between the threads degrade the store, for a minute longer, in one line each', async () => {
    const clock = createManualClock();
    const { startThread, hold, release } = createSlowThread();
    const stores = create({ startThread, clock, postMs: 20, callTimeoutMs: 120_000 });
    const store = await stores.open({ url: ':memory:', ...LIMITS, maxQueuedRows: 5_000 });
    const lines = listen(store, clock);
    clock.advance(10_000);
    expect(lines).toEqual([]);

    hold();
    for (let first = 1; first <= 20_000; first += 500) store.recordSamples(flood(first, 500));
    expect(store.health()).toMatchObject({ state: 'degraded', problem: OVERRUN });
    const { droppedRows } = store.health();
    expect(droppedRows).toBeGreaterThan(10_000);
    clock.advance(30_000);
    release();
    clock.advance(29_000);
    expect(store.health().state).toBe('degraded');
    clock.advance(10_000);
    expect(store.health()).toMatchObject({ state: 'ok', droppedRows });
    const rows = droppedRows.toLocaleString('en');
    expect(lines).toEqual([
      `error: ${OVERRUN} So far ${rows} rows were dropped.`,
      `info: The database works again; ${rows} rows were dropped meanwhile.`,
    ]);
  });

  it('in the thread, before the database, degrade the store as well', async () => {
    const clock = createManualClock();
    const stores = create({ clock, postMs: 20 });
    const store = await stores.open({
      ...{ url: newFile(folder).url, ...LIMITS },
      // One message brings more than the queue before the database holds.
      maxQueuedRows: 500,
    });
    await eventually(() => store.health().state === 'ok');
    for (let turn = 0; turn < 50 && store.health().droppedRows === 0; turn += 1) {
      store.recordSamples(flood(1 + turn * 600, 600));
      await new Promise((resolve) => setImmediate(resolve));
    }
    await eventually(() => store.health().queuedRows === 0);
    expect(store.health()).toMatchObject({ state: 'degraded', problem: OVERRUN });
  });

  it('with a thread that ran out of memory are told with its reason, also afterwards', async () => {
    const clock = createManualClock();
    const { startThread } = createSlowThread();
    let isFirst = true;
    const stores = create({
      ...{ clock, postMs: 20, restartMs: 20 },
      startThread() {
        const thread = isFirst ? startHungryThread() : startThread();
        isFirst = false;
        return thread;
      },
    });
    const store = await stores.open({ url: ':memory:', ...LIMITS });
    store.recordSamples(flood(1, 100));
    const isAway = (): boolean => /^The storage thread/.test(store.health().problem ?? '');
    await eventually(() => stores.restarts() === 1 && !isAway());
    // Nobody had looked while it was away.
    const lines = listen(store, clock);
    clock.advance(3_000);
    const reason = /^It is over, but rows .* The storage thread stopped \(.*memory limit.*\); /;
    expect(store.health()).toMatchObject({ state: 'degraded', droppedRows: 100 });
    expect(store.health().problem).toMatch(reason);
    clock.advance(60_000);
    expect(store.health().state).toBe('ok');
    expect(lines).toHaveLength(2);
    expect(lines[0]).toMatch(
      /^error: It is over, .*memory limit.* So far 100 rows were dropped\.$/,
    );
    expect(lines[1]).toBe('info: The database works again; 100 rows were dropped meanwhile.');
  });

  it('by a degraded database are not put down to a flood when it is over', async () => {
    const clock = createManualClock();
    const { startThread, feel } = createSlowThread();
    const stores = create({ startThread, clock, postMs: 20 });
    const store = await stores.open({ url: ':memory:', ...LIMITS });
    feel({ state: 'degraded', problem: 'The disk is full.', droppedRows: 5 });
    await store.flush();
    feel({ state: 'ok' });
    await store.flush();
    expect(store.health().problem).toBe(
      'It is over, but rows that waited were dropped, less than a minute ago: The disk is full.',
    );
    // A minute later it is no reason any more.
    clock.advance(60_000);
    feel({ droppedRows: 6 });
    await store.flush();
    expect(store.health().problem).toBe(OVERRUN);
  });

  it('because no database could hold them are counted, and no problem of the store', async () => {
    const clock = createManualClock();
    const stores = create({ clock, postMs: 20 });
    const store = await stores.open({ url: newFile(folder).url, ...LIMITS });
    store.recordSamples([sample(1, { value: Number.NaN })]);
    await store.flush();
    expect(store.health()).toMatchObject({ state: 'ok', droppedRows: 1, unusableRows: 1 });
  });
});
