import { describe, expect, it } from 'vitest';
import { createApp } from '../../node/app.ts';
import { OperatingError } from '../../node/errors.ts';
import type { HistoryAnswer } from '../../node/http/answers/shapes.ts';
import type { History, HistoryQuery } from '../../node/ports.ts';
import { createWaitingLine } from '../../node/storage/thread/waiting-line.ts';
import { historyOf } from '../support/points.ts';
import { fixture, member, problemOf, storeOf, WALL_MS } from './fixture.ts';

const HOUR_MS = 3_600_000;

const asked = async (query: string) => {
  const { app, records } = fixture();
  const answer = await app.request(`/history${query}`);
  expect(answer.status).toBe(200);
  return records.history[0];
};

describe('GET /history', () => {
  it('answers stored points with their times', async () => {
    const point = { node: 'n1', metric: 'cpu', unit: '%', min: 1, avg: 2, max: 3, count: 4 };
    const { app } = fixture({ store: storeOf([{ ...point, atMs: WALL_MS - 60_000 }]) });
    const answer = await app.request('/history?node=n1&metric=cpu&step=1m');
    expect(await answer.json()).toEqual({
      ...{ answeredBy: 'n1', cluster: 'test', at: '2026-01-31T12:00:00.000Z' },
      from: '2026-01-31T11:00:00.000Z',
      to: '2026-01-31T12:00:00.000Z',
      stepMs: 60_000,
      limited: false,
      notes: [],
      series: [
        {
          ...{ node: 'n1', metric: 'cpu', unit: '%', seenBy: 'owner', stored: 'changes' },
          ...{ delta: 5, refreshMs: 300_000, holdMs: 516_000 },
        },
      ],
      points: [{ ...point, at: '2026-01-31T11:59:00.000Z' }],
    });
  });

  it('asks for the last hour as stored, 1,000 rows at most, unless told otherwise', async () => {
    const span = { fromMs: WALL_MS - HOUR_MS, toMs: WALL_MS };
    expect(await asked('')).toMatchObject({ ...span, stepMs: 0, limit: 1_000, observer: 'n1' });
  });

  it.each([
    ['?from=2h', { fromMs: WALL_MS - 2 * HOUR_MS, toMs: WALL_MS }],
    ['?from=90m&to=30m', { fromMs: WALL_MS - 1.5 * HOUR_MS, toMs: WALL_MS - HOUR_MS / 2 }],
    ['?from=2026-01-31T10:00:00Z', { fromMs: WALL_MS - 2 * HOUR_MS }],
    ['?from=2026-01-31', { fromMs: WALL_MS - 12 * HOUR_MS }],
    [`?from=${WALL_MS - 5}`, { fromMs: WALL_MS - 5 }],
    [`?from=${WALL_MS / 1_000 - 60}`, { fromMs: WALL_MS - 60_000 }],
    ['?from=1769860799.5', { fromMs: WALL_MS - 500 }],
    ['?from=0', { fromMs: 0 }],
    ['?from=2026-01-31T12:00:00+02:00', { fromMs: WALL_MS - 2 * HOUR_MS }],
    ['?from=2026-01-31T12:00:00%2B02:00', { fromMs: WALL_MS - 2 * HOUR_MS }],
    ['?to=2027-01-31', { fromMs: WALL_MS - HOUR_MS, toMs: WALL_MS }],
    ['?step=30s', { stepMs: 30_000 }],
    ['?step=1500', { stepMs: 1_500_000 }],
    ['?limit=10000', { limit: 10_000 }],
    ['?node=n2&metric=cpu', { node: 'n2', metric: 'cpu' }],
  ])('reads %s', async (query, expected) => {
    expect(await asked(query)).toMatchObject(expected);
  });

  it('says when the rows were limited', async () => {
    const point = { node: 'n1', metric: 'cpu', unit: '%', min: 1, avg: 1, max: 1, count: 1 };
    const cut = { ...historyOf([{ ...point, atMs: WALL_MS }]), limited: 'points' as const };
    const history = async () => ({ ...cut, fromMs: WALL_MS, toMs: WALL_MS });
    const { app } = fixture({ store: storeOf([], { history }) });
    const answer = (await (await app.request('/history?limit=1')).json()) as HistoryAnswer;
    expect(answer.limited).toBe(true);
    expect(answer.notes.join()).toMatch(/^More than 1 rows match: the newest are returned, from /);
  });

  it('says that rows are not written yet where its own newest seconds are null', async () => {
    const notesOf = async (node: string, avg: number | null, queuedRows = 3): Promise<string> => {
      const line = { node, metric: 'cpu', unit: '%', min: avg, avg, max: avg, count: 0 };
      const store = storeOf([{ ...line, atMs: WALL_MS - 1_000 }]);
      const health = () => ({ ...store.health(), queuedRows });
      const { app } = fixture({ store: { ...store, health } });
      const answer = await app.request('/history?metric=cpu&step=1s');
      return ((await answer.json()) as HistoryAnswer).notes.join();
    };
    expect(await notesOf('n1', null)).toMatch(/^Rows wait some seconds to be written .* ask again/);
    expect(await notesOf('n1', null, 0)).toBe('');
    expect(await notesOf('n1', 4)).toBe('');
    // Of a node that is dead there may be nothing to come.
    expect(await notesOf('n2', null)).toBe('');
  });

  it.each([
    ['?from=yesterday', '`from` must be a time'],
    ['?from=12345', '`from` must be seconds (10 digits) or ms (13 digits) since 1970, not 12345'],
    ['?from=17698607990', '`from` must be seconds (10 digits) or ms (13 digits) since 1970'],
    ['?from=1769860799000000', '`from` must be seconds (10 digits) or ms (13 digits)'],
    ['?from=.5', '`from` must be a time'],
    ['?step=-5', '`step` must be a duration'],
    ['?from=-1769860799', '`from` must be seconds (10 digits) or ms (13 digits)'],
    ['?from=2026-01-31T12:00:00', '`from` must say its zone, as in 2026-01-31T12:00:00Z'],
    ['?from=2026-02-31', '`from` must be a time between 1970 and 2286, not 2026-02-31'],
    ['?to=0001-01-01', '`to` must be a time between 1970 and 2286, not 0001-01-01'],
    ['?to=9999-12-31', '`to` must be a time between 1970 and 2286, not 9999-12-31'],
    ['?from=99999w', 'A time before 1970 has no history'],
    [
      '?from=2027-01-31',
      '`from` 2027-01-31T00:00:00.000Z is after 2026-01-31T12:00:00.000Z, which',
    ],
    ['?step=9999999999w', '3660d at most'],
    ['?from=1h&to=2h', '`from` 2026-01-31T11:00:00.000Z is after'],
    ['?step=-1', '`step` must be a duration'],
    ['?step=5x', '`step` must be a duration'],
    ['?limit=0', '`limit` must be 1 to 10000'],
    ['?limit=10001', '`limit` must be 1 to 10000'],
    ['?node=a&node=b', '`node` must be given once'],
    ['?since=1h', '`since` is unknown; known here: node, metric, from, to, before, step, limit'],
  ])('refuses %s in a sentence', async (query, sentence) => {
    const { app, records } = fixture();
    const problem = await problemOf(await app.request(`/history${query}`));
    expect(problem.status).toBe(400);
    expect(problem.detail).toContain(sentence);
    expect(records.history).toEqual([]);
  });

  it('answers 503 when nothing is stored, with the fix', async () => {
    const health = () => ({
      state: 'off' as const,
      queuedRows: 0,
      writtenRows: 0,
      droppedRows: 0,
      databaseBytes: 0,
    });
    const { app } = fixture({ store: storeOf([], { health }) });
    const problem = await problemOf(await app.request('/history'));
    expect(problem).toMatchObject({ status: 503, code: 'no_history' });
    expect(problem.detail).toContain('--data DIR');
  });

  it('says what may be missing while the store is degraded, and nothing else', async () => {
    const problem = 'The server is away; rows wait in n1.spool.db, history is read there.';
    const counts = { queuedRows: 3, writtenRows: 0, droppedRows: 0, databaseBytes: 0 };
    const health = () => ({ state: 'degraded' as const, problem, ...counts });
    const { app } = fixture({ store: storeOf([], { health }) });
    expect(await (await app.request('/history')).json()).toMatchObject({ remark: problem });
    const sound = await fixture().app.request('/history');
    expect(await sound.json()).not.toHaveProperty('remark');
  });

  it('answers 503 with the reason of a broken store', async () => {
    const broken = new OperatingError('store_full', 'The disk of data/n1.db is full.');
    const { app } = fixture({ store: storeOf([], { history: () => Promise.reject(broken) }) });
    const problem = await problemOf(await app.request('/history'));
    expect(problem).toMatchObject({ status: 503, detail: 'The disk of data/n1.db is full.' });
  });

  it('says when to ask again where too many ask at once, and only there', async () => {
    const retryAfter = async (code: string): Promise<string | null> => {
      const history = () => Promise.reject(new OperatingError(code, 'Ask again.'));
      const { app } = fixture({ store: storeOf([], { history }) });
      return (await app.request('/history')).headers.get('Retry-After');
    };
    expect(await retryAfter('store_busy')).toBe('3');
    expect(await retryAfter('store_full')).toBeNull();
  });

  it('lets no address wait until all questions of another are answered', async () => {
    const line = createWaitingLine({
      ...{ atOnce: 2, maxWaiting: 32, patienceMs: 5_000 },
      after: () => () => undefined,
    });
    const begun: number[] = [];
    const ends: (() => void)[] = [];
    const empty = { fromMs: 0, toMs: WALL_MS, ...historyOf([]) };
    const work = (limit: number) =>
      new Promise<History>((resolve) => {
        begun.push(limit);
        ends.push(() => resolve(empty));
      });
    const history = ({ limit }: HistoryQuery, signal?: AbortSignal) =>
      line.pass(() => work(limit), signal);
    const { app } = fixture({ store: storeOf([], { history }) });
    const ask = (caller: string, limit: number) =>
      app.request(`/history?limit=${limit}`, {}, { caller });
    const soon = () => new Promise((resolve) => setImmediate(resolve));

    const greedy = Array.from({ length: 40 }, (_, index) => ask('10.0.0.1', 1 + index));
    await soon();
    expect(begun).toEqual([1, 2]);
    const refused = await Promise.race(greedy);
    expect(refused.headers.get('Retry-After')).toBe('3');
    expect(await problemOf(refused)).toMatchObject({ status: 503, code: 'no_history' });

    const other = ask('10.0.0.2', 1_000);
    await soon();
    ends[0]?.();
    await soon();
    expect(begun).toEqual([1, 2, 1_000]);
    ends[2]?.();
    expect((await other).status).toBe(200);
    await soon();
    expect(begun).toEqual([1, 2, 1_000, 3]);
    for (let place = 0; place < 23; place++) {
      ends[place]?.();
      await soon();
    }
    const statuses = (await Promise.all(greedy)).map(({ status }) => status);
    expect(statuses.filter((status) => status === 200)).toHaveLength(22);
  });

  it('gives the question up when its client is gone', async () => {
    const controller = new AbortController();
    let isGivenUp = false;
    const history = (_: unknown, signal?: AbortSignal) =>
      new Promise<never>((_resolve, reject) => {
        signal?.addEventListener('abort', () => {
          isGivenUp = true;
          reject(new OperatingError('store_given_up', 'The question was given up.'));
        });
      });
    const { app } = fixture({ store: storeOf([], { history }) });
    const asking = app.request('/history', { signal: controller.signal });
    await new Promise((resolve) => setImmediate(resolve));
    controller.abort();
    await asking;
    expect(isGivenUp).toBe(true);
  });

  it('looks at few nodes before others have their turn, however many lines there are', async () => {
    const nodes = Array.from({ length: 500 }, (_, i) => member(`n${i + 1}`));
    const points = nodes.flatMap(({ id, metrics }) =>
      metrics.map(({ definition: { name, unit } }) => {
        const line = { node: id, metric: name, unit, atMs: WALL_MS };
        return { ...line, min: 1, avg: 1, max: 1, count: 1 };
      }),
    );
    const { view, deps } = fixture({ store: storeOf(points) }, nodes);
    const inTurns = [0];
    const read = (id: string) => {
      inTurns.push((inTurns.pop() ?? 0) + 1);
      return view.member(id);
    };
    const after: typeof deps.clock.after = (delayMs, callback) => {
      const begin = () => {
        inTurns.push(0);
        callback();
      };
      return deps.clock.after(delayMs, begin);
    };
    const app = createApp({
      ...deps,
      view: { ...view, member: read },
      clock: { ...deps.clock, after },
    });
    const answer = (await (await app.request('/history?limit=10000')).json()) as HistoryAnswer;
    expect(answer.series).toHaveLength(3_000);
    expect(answer.series.at(-1)).toMatchObject({ stored: 'changes' });
    expect(Math.max(...inTurns)).toBeLessThan(200);
  });
});
