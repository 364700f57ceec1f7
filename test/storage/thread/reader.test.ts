// Questions about the past have a thread of their own: bounded, interrupted when given up, there
// only while somebody asks, and never in the way of what is written.

import { createClient } from '@libsql/client';
import { describe, expect, it } from 'vitest';
import type { HistoryQuery } from '../../../node/ports.ts';
import type { Call, Outcome, ReadRequest } from '../../../node/storage/thread/messages.ts';
import { createReader } from '../../../node/storage/thread/reader.ts';
import { lostReader, type ReaderThread } from '../../../node/storage/thread/reader-thread.ts';
import { createWorkerStores } from '../../../node/storage/thread/worker.ts';
import { everything, START_MS } from '../../contract/store.ts';
import { atEnd } from '../../support/closing.ts';
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

const SOURCE = { url: 'file:n1.db', isSpool: false };
const ANSWER_MS = 5_000;
const IDLE_MS = 10_000;

/** A reader whose threads answer when they are told to. */
function createHeldReader() {
  const clock = createManualClock();
  const threads: { calls: Call<ReadRequest>[]; isGone: boolean; end(code: number): void }[] = [];
  const told = new Map<number, (outcome: Outcome) => void>();
  const start = (): ReaderThread => {
    let exit = (_: number): void => undefined;
    let tell = (_: Outcome): void => undefined;
    const thread = {
      calls: [] as Call<ReadRequest>[],
      isGone: false,
      end(code: number) {
        thread.isGone = true;
        exit(code);
      },
    };
    threads.push(thread);
    return {
      postMessage(call) {
        thread.calls.push(call);
        if (call.request.kind === 'read') told.set(call.call, tell);
      },
      on(event: string, listener: unknown) {
        if (event === 'message') tell = listener as typeof tell;
        if (event === 'exit') exit = listener as typeof exit;
      },
      ref: () => undefined,
      unref: () => undefined,
      terminate: async () => {
        queueMicrotask(() => thread.end(1));
        return 1;
      },
    };
  };
  const reader = createReader({ start, after: clock.after, answerMs: ANSWER_MS, idleMs: IDLE_MS });
  const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));
  return {
    clock,
    threads,
    reader,
    settle,
    /** What became of a question, so far. */
    async ask(signal?: AbortSignal) {
      const asked = { outcome: 'waiting' };
      reader.ask(SOURCE, everything(), signal).then(
        () => {
          asked.outcome = 'answered';
        },
        (error) => {
          asked.outcome = error.code;
        },
      );
      await settle();
      return asked;
    },
    async answer(call: number): Promise<void> {
      told.get(call)?.({ call, value: [] });
      await settle();
    },
    async fail(call: number, code: string): Promise<void> {
      told.get(call)?.({ call, error: { code, message: '' } });
      await settle();
    },
    kinds: (index: number): string[] =>
      threads[index]?.calls.map(({ request }) => request.kind) ?? [],
  };
}

describe('questions about the past', () => {
  it('are two at a time; the others wait in a line', async () => {
    const { ask, answer, kinds } = createHeldReader();
    const asked = [await ask(), await ask(), await ask()];
    expect(kinds(0)).toEqual(['read', 'read']);
    await answer(1);
    expect(kinds(0)).toEqual(['read', 'read', 'read']);
    expect(asked.map(({ outcome }) => outcome)).toEqual(['answered', 'waiting', 'waiting']);
  });

  it('are refused beyond the line, and when their turn does not come in time', async () => {
    const { ask, clock, settle } = createHeldReader();
    const asked = [];
    for (let number = 0; number < 40; number += 1) asked.push(await ask());
    expect(asked.filter(({ outcome }) => outcome === 'waiting')).toHaveLength(34);
    expect(asked.filter(({ outcome }) => outcome === 'store_busy')).toHaveLength(6);
    clock.advance(ANSWER_MS);
    await settle();
    expect(new Set(asked.map(({ outcome }) => outcome))).toEqual(
      new Set(['store_slow', 'store_busy']),
    );
  });

  it('that are given up leave the line, or are interrupted at work', async () => {
    const { ask, kinds, settle, answer } = createHeldReader();
    const controllers = [1, 2, 3].map(() => new AbortController());
    const asked = [];
    for (const { signal } of controllers) asked.push(await ask(signal));
    controllers[2]?.abort();
    controllers[0]?.abort();
    await settle();
    expect(asked.map(({ outcome }) => outcome)).toEqual([
      'store_given_up',
      'waiting',
      'store_given_up',
    ]);
    expect(kinds(0)).toEqual(['read', 'read', 'stop']);
    // Its place is free when the thread has let go of it, no sooner.
    await ask();
    expect(kinds(0)).toEqual(['read', 'read', 'stop']);
    await answer(1);
    expect(kinds(0)).toEqual(['read', 'read', 'stop', 'read']);
  });

  it('that take too long are interrupted, and a thread that is held is ended', async () => {
    const { ask, clock, settle, kinds, threads } = createHeldReader();
    const asked = await ask();
    clock.advance(ANSWER_MS);
    await settle();
    expect(asked.outcome).toBe('store_slow');
    expect(kinds(0)).toEqual(['read', 'stop']);
    clock.advance(2_000);
    await settle();
    expect(threads[0]?.isGone).toBe(true);
    await ask();
    expect(threads).toHaveLength(2);
  });

  it('fail when their thread dies; the next one gets a new one', async () => {
    const { ask, answer, threads, settle } = createHeldReader();
    const asked = await ask();
    threads[0]?.end(1);
    await settle();
    expect(asked.outcome).toBe('store_away');
    const next = await ask();
    await answer(1);
    expect(next.outcome).toBe('answered');
  });

  it('end a thread whose driver did not load, for it cannot load there again', async () => {
    const { ask, answer, fail, threads } = createHeldReader();
    const asked = await ask();
    await fail(1, 'store_driver');
    expect(asked.outcome).toBe('store_driver');
    const next = await ask();
    expect(threads.map(({ isGone }) => isGone)).toEqual([true, false]);
    await answer(1);
    expect(next.outcome).toBe('answered');
  });

  it('say which limit is too low where a thread finds no file to open', () => {
    const reasons = [
      'Worker initialization failure: EMFILE',
      'Cannot read package config /priomon/package.json: too many open files.',
    ];
    for (const reason of reasons) {
      const { code, message } = lostReader(new Error(reason));
      expect(code).toBe('store_away');
      expect(message).toContain('raise its limit (ulimit -n');
    }
    expect(lostReader('exit code 1').message).toMatch(/exit code 1\); ask again\.$/);
  });

  it('have a thread only while there are any, and some seconds longer', async () => {
    const { ask, answer, clock, reader, settle } = createHeldReader();
    expect(reader.isAwake()).toBe(false);
    await ask();
    await answer(1);
    clock.advance(IDLE_MS - 1);
    expect(reader.isAwake()).toBe(true);
    clock.advance(1);
    await settle();
    expect(reader.isAwake()).toBe(false);
  });
});

describe('a database of many rows', () => {
  /** A hundred nodes; a question for all of them reads every row. */
  async function createLarge(): Promise<string> {
    const { url } = newFile(folder);
    await (await openStore({ url })).close();
    const client = createClient({ url });
    const slot = START_MS / 3_600_000;
    const numbers = (most: number): string => `WITH RECURSIVE numbers (i) AS (
      SELECT 1 UNION ALL SELECT i + 1 FROM numbers WHERE i < ${most}
    )`;
    await client.execute(`${numbers(100)}
      INSERT INTO series (node, metric, generation, unit, last_slot)
      SELECT 'n' || i, 'cpu', 1, '%', ${slot} FROM numbers`);
    await client.execute(`${numbers(500)}
      INSERT INTO samples (slot, series, version, offset_ms, value)
      SELECT ${slot}, id, i, i * 1000, i FROM series CROSS JOIN numbers`);
    client.close();
    return url;
  }

  it('takes rows while it is asked for all that it has', async () => {
    const stores = createWorkerStores({ postMs: 10, callTimeoutMs: 60_000 });
    atEnd(stores.close);
    const url = await createLarge();
    const limits = { retentionMs: FOREVER_MS, maxBytes: 1e9, flushMs: 10 };
    const store = await stores.open({ url, ...limits });
    await eventually(() => store.health().state === 'ok');
    const query: HistoryQuery = everything({ stepMs: 1_000, limit: 10_000 });
    let answered = 0;
    const asked = Array.from({ length: 8 }, () =>
      store.history(query).then(() => {
        answered += 1;
      }),
    );
    store.recordSamples(versions(1, 1_000));
    await eventually(() => store.health().writtenRows === 1_000);
    expect(answered).toBeLessThan(8);
    await Promise.all(asked);
  });
});
