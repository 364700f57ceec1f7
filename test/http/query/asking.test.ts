// GET /query?quorum=k among several apps, each with a view of its own; a peer is asked by calling
// its app, and some answer wrongly, late or never.

import { describe, expect, it } from 'vitest';
import type { PeerAccess } from '../../../node/app.ts';
import { CPU, MEMORY } from '../../../node/config/metrics.ts';
import type { MemberReading } from '../../../node/core/model.ts';
import { createRandom } from '../../../node/core/random.ts';
import { DEFAULT_SETTINGS } from '../../../node/core/settings.ts';
import { OperatingError } from '../../../node/errors.ts';
import type { QueryAnswer, QueryRow } from '../../../node/http/answers/shapes.ts';
import { fixture, MONOTONIC_MS, member, problemOf, reading, WALL_MS } from '../fixture.ts';

type Ask = PeerAccess['ask'];

const target = (version: number, changes: Partial<MemberReading> = {}) =>
  member('db', {
    ...{ status: 'dead', address: '', generation: 5, incarnation: 2 },
    metrics: [
      { ...reading(CPU, 10 * version), version },
      { ...reading(MEMORY, 50), version: 2 },
    ],
    ...changes,
  });

/** A clock on which waiting takes no time, but passes it. */
function movingClock() {
  let nowMs = MONOTONIC_MS;
  return {
    pass: (durationMs: number) => {
      nowMs += durationMs;
    },
    monotonicMs: () => nowMs,
    wallMs: () => WALL_MS + nowMs - MONOTONIC_MS,
    after: (delayMs: number, callback: () => void) => {
      nowMs += delayMs;
      queueMicrotask(callback);
      return () => {};
    },
  };
}

/** n1 coordinates; n2 … n5 hold what `views` says, or answer as it does. */
function cluster(own: MemberReading | undefined, views: readonly (MemberReading | Ask | null)[]) {
  const clock = movingClock();
  const asked: string[] = [];
  const ids = views.map((_, i) => `n${i + 2}`);
  const live = (held: MemberReading | undefined) =>
    [member('n1'), ...ids.map((id) => member(id)), held].filter((each) => each !== undefined);
  const answers = new Map(
    views.map((view, i): [string, Ask] => {
      const address = `http://127.0.0.1:${4002 + i}`;
      if (typeof view === 'function') return [address, view];
      const { app } = fixture({ clock, view: viewOf(ids[i] ?? '', live(view ?? undefined)) });
      return [address, async (_, path) => (await app.request(path)).json()];
    }),
  );
  const peers: PeerAccess = {
    random: createRandom(3),
    settings: DEFAULT_SETTINGS,
    ask: async (address, path, timeoutMs) => {
      asked.push(`${address}${path}`);
      clock.pass(5);
      return answers.get(address)?.(address, path, timeoutMs);
    },
  };
  const { app, view } = fixture({ clock, peers }, live(own));
  const query = async (text: string) => {
    const response = await app.request(`/query?${text}`);
    if (response.status !== 200) throw new Error(JSON.stringify(await response.json()));
    return { response, ...((await response.json()) as QueryAnswer) };
  };
  return { app, view, asked, query, clock };
}

const viewOf = (selfId: string, members: readonly MemberReading[]) => ({
  ...{ selfId, cluster: 'test', revision: 1 },
  members: () => [...members],
  heads: () => [...members],
  definitions: () => [CPU, MEMORY],
  facts: () => [],
  member: (id: string) => members.find((each) => each.id === id),
});

const silent: Ask = () => Promise.reject(new OperatingError('unreachable', 'nobody there'));

describe('GET /query?quorum=k', () => {
  it("answers a dead node's last state with who said so, messages and staleness", async () => {
    const { query, asked } = cluster(target(7), [target(7), target(7), target(7)]);
    const { response, rows, quorum, statuses, aggregates } = await query('node=db&quorum=3');
    expect(response.headers.get('Cache-Control')).toBe('no-store');
    expect(response.headers.get('ETag')).toBeNull();
    expect(statuses).toContain('dead');
    expect(aggregates).toEqual([]);
    const cpu: Partial<QueryRow> = {
      ...{ node: 'db', status: 'dead', metric: 'cpu', value: 70, unit: '%', version: 7 },
      ...{ generation: 5, incarnation: 2, priority: 1 },
    };
    expect(rows).toEqual([
      expect.objectContaining(cpu),
      expect.objectContaining({ metric: 'memory', value: 50, version: 2 }),
    ]);
    expect(quorum).toMatchObject({
      outcome: 'agreed',
      detail: '3 nodes hold the newest state of db that was seen, or one within its deltas.',
      wanted: 3,
      newest: { generation: 5, version: 7 },
      ...{ unknownTo: [], failed: [], tries: 1, messages: 4, tookMs: 10 },
    });
    expect(quorum?.agreed).toHaveLength(3);
    expect(quorum?.agreed).toContain('n1');
    // Sampled 1.5 s before the query, which took 10 ms; those may count twice, see below.
    expect(quorum?.staleness).toEqual({ atMostMs: 1_520, hiddenMs: 1_520 });
    expect(asked).toHaveLength(2);
    for (const url of asked)
      expect(url).toMatch(/^http:\/\/127\.0\.0\.1:400[2-4]\/query\?node=db$/);
  });

  it('asks peers for the same metrics without a quorum: questions do not travel on', async () => {
    const { query, asked } = cluster(target(7), [target(7)]);
    const { rows } = await query('node=db&metric=c*,load1&quorum=2');
    expect(rows.map(({ metric }) => metric)).toEqual(['cpu']);
    expect(asked).toEqual(['http://127.0.0.1:4002/query?node=db&metric=c*&metric=load1']);
  });

  it('counts ages from the request on: an answer may have been long on its way', async () => {
    const slow: Ask = async (_, path) => {
      const { app } = fixture({ clock, view: viewOf('n2', [target(7)]) });
      const answer = await (await app.request(path)).json();
      clock.pass(400);
      return answer;
    };
    const { query, clock } = cluster(target(6), [slow]);
    const { quorum } = await query('node=db&metric=cpu&quorum=2&tries=1');
    expect(quorum).toMatchObject({ outcome: 'disagreed', newest: { version: 7 }, tookMs: 405 });
    expect(quorum?.staleness?.atMostMs).toBeGreaterThanOrEqual(1_500 + 405);
  });

  it('shows no rows without agreement, but who held what', async () => {
    const { query, asked } = cluster(target(7), [target(6), target(8), silent, null]);
    const { rows, quorum } = await query('node=db&metric=cpu&quorum=3');
    expect(rows).toEqual([]);
    expect(quorum).toMatchObject({
      outcome: 'disagreed',
      newest: { generation: 5, version: 8 },
      agreed: ['n3'],
      unknownTo: ['n5'],
      failed: [{ node: 'n4', reason: 'no_answer' }],
      tries: 3,
    });
    expect(quorum?.detail).toBe(
      '4 nodes answered, but 1 of 3 wanted hold the newest state of db that was seen; ' +
        'ask again, or with more tries.',
    );
    expect(quorum?.votes).toContainEqual({ node: 'n2', generation: 5, version: 6, agrees: false });
    // One request got no answer each time it was tried; all else came.
    const failures = asked.filter((url) => url.includes(':4004/')).length;
    expect(quorum?.messages).toBe(2 * asked.length - failures);
  });

  it('gives peers that are behind by a delta a round to catch up', async () => {
    const late: Ask = async (_, path) => {
      const version = clock.monotonicMs() < MONOTONIC_MS + 1_000 ? 6 : 7;
      return (await fixture({ view: viewOf('n2', [target(version)]) }).app.request(path)).json();
    };
    const { query, clock } = cluster(target(7), [late]);
    const { quorum } = await query('node=db&quorum=2&tries=2');
    expect(quorum).toMatchObject({ outcome: 'agreed', tries: 2, messages: 4, tookMs: 1_010 });
  });

  it('says that no node knows a node that is unknown to all', async () => {
    const { query } = cluster(undefined, [null, null, null]);
    const { rows, quorum } = await query('node=nobody&quorum=3');
    expect(rows).toEqual([]);
    expect(quorum).toMatchObject({ outcome: 'unknown', newest: null, staleness: null });
    expect(quorum?.detail).toBe('4 nodes answered, and none holds anything of nobody.');
  });

  it('ends in time when peers do not, with what it has', async () => {
    const stuck: Ask = (_, __, timeoutMs) => {
      clock.pass(timeoutMs);
      return silent('', '', 0);
    };
    const { query, clock } = cluster(target(7), [stuck, stuck, stuck, stuck]);
    const { quorum } = await query('node=db&quorum=2&tries=10&timeout=2500ms');
    expect(quorum).toMatchObject({ outcome: 'unanswered', agreed: ['n1'] });
    expect(quorum?.tookMs).toBeLessThanOrEqual(2_520);
    expect(quorum?.detail).toMatch(/^1 of 2 wanted nodes answered, \d did not; ask again, or/);
  });

  const told =
    (changes: object = {}, row: object = {}) =>
    async () => ({
      ...{ answeredBy: 'n2', cluster: 'test' },
      rows: [{ ...ROW, ...row }],
      ...changes,
    });
  const ROW = {
    ...{ node: 'db', status: 'dead', metric: 'cpu', value: 70, unit: '%', priority: 1 },
    ...{ description: '', delta: 5, version: 7, ageMs: 10, generation: 5, incarnation: 2 },
    ...{ since: '2026-01-31T11:59:00.000Z', sampledAt: '2026-01-31T12:00:00.000Z' },
  };

  const MANY_ROWS = Array.from({ length: 256 }, (_, i) => ({ ...ROW, metric: `cpu${i}` }));

  it('takes the plain answer that the next cases break', async () => {
    const { query } = cluster(target(7), [told()]);
    expect((await query('node=db&metric=cpu&quorum=2')).quorum?.outcome).toBe('agreed');
  });

  it.each<[string, Ask]>([
    ['nothing', async () => undefined],
    ['a list', async () => [1]],
    ['as another node', told({ answeredBy: 'n3' })],
    ['from another cluster', told({ cluster: 'other' })],
    ['about another node', told({}, { node: 'web' })],
    ['about another metric', told({}, { metric: 'swap' })],
    ['a value that is no number', told({}, { value: null })],
    ['a version that is none', told({}, { version: 1.5 })],
    ['an age in the future', told({}, { ageMs: -1 })],
    ['a status that is none', told({}, { status: 'fine' })],
    ['a unit that steers the terminal', told({}, { unit: '\u001b[2J' })],
    ['one metric twice', told({ rows: [ROW, ROW] })],
    ['two generations', told({ rows: [ROW, { ...ROW, metric: 'cpu2', generation: 6 }] })],
    ['more rows than there are metrics', told({ rows: MANY_ROWS })],
  ])('does not take the word of a peer that answers %s', async (_, answer) => {
    const { query } = cluster(target(7), [answer]);
    const { quorum } = await query('node=db&metric=cpu*&quorum=2&tries=1');
    expect(quorum).toMatchObject({
      outcome: 'unanswered',
      failed: [{ node: 'n2', reason: 'bad_answer' }],
      messages: 2,
    });
  });

  it('never asks nodes that are dead, left or take no calls, nor itself', async () => {
    const { view, asked, query, app } = cluster(target(7), [target(7), target(7)]);
    view.set([
      ...[member('n1'), target(7), member('n2', { status: 'suspect' })],
      ...[member('n3', { address: '' }), member('n4', { status: 'dead' })],
      member('n5', { status: 'left' }),
    ]);
    expect((await query('node=db&quorum=2')).quorum?.outcome).toBe('agreed');
    expect(asked.map((url) => new URL(url).port)).toEqual(['4002']);
    expect(await problemOf(await app.request('/query?node=db&quorum=3'))).toMatchObject({
      status: 409,
      code: 'quorum_too_large',
      detail:
        '`quorum` is 3, but 2 live nodes are known here, this one and 1 that can be called; ' +
        'ask for 2 at most.',
    });
  });

  it('lets faults of the program through, and counts them out of the limit again', async () => {
    const broken: Ask = () => Promise.reject(new TypeError('a fault'));
    const { app } = cluster(target(7), [broken]);
    for (let i = 0; i < 10; i++) {
      const { code } = await problemOf(await app.request('/query?node=db&quorum=2'));
      expect(code).toBe('internal');
    }
  });

  it('runs eight at once and two for one caller, and no more', async () => {
    const release: (() => void)[] = [];
    const waiting: Ask = () => new Promise((resolve) => release.push(() => resolve(undefined)));
    const { app } = cluster(target(7), [waiting]);
    const path = '/query?node=db&quorum=2&tries=1';
    const ask = (caller: string) => app.request(path, {}, { caller });
    const running = Array.from({ length: 8 }, (_, i) => ask(`10.0.0.${i % 4}`));
    await expect.poll(() => release.length).toBe(8);
    const refused = await ask('10.0.0.9');
    expect(refused.headers.get('Retry-After')).toBe('1');
    expect(await problemOf(refused)).toMatchObject({ status: 503, code: 'busy' });
    expect(await problemOf(await ask('10.0.0.1'))).toMatchObject({
      ...{ status: 429, code: 'busy' },
      detail: '2 quorums are under way for you; ask again in 1 s, or another node.',
    });
    expect((await app.request('/query?node=db')).status).toBe(200);
    for (const answer of release) answer();
    expect((await Promise.all(running)).map(({ status }) => status)).toEqual(
      new Array(8).fill(200),
    );
  });

  it('floods no peers: calls are counted, and are allowed again with time', async () => {
    const silentPeers = Array.from({ length: 31 }, () => silent);
    const { app, asked, clock } = cluster(target(7), silentPeers);
    const ask = () => app.request('/query?node=db&quorum=32&tries=10&timeout=30s');
    let answers = 0;
    let refused = await ask();
    for (; refused.status === 200; refused = await ask()) answers++;
    expect(answers).toBeGreaterThan(0);
    expect(asked.length).toBeLessThan(1_200);
    expect(await problemOf(refused)).toMatchObject({ status: 429, code: 'busy' });
    const waitMs = 1_000 * Number(refused.headers.get('Retry-After'));
    expect(waitMs).toBeGreaterThan(0);
    clock.pass(waitMs);
    expect((await ask()).status).toBe(200);
  });
});
