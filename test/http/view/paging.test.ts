// Answers over many nodes come in pages, and long ones in slices between which others have a turn.

import { describe, expect, it } from 'vitest';
import { CPU } from '../../../node/config/metrics.ts';
import type { MembersAnswer, QueryAnswer, StateAnswer } from '../../../node/http/answers/shapes.ts';
import { createTurns, takeSlice } from '../../../node/http/answers/turns.ts';
import { filterOf } from '../../../node/http/view/filter.ts';
import { selectPage, textsOf } from '../../../node/http/view/selection.ts';
import { fixture, member, problemOf, reading } from '../fixture.ts';

/** In the order of their ids, as views have them. */
const fleet = (nodes: number, metrics = 1) => {
  const readings = Array.from({ length: metrics }, (_, i) =>
    reading({ ...CPU, name: i === 0 ? 'cpu' : `m${i}` }, i),
  );
  return Array.from({ length: nodes }, (_, i) =>
    member(`n${String(i).padStart(4, '0')}`, { metrics: readings, labels: { odd: String(i % 2) } }),
  );
};

type Page = StateAnswer & MembersAnswer & QueryAnswer;

/** All pages from an address on, as whoever follows `next` reads them. */
async function pagesFrom(path: string, nodes: ReturnType<typeof fleet>, changes = {}) {
  const { app } = fixture(changes, nodes);
  const base = new URL(path, 'http://127.0.0.1:4001');
  const pages: Page[] = [];
  for (let url: URL | undefined = base; url !== undefined; ) {
    const answer = await app.request(url);
    expect(answer.status).toBe(200);
    const page = (await answer.json()) as Page;
    pages.push(page);
    url = page.next === undefined ? undefined : new URL(page.next, url);
  }
  return pages;
}

describe('a page', () => {
  it('is a fleet of 1,000 nodes as a whole', async () => {
    const pages = await pagesFrom('/state', fleet(1_000, 20));
    expect(pages).toHaveLength(1);
    expect(Object.keys(pages[0]?.nodes ?? {})).toHaveLength(1_000);
  });

  it('says where the rest is, and all together have each node once', async () => {
    const pages = await pagesFrom('/state?label=odd:1&limit=7', fleet(100));
    expect(pages.map(({ nodes }) => Object.keys(nodes).length)).toEqual([
      ...[7, 7, 7, 7, 7, 7, 7],
      1,
    ]);
    const ids = pages.flatMap(({ nodes }) => Object.keys(nodes));
    expect(ids).toEqual(ids.toSorted());
    expect(new Set(ids).size).toBe(50);
    expect(pages[0]?.next).toBe('state?label=odd%3A1&limit=7&after=n0013');
  });

  it('has no more than 1,000 nodes or 32,000 metrics, whatever a member told', async () => {
    const flooded = await pagesFrom('/state', fleet(300, 255));
    expect(flooded.map(({ nodes }) => Object.keys(nodes).length)).toEqual([125, 125, 50]);
    const many = await pagesFrom('/members', fleet(2_500));
    expect(many.map(({ members }) => members.length)).toEqual([1_000, 1_000, 500]);
  });

  it('is of rows too, below a base path as well', async () => {
    const path = '/priomon/query?where=cpu%3E%3D0&limit=40';
    const pages = await pagesFrom(path, fleet(100, 2), { basePath: '/priomon' });
    expect(pages.map(({ rows }) => rows.length)).toEqual([80, 80, 40]);
  });

  it.each([
    ['/state?limit=0', '`limit` must be a whole number from 1 to 1000.'],
    ['/members?limit=1001', '`limit` must be a whole number from 1 to 1000.'],
    ['/query?aggregate=avg&after=n1', '`after` is for rows of all nodes in turn'],
    ['/query?top=3&limit=5', '`limit` is for rows of all nodes in turn'],
    ['/query?node=n1&quorum=1&limit=5', '`limit` is for many nodes, `quorum` asks about one'],
  ])('%s is refused in a sentence', async (path, sentence) => {
    const problem = await problemOf(await fixture().app.request(path));
    expect(problem).toMatchObject({ status: 400, code: 'invalid_query' });
    expect(problem.detail).toContain(sentence);
  });
});

describe('a long answer', () => {
  it('is the same as a short one, piece by piece', async () => {
    const nodes = fleet(400, 30);
    const { app } = fixture({}, nodes);
    const whole = (await (await app.request('/state')).json()) as StateAnswer;
    const { nodes: one } = (await (await app.request('/state?node=n0321')).json()) as StateAnswer;
    expect(Object.keys(whole.nodes)).toEqual(nodes.map(({ id }) => id));
    expect(whole.nodes.n0321).toEqual(one.n0321);
  });

  it('lets others have their turn', async () => {
    const { app } = fixture({}, fleet(400, 30));
    let turns = 0;
    const count = (): void => {
      turns++;
      timer = setImmediate(count);
    };
    let timer = setImmediate(count);
    await (await app.request('/state')).text();
    clearImmediate(timer);
    expect(turns).toBeGreaterThan(5);
  });

  /** All long waits are over when `pass` says so. */
  const heldClock = () => {
    const { clock } = fixture().deps;
    const due: { delayMs: number; callback: () => void }[] = [];
    const after = (delayMs: number, callback: () => void) => {
      if (delayMs === 0) return clock.after(0, callback);
      const item = { delayMs, callback };
      due.push(item);
      return () => void due.splice(due.indexOf(item), due.includes(item) ? 1 : 0);
    };
    const pass = (delayMs: number): void => {
      for (const item of due.filter((each) => each.delayMs <= delayMs)) item.callback();
    };
    return { clock: { ...clock, after }, pass };
  };
  const soon = () => new Promise((resolve) => setImmediate(resolve));

  it('waits for another, where one page asks for twenty at once', async () => {
    const { app } = fixture({}, fleet(400, 30));
    const answers = Array.from({ length: 20 }, async (_, i) => {
      const answer = await app.request(`/state?limit=${1_000 - i}`, {}, { caller: '10.0.0.1' });
      return { status: answer.status, text: await answer.text() };
    });
    for (const { status, text } of await Promise.all(answers)) {
      expect(status, text.slice(0, 200)).toBe(200);
      expect(text.endsWith('}}')).toBe(true);
    }
  });

  it('is refused in the end to a caller that has four under way and reads none', async () => {
    const { clock, pass } = heldClock();
    const { app } = fixture({ clock }, fleet(400, 30));
    const ask = (caller: string, i: number) =>
      app.request(`/state?limit=${1_000 - i}`, {}, { caller });
    const unread = await Promise.all([1, 2, 3, 4].map((i) => ask('10.0.0.1', i)));
    expect(unread.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    const late = ask('10.0.0.1', 5);
    while ((await Promise.race([late, soon()])) === undefined) pass(5_000);
    const refused = await late;
    expect(refused.headers.get('Retry-After')).toBe('1');
    expect(await problemOf(refused)).toMatchObject({ status: 503, code: 'busy' });
    expect((await ask('10.0.0.2', 6)).status).toBe(200);
    await unread[0]?.body?.cancel();
    expect((await ask('10.0.0.1', 7)).status).toBe(200);
    expect((await unread[1]?.text())?.endsWith('}}')).toBe(true);
    expect((await ask('10.0.0.1', 8)).status).toBe(200);
  });

  it('counts all addresses of one IPv6 network as one reader', async () => {
    const { clock, pass } = heldClock();
    const { app } = fixture({ clock }, fleet(400, 30));
    const ask = (i: number) =>
      app.request(`/state?limit=${1_000 - i}`, {}, { caller: `2001:db8::${i}` });
    await Promise.all([1, 2, 3, 4].map(ask));
    const late = ask(5);
    while ((await Promise.race([late, soon()])) === undefined) pass(5_000);
    expect((await late).status).toBe(503);
  });

  it('is not waited for by a caller that is gone', async () => {
    const { app } = fixture({ clock: heldClock().clock }, fleet(400, 30));
    const ask = (i: number, signal?: AbortSignal) =>
      app.request(`/state?limit=${1_000 - i}`, { signal: signal ?? null }, { caller: '10.0.0.1' });
    const unread = await Promise.all([1, 2, 3, 4].map((i) => ask(i)));
    const gone = new AbortController();
    const fifth = ask(5, gone.signal);
    const sixth = ask(6);
    await soon();
    gone.abort();
    expect((await fifth).status).toBe(503);
    await unread[0]?.body?.cancel();
    expect((await sixth).status).toBe(200);
  });

  it('takes no place where HEAD asks for its headers alone', async () => {
    const { app } = fixture({}, fleet(1_000, 20));
    for (let i = 0; i < 20; i++) {
      expect((await app.request('/state', { method: 'HEAD' })).status).toBe(200);
    }
    const answer = await app.request('/state');
    expect(answer.status).toBe(200);
    await answer.text();
  });

  it('is given up when its reader takes nothing for long, and its place is free', async () => {
    const { clock, pass } = heldClock();
    const { app } = fixture({ clock }, fleet(400, 30));
    const ask = (i: number) => app.request(`/state?limit=${1_000 - i}`, {}, { caller: '10.0.0.1' });
    const unread = await Promise.all([1, 2, 3, 4].map(ask));
    const fifth = ask(5);
    while ((await Promise.race([fifth, soon()])) === undefined) pass(20_000);
    expect((await fifth).status).toBe(200);
    await expect(unread[0]?.text()).rejects.toThrow('took nothing for too long');
  });
});

describe('slices', () => {
  it('end by what was looked at as well as by what was told', () => {
    const pieces = function* () {
      for (let i = 0; i < 5; i++) {
        yield 600;
        yield 'x'.repeat(10);
      }
    };
    const made = pieces();
    const texts: string[] = [];
    for (let isDone = false; !isDone; ) {
      const slice = takeSlice(made);
      texts.push(slice.text);
      ({ isDone } = slice);
    }
    expect(texts.join('')).toBe('x'.repeat(50));
    expect(texts.length).toBeGreaterThan(2);
  });

  const labelled = (nodes: number, labelLength: number) =>
    Array.from({ length: nodes }, (_, i) =>
      member(`n${String(i).padStart(4, '0')}`, {
        metrics: Array.from({ length: 250 }, (_, j) =>
          reading(
            { ...CPU, name: `q{a="${`${i}-${j}`.padEnd(labelLength, 'b')}"}`, family: 'q' },
            j,
          ),
        ),
      }),
    );
  /** How many slices it takes to find that no metric is asked for. */
  const slicesFor = (metric: string, nodes: ReturnType<typeof labelled>): number => {
    const filter = filterOf({ metric: metric.split(',') });
    const found = textsOf(selectPage(fixture({}, nodes).view, filter, {}).members, () => 'never');
    let slices = 1;
    while (!takeSlice(found).isDone) slices++;
    return slices;
  };

  it('end by the characters that patterns were held against', () => {
    expect(slicesFor('zz', labelled(20, 80))).toBeLessThan(4);
    // 5,000 names of 87 characters.
    expect(slicesFor('*zz', labelled(20, 80))).toBeGreaterThan(6);
    expect(slicesFor(`*zz,${'*zy,'.repeat(3)}*zx`, labelled(20, 80))).toBeGreaterThan(30);
  });

  it('end within one node, where the labels of its metrics are kilobytes', () => {
    expect(slicesFor('*zz', labelled(1, 1_000))).toBeGreaterThan(3);
  });

  it('of all that wait are made one at a turn', async () => {
    const due: (() => void)[] = [];
    const turns = createTurns({
      after: (_, callback) => {
        due.push(callback);
        return () => {};
      },
    });
    let gone = 0;
    for (let i = 0; i < 3; i++) void turns.next().then(() => gone++);
    for (let i = 1; i <= 3; i++) {
      expect(due).toHaveLength(i);
      due.at(-1)?.();
      await Promise.resolve();
      expect(gone).toBe(i);
    }
    expect(due).toHaveLength(3);
  });
});
