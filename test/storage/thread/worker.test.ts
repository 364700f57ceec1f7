// The storage thread: what a node sees of it while it works, is slow, dies and comes back.

import { spawnSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { pathToFileURL } from 'node:url';
import { Worker } from 'node:worker_threads';
import { describe, expect, it } from 'vitest';
import type { Answer, Call } from '../../../node/storage/thread/messages.ts';
import { MESSAGE_ROWS } from '../../../node/storage/thread/outbox.ts';
import type { Thread } from '../../../node/storage/thread/thread-link.ts';
import {
  createWorkerStores,
  type WorkerStoresOptions,
} from '../../../node/storage/thread/worker.ts';
import { everything, pointsOf, sample } from '../../contract/store.ts';
import { atEnd } from '../../support/closing.ts';
import { eventually, FOREVER_MS, newFile, temporaryFolder } from '../support.ts';

const folder = temporaryFolder();
const entry = new URL('../../../node/storage/thread/entry.ts', import.meta.url);
const LIMITS = { retentionMs: FOREVER_MS, maxBytes: 10_000_000, flushMs: 20 };

function create(options: WorkerStoresOptions = {}) {
  const stores = createWorkerStores({ postMs: 20, restartMs: 20, ...options });
  atEnd(stores.close);
  return stores;
}

/** Real threads, and a hand on the one that runs. */
function createThreads() {
  const started: Worker[] = [];
  const startThread = (): Thread => {
    const worker = new Worker(entry);
    started.push(worker);
    return worker;
  };
  return { startThread, started };
}

/** A thread without a database: answers calls except those that it is told to leave. */
function createDeafThread(hears: (call: Call) => boolean) {
  const calls: Call[] = [];
  let tell = (_: Answer): void => undefined;
  let die = (_: number): void => undefined;
  const thread: Thread = {
    postMessage(call) {
      calls.push(call);
      if (!hears(call)) return;
      const health = { queuedRows: 0, writtenRows: 0, droppedRows: 0, databaseBytes: 0 };
      setImmediate(() => tell({ call: call.call, healths: [[1, { state: 'ok', ...health }]] }));
    },
    on(event: string, listener: unknown) {
      if (event === 'message') tell = listener as typeof tell;
      if (event === 'exit') die = listener as typeof die;
    },
    ref: () => undefined,
    unref: () => undefined,
    terminate: async () => 0,
  };
  return { startThread: () => thread, calls, die: () => die(1) };
}

describe('a thread at work', () => {
  it('hosts many stores, and makes the folders of their files', async () => {
    const stores = create();
    const urls = [1, 2, 3].map((n) => pathToFileURL(join(folder, 'new', `${n}`, 'n.db')).href);
    const opened = await Promise.all(urls.map((url) => stores.open({ url, ...LIMITS })));
    for (const [index, store] of opened.entries()) store.recordSamples([sample(index + 1)]);

    for (const [index, store] of opened.entries()) {
      await eventually(() => store.health().writtenRows === 1);
      expect(await pointsOf(store)).toMatchObject([{ avg: index + 1 }]);
    }
    expect(existsSync(join(folder, 'new', '3', 'n.db'))).toBe(true);
  });

  it('gets one message for all that was recorded since the last', async () => {
    const { startThread, calls } = createDeafThread(() => true);
    const stores = create({ startThread });
    const store = await stores.open({ url: ':memory:', ...LIMITS });
    for (let version = 1; version <= MESSAGE_ROWS; version += 1)
      store.recordSamples([sample(version)]);
    await store.flush();

    const messages = calls.filter(({ request }) => request.kind === 'record');
    expect(messages).toHaveLength(1);
  });

  it('tells of a folder that cannot be made, and of a closed store', async () => {
    const inTheWay = join(folder, 'a-file');
    writeFileSync(inTheWay, '');
    const stores = create();
    const url = pathToFileURL(join(inTheWay, 'data', 'n1.db')).href;
    const store = await stores.open({ url, ...LIMITS });
    expect(store.health()).toMatchObject({ state: 'degraded' });
    expect(store.health().problem).toContain(`Data folder ${join(inTheWay, 'data')} cannot be`);
    await store.close();
    await expect(store.history(everything())).rejects.toMatchObject({ code: 'store_closed' });
  });
});

describe('a thread that dies', () => {
  it('degrades its stores, is started again and goes on where it was', async () => {
    const { startThread, started } = createThreads();
    const stores = create({ startThread });
    const { url } = newFile(folder);
    const store = await stores.open({ url, ...LIMITS });
    await store.saveIdentity({ id: 'n1', generation: 4, peers: [] });
    store.recordSamples([sample(1)]);
    await store.flush();

    await started[0]?.terminate();
    await eventually(() => store.health().state === 'degraded');
    expect(store.health().problem).toContain('The storage thread stopped (exit code 1)');
    expect(store.health().writtenRows).toBe(1);
    await expect(store.history(everything())).rejects.toMatchObject({ code: 'store_away' });
    store.recordSamples([sample(2)]);

    await eventually(() => store.health().writtenRows === 2);
    expect(store.health()).toMatchObject({ state: 'ok', droppedRows: 0 });
    expect(stores.restarts()).toBe(1);
    expect(await pointsOf(store)).toHaveLength(2);
    expect(await store.loadIdentity('n1')).toMatchObject({ generation: 4 });
  });

  it('loses nothing that waits on disk for a server', async () => {
    const { startThread, started } = createThreads();
    const stores = create({ startThread });
    const spool = { ...newFile(folder), maxBytes: 10_000_000 };
    const store = await stores.open({ url: 'http://127.0.0.1:9', spool, ...LIMITS });
    store.recordSamples([sample(1), sample(2)]);
    await eventually(() => store.health().spooledRows === 2);
    const waiting = { queuedRows: 2, spooledRows: 2, droppedRows: 0 };
    await started[0]?.terminate();
    await eventually(() => /storage thread stopped/.test(store.health().problem ?? ''));
    expect(store.health()).toMatchObject(waiting);
    await eventually(() => /does not answer/.test(store.health().problem ?? ''));
    expect(store.health()).toMatchObject(waiting);
    expect(await pointsOf(store)).toHaveLength(2);
  });

  it('knows identities afterwards that were saved while it was away', async () => {
    const { startThread, started } = createThreads();
    const stores = create({ startThread });
    const { url } = newFile(folder);
    const store = await stores.open({ url, ...LIMITS });
    await started[0]?.terminate();
    await eventually(() => store.health().state === 'degraded');
    await store.saveIdentity({ id: 'n1', generation: 4, peers: [] });

    await eventually(() => store.health().state === 'ok');
    const other = await stores.open({ url, ...LIMITS });
    await eventually(async () => (await other.loadIdentity('n1'))?.generation === 4);
  });

  it('fails the questions it was asked at once', async () => {
    const { startThread, die } = createDeafThread(({ request }) => request.kind !== 'history');
    const stores = create({ startThread, callTimeoutMs: 60_000, restartMs: 60_000 });
    const store = await stores.open({ url: ':memory:', ...LIMITS });
    const answer = store.history(everything());
    setImmediate(die);
    await expect(answer).rejects.toMatchObject({ code: 'store_away' });
  });

  it('is reported while it hangs, and keeps no node from ending', async () => {
    let now = 0;
    const { startThread } = createDeafThread(({ request }) => request.kind !== 'record');
    const clock = { monotonicMs: () => now };
    const stores = create({ startThread, clock, callTimeoutMs: 5_000, closePatienceMs: 50 });
    const store = await stores.open({ url: ':memory:', ...LIMITS });
    store.recordSamples(Array.from({ length: MESSAGE_ROWS + 1 }, (_, i) => sample(i + 1)));
    now = 5_000;
    expect(store.health().state).toBe('ok');
    now = 6_000;
    expect(store.health()).toMatchObject({ state: 'degraded', oldestWaitingMs: 6_000 });
    expect(store.health().problem).toMatch(/^The storage thread does not answer; /);
    expect(store.health().queuedRows).toBe(MESSAGE_ROWS + 1);
    await store.close();
  });

  it('pauses longer and longer while it keeps dying', async () => {
    const startedAtMs: number[] = [];
    const startThread = (): Thread => {
      startedAtMs.push(performance.now());
      throw new Error('no threads left');
    };
    const stores = create({ startThread, restartMs: 30 });
    const store = await stores.open({ url: ':memory:', ...LIMITS });
    expect(store.health().problem).toContain('stopped (no threads left); it starts again in 0.03');
    await eventually(() => startedAtMs.length === 4);
    expect((startedAtMs[3] ?? 0) - (startedAtMs[0] ?? 0)).toBeGreaterThanOrEqual(30 + 60 + 120 - 3);
    expect(store.health()).toMatchObject({ state: 'degraded' });
  });

  it('for want of memory says so and leaves the node alone', async () => {
    const program = 'const all = []; for (;;) all.push(new Array(100_000).fill(Math.random()));';
    const resourceLimits = { maxOldGenerationSizeMb: 8, maxYoungGenerationSizeMb: 1 };
    const startThread = (): Thread => new Worker(program, { eval: true, resourceLimits });
    const stores = create({ startThread, restartMs: 60_000 });
    const store = await stores.open({ url: ':memory:', ...LIMITS });
    expect(store.health().problem).toMatch(/stopped \(.*memory limit.*\)/);
  });
});

describe('a thread that does not answer', () => {
  it('lets a store open in time, degraded', async () => {
    const { startThread } = createDeafThread(() => false);
    const stores = create({ startThread, openPatienceMs: 30, closePatienceMs: 30 });
    const store = await stores.open({ url: 'file:data/n1.db', ...LIMITS });
    expect(store.health()).toMatchObject({
      state: 'degraded',
      problem: 'Database data/n1.db is not open yet; rows wait for it.',
    });
    expect(await store.loadIdentity('n1')).toBeUndefined();
  });

  it('fails a question after its time', async () => {
    const { startThread } = createDeafThread(({ request }) => request.kind !== 'history');
    const stores = create({ startThread, callTimeoutMs: 30 });
    const store = await stores.open({ url: ':memory:', ...LIMITS });
    await expect(store.history(everything())).rejects.toMatchObject({ code: 'store_slow' });
  });

  it('lets all be closed in time though it never ends, as when the kernel holds it', async () => {
    const { startThread } = createDeafThread(() => false);
    const held = { ...startThread(), terminate: () => new Promise<number>(() => undefined) };
    const limits = { openPatienceMs: 30, closePatienceMs: 30 };
    const stores = create({ startThread: () => held, ...limits });
    await stores.open({ url: ':memory:', ...LIMITS });
    await expect(stores.close()).resolves.toBeUndefined();
  });

  it('has one message under way and leaves the rest in a bounded queue', async () => {
    const { startThread, calls } = createDeafThread(({ request }) => request.kind !== 'record');
    const stores = create({ startThread, closePatienceMs: 30 });
    const store = await stores.open({ url: ':memory:', ...LIMITS, maxQueuedRows: 5 });
    store.recordSamples([sample(1)]);
    await eventually(() => calls.some(({ request }) => request.kind === 'record'));
    for (let version = 2; version <= 20; version += 1) store.recordSamples([sample(version)]);
    await new Promise((wake) => setTimeout(wake, 60));

    expect(calls.filter(({ request }) => request.kind === 'record')).toHaveLength(1);
    expect(store.health()).toMatchObject({ queuedRows: 6, droppedRows: 14 });
  });
});

describe('a node with a storage thread', () => {
  /** All modules that a file loads at run time, types left out. */
  function loadedBy(path: string, seen = new Set<string>()): Set<string> {
    const source = readFileSync(path, 'utf8');
    for (const [, module = ''] of source.matchAll(
      /^(?:import|export) (?!type)[^;]*?'([^']+)';/gm,
    )) {
      const target = module.startsWith('.') ? resolve(dirname(path), module) : module;
      if (seen.has(target)) continue;
      seen.add(target);
      if (target.startsWith('/')) loadedBy(target, seen);
    }
    return seen;
  }

  it('does not load the database driver itself', () => {
    const loaded = [...loadedBy(resolve('node/storage/thread/worker.ts'))];
    expect(loaded).toContain(resolve('node/storage/thread/thread-link.ts'));
    expect(loaded.filter((module) => module.includes('libsql'))).toEqual([]);
  });

  it('ends by itself once its stores are closed', () => {
    const { url } = newFile(folder);
    const module = resolve('node/storage/thread/worker.ts');
    const program = `
      const { createWorkerStores } = await import(${JSON.stringify(module)});
      const stores = createWorkerStores();
      const store = await stores.open(${JSON.stringify({ url, ...LIMITS })});
      store.recordSamples([${JSON.stringify(sample(1))}]);
      const { state } = store.health();
      await stores.close();
      console.log(state, store.health().writtenRows);`;
    const options = { encoding: 'utf8', timeout: 10_000 } as const;
    const ended = spawnSync(process.execPath, ['--input-type=module', '-e', program], options);
    expect(ended).toMatchObject({ status: 0, stderr: '', stdout: 'ok 1\n' });
  });
});
