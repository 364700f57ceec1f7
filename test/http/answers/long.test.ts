// What long answers take while they are made: a place each, and nothing once nobody waits for them.

import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { CPU } from '../../../node/config/metrics.ts';
import { listen } from '../../../node/host/network/listen.ts';
import { createAnswering } from '../../../node/http/answers/answering.ts';
import type { Clock } from '../../../node/ports.ts';
import { fixture, member, reading } from '../fixture.ts';

const NODES = 400;

const fleet = Array.from({ length: NODES }, (_, i) =>
  member(`n${String(i).padStart(4, '0')}`, {
    metrics: Array.from({ length: 30 }, (_, j) => reading({ ...CPU, name: `m${j}` }, j)),
  }),
);

const soon = () => new Promise<undefined>((resolve) => setImmediate(resolve, undefined));

/** Turns and waits end when they are told to. */
function heldClock() {
  const due = new Set<{ delayMs: number; callback: () => void }>();
  const after: Clock['after'] = (delayMs, callback) => {
    const item = { delayMs, callback };
    due.add(item);
    return () => due.delete(item);
  };
  /** All waits of this length end. */
  const pass = async (delayMs: number): Promise<void> => {
    for (const item of [...due].filter((each) => each.delayMs === delayMs)) {
      if (due.delete(item)) item.callback();
    }
    await soon();
  };
  const turnsUntil = async <Result>(promise: Promise<Result>): Promise<Result> => {
    let isOver = false;
    const mark = () => {
      isOver = true;
    };
    promise.then(mark, mark);
    for (let i = 0; !isOver && i < 1_000; i++) await pass(0);
    return promise;
  };
  return { clock: { ...fixture().deps.clock, after }, pass, turnsUntil };
}

/** A large fleet, and how many of its nodes were read. */
function largeFleet() {
  const held = heldClock();
  const { view } = fixture({}, fleet);
  let reads = 0;
  const counted: typeof view = {
    ...view,
    member(id) {
      reads++;
      return view.member(id);
    },
  };
  const { app } = fixture({ clock: held.clock, view: counted });
  const ask = async (path: string, init: RequestInit = {}, caller = '10.0.0.1') =>
    app.request(path, init, { caller });
  return { ...held, app, ask, reads: () => reads };
}

const until = async (isTrue: () => boolean): Promise<void> => {
  const deadline = performance.now() + 5_000;
  while (!isTrue() && performance.now() < deadline) await soon();
  expect(isTrue()).toBe(true);
};

const AGGREGATE = '/query?aggregate=avg,p95';

describe('a long answer', () => {
  it.each([
    ['GET', AGGREGATE],
    ['HEAD', AGGREGATE],
    ['GET', '/query?top=1'],
    ['GET', '/query?where=m1%3E99'],
  ])('is not made further when its caller is gone: %s %s', async (method, path) => {
    const { ask, reads, pass, turnsUntil } = largeFleet();
    const gone = new AbortController();
    const asked = ask(path, { method, signal: gone.signal });
    await until(() => reads() > 1);
    await pass(0);
    await pass(0);
    gone.abort();
    const before = reads();
    expect(before).toBeLessThan(NODES / 2);
    expect((await turnsUntil(asked)).status).toBe(503);
    expect(reads()).toBe(before);
  });

  it('is not made further when its reader is gone', async () => {
    const { ask, reads, pass, turnsUntil } = largeFleet();
    const gone = new AbortController();
    const answer = await turnsUntil(ask('/state', { signal: gone.signal }));
    const before = reads();
    gone.abort();
    const text = answer.text().catch(({ message }) => message);
    expect(await turnsUntil(text)).toContain('The caller left');
    await pass(0);
    expect(reads()).toBe(before);
  });

  it('ends with the listener', async () => {
    const { app, reads, pass } = largeFleet();
    const listener = await listen(app, { host: '127.0.0.1', port: 0 });
    const asked = fetch(`${listener.address}${AGGREGATE}`).catch(() => 'cut off');
    await until(() => reads() > 1);
    await listener.close();
    expect(await asked).toBe('cut off');
    await soon();
    const before = reads();
    for (let i = 0; i < 20; i++) await pass(0);
    expect(reads()).toBe(before);
  });

  it.each(['GET', 'HEAD'])('has its place before there is text of it: %s', async (method) => {
    const { ask, pass, turnsUntil } = largeFleet();
    const paths = [1, 2, 3, 4, 5].map((i) => `${AGGREGATE}&where=m1%3E-${i}`);
    const [first, ...others] = paths.map((path) => ask(path, { method }));
    const fifth = others.pop();
    const other = ask(AGGREGATE, { method }, '10.0.0.2');
    await soon();
    expect(await Promise.race([fifth, soon()])).toBeUndefined();
    await pass(5_000);
    const refused = await Promise.race([fifth, soon()]);
    expect(refused?.status).toBe(503);
    expect(refused?.headers.get('Retry-After')).toBe('1');
    for (const each of [first, ...others, other]) {
      expect((await turnsUntil(each as Promise<Response>)).status).toBe(200);
    }
    expect((await turnsUntil(ask(AGGREGATE, { method }))).status).toBe(200);
  });

  it('lets the next answer in line begin when one before it is done', async () => {
    const { ask, turnsUntil } = largeFleet();
    const asked = Array.from({ length: 20 }, (_, i) => ask(`${AGGREGATE}&where=m1%3E-${i + 1}`));
    const answers = await turnsUntil(Promise.all(asked));
    expect(answers.map(({ status }) => status)).toEqual(Array(20).fill(200));
  });
});

describe('what an answer holds while it is made', () => {
  /** Answers of ten slices, without text or each one too long to be held. */
  function counting(text: string) {
    const { clock, pass, turnsUntil } = heldClock();
    const answering = createAnswering(fixture().view, clock);
    let held = 0;
    function* pieces() {
      held++;
      try {
        for (let i = 0; i < 10; i++) {
          yield 2_000;
          yield text;
        }
      } finally {
        held--;
      }
    }
    const app = new Hono()
      .onError(() => new Response(null, { status: 503 }))
      .get('/view', (c) => answering.answer(c, pieces))
      .get('/history', (c) => answering.send(c, pieces()));
    const ask = async (path: string, init: RequestInit = {}) =>
      app.request(path, init, { caller: '10.0.0.1' });
    return { ask, pass, turnsUntil, held: () => held };
  }
  const LONG = 'x'.repeat(200_000);

  it.each(['/view', '/history'])('is given back when it is read, or refused: %s', async (path) => {
    const { ask, pass, turnsUntil, held } = counting('');
    const asked = Array.from({ length: 10 }, () => ask(path));
    await soon();
    expect(held()).toBe(10);
    await pass(5_000);
    expect(held()).toBe(4);
    await turnsUntil(Promise.all(asked));
    expect(held()).toBe(0);
  });

  it.each([
    ['HEAD', '/view', {}],
    ['HEAD', '/history', {}],
    ['GET', '/view', { 'If-None-Match': '*' }],
  ])('is given back where the reader reads no further: %s %s', async (method, path, headers) => {
    const { ask, turnsUntil, held } = counting(LONG);
    for (let i = 0; i < 6; i++) await turnsUntil(ask(path, { method, headers }));
    expect(held()).toBe(0);
  });

  it('is given back by a reader that ends, and by one that takes nothing', async () => {
    const { ask, pass, turnsUntil, held } = counting(LONG);
    const [ended] = await turnsUntil(Promise.all([ask('/view'), ask('/history')]));
    expect(held()).toBe(2);
    await ended?.body?.cancel();
    expect(held()).toBe(1);
    await pass(20_000);
    expect(held()).toBe(0);
  });
});
