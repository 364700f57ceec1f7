// GET /history over a store that holds rows: what it says is so, and what it cannot know it says.

import { describe, expect, it } from 'vitest';
import { CPU, MEMORY } from '../../../node/config/metrics.ts';
import type { HistoryAnswer } from '../../../node/http/answers/shapes.ts';
import type { MembershipEvent, Sample } from '../../../node/ports.ts';
import { createMemoryStore } from '../../../node/storage/database/memory-store.ts';
import { fixture, member, problemOf, reading, WALL_MS } from '../fixture.ts';

const MINUTE_MS = 60_000;

const row = (secondsAgo: number, value: number, changes: Partial<Sample> = {}): Sample => ({
  ...{ node: 'n2', generation: 3, metric: 'cpu', unit: '%', value },
  version: 10_000 - secondsAgo * 10,
  sampledAtMs: WALL_MS - secondsAgo * 1_000,
  ...changes,
});

/** The app of n1, which knows n1 and n2, over a store with these rows. */
const appOver = (samples: readonly Sample[], events: readonly MembershipEvent[] = []) => {
  const store = createMemoryStore();
  store.recordSamples(samples);
  store.recordEvents(events);
  return fixture({ store }, [member('n1'), member('n2')]).app;
};

type App = ReturnType<typeof appOver>;

const ask = async (app: App, query: string): Promise<HistoryAnswer> => {
  const answer = await app.request(`/history?${query}`);
  expect(answer.status).toBe(200);
  return (await answer.json()) as HistoryAnswer;
};

describe('GET /history', () => {
  it('averages the values that held, not the rows that happened to be stored', async () => {
    // Told changes are few: 20 and 30 for 1.8 s each, then 80 until the end of the half minute.
    const app = appOver([row(60, 20), row(58.2, 30), row(56.4, 80), row(30, 80)]);
    const { points } = await ask(app, 'node=n2&metric=cpu&step=30s&from=1m&to=30001ms');
    expect(points[0]?.avg).toBeCloseTo(73.4, 1);
    expect(points[0]).toMatchObject({ min: 20, max: 80, count: 3 });
  });

  it('shows death as a gap and never as a calm line', async () => {
    const dead = { node: 'n2', generation: 3, status: 'dead', address: '' } as const;
    const app = appOver([row(300, 40)], [{ ...dead, atMs: WALL_MS - 3 * MINUTE_MS }]);
    const { points } = await ask(app, 'node=n2&metric=cpu&step=1m&from=5m&to=1ms');
    expect(points.map(({ avg }) => avg)).toEqual([40, 40, null, null, null]);
  });

  it('shows what came after a run whose clock was a month ahead', async () => {
    const month = 30 * 86_400;
    const own = (generationSeconds: number, secondsAgo: number, value: number): Sample =>
      row(secondsAgo, value, {
        ...{ node: 'n1', version: 1, generation: WALL_MS + generationSeconds * 1_000 },
      });
    const ahead = own(month - 200, -month + 150, 50);
    const app = appOver([own(-300, 290, 40), ahead, own(month - 199, 120, 60)]);
    const { points } = await ask(app, 'node=n1&metric=cpu&step=1m&from=5m&to=1ms');
    expect(points.map(({ avg }) => avg).slice(-2)).toEqual([60, 60]);
  });

  it('says so where rows are missing because the clock was ahead and was set back', async () => {
    const day = 86_400;
    const calm = [row(1_500, 40), row(1_200, 40)];
    const ahead = [row(900 - day, 90), row(600 - day, 90)];
    const app = appOver([...calm, ...ahead]);
    const question = 'node=n2&metric=cpu&step=5m&from=25m&to=1ms';
    const { points, notes } = await ask(app, question);
    expect(points.map(({ avg }) => avg)).toEqual([40, 40, 40, null, null]);
    expect(notes).toEqual([
      'Rows are stored with times up to 2026-02-01T11:50:00.000Z, which is later than now: the ' +
        'clock was ahead when they came. They are missing at their true times, and will be ' +
        'returned under the stored times once those have come.',
    ]);
    // Where nothing else is stored, too; and of a clock that is right there is nothing to say.
    expect((await ask(appOver(ahead), question)).notes).toHaveLength(2);
    expect((await ask(appOver(calm), question)).notes).toEqual([]);
  });

  it('names whose view it is and how fine, for the same step asked of three nodes', async () => {
    const rows = [row(60, 40), row(45, 48), row(31, 51)];
    const nodes = ['n1', 'n2', 'n3'];
    const views = await Promise.all(
      nodes.map(async (self, index) => {
        const { view } = fixture(
          {},
          nodes.map((id) => member(id)),
        );
        const store = createMemoryStore();
        // Others miss some of what n2 told: the next value overtook it on its way.
        store.recordSamples(self === 'n2' ? rows : rows.slice(0, index + 1));
        const { app } = fixture({ store, view: { ...view, selfId: self } });
        return ask(app, 'node=n2&metric=cpu&step=1m&from=1m&to=1ms');
      }),
    );
    const fine = { node: 'n2', metric: 'cpu', stored: 'changes', delta: 5, refreshMs: 300_000 };
    expect(views.map(({ answeredBy: node, series }) => ({ node, series }))).toMatchObject([
      { node: 'n1', series: [{ ...fine, seenBy: 'peer' }] },
      { node: 'n2', series: [{ ...fine, seenBy: 'owner' }] },
      { node: 'n3', series: [{ ...fine, seenBy: 'peer' }] },
    ]);
    expect(views[1]?.points).toMatchObject([{ count: 3 }]);
  });

  it('says that each unpublished sample is stored, and nothing of nodes that left', async () => {
    const app = appOver([
      row(60, 1, { node: 'n1', metric: 'sockets' }),
      row(60, 2, { node: 'old', metric: 'sockets' }),
    ]);
    const { series } = await ask(app, 'metric=sockets');
    expect(series).toEqual([
      {
        ...{ node: 'n1', metric: 'sockets', unit: '%', seenBy: 'owner' },
        ...{ stored: 'samples', holdMs: 516_000 },
      },
      { node: 'old', metric: 'sockets', unit: '%', seenBy: 'peer', holdMs: 516_000 },
    ]);
  });

  it('holds a value that is not published again for one and a half times its refresh', async () => {
    const urgent = { ...CPU, priority: 100 };
    const metrics = [reading(urgent, 1), reading(MEMORY, 1)];
    const nodes = [member('n1'), member('n2', { metrics })];
    const store = createMemoryStore();
    const { app } = fixture({ store }, nodes);
    store.recordSamples([row(600, 40), row(600, 60, { metric: 'memory' })]);
    const heldOf = async (metric: string): Promise<number> => {
      const { points } = await ask(app, `node=n2&metric=${metric}&step=1s&from=10m`);
      return points.filter(({ avg }) => avg !== null).length;
    };
    // 1.5 × 300 s / priority, two of the longest rounds, and a minute for the way.
    expect(await heldOf('cpu')).toBe(4.5 + 6 + 60 + 0.5);
    expect(await heldOf('memory')).toBe(90 + 6 + 60);
  });

  it('tells unknown names apart from times of which nothing is stored', async () => {
    const app = appOver([row(60, 40), row(60, 1, { node: 'gone-7', metric: 'steps' })]);
    const refusal = async (query: string) => problemOf(await app.request(`/history?${query}`));
    expect(await refusal('node=zzz')).toMatchObject({
      ...{ status: 404, code: 'unknown_node' },
      detail: 'No node zzz is known here, and none is stored.',
    });
    expect((await refusal('node=gone-8')).detail).toContain('Did you mean gone-7?');
    expect(await refusal('metric=cpuu')).toMatchObject({
      ...{ status: 404, code: 'unknown_metric' },
      detail: 'No node has a metric cpuu, and none is stored. Did you mean cpu?',
    });
    expect(await refusal('node=n2&metric=memroy')).toMatchObject({
      detail: 'Node n2 has no metric memroy, and none is stored. Did you mean memory?',
    });
    // Forgotten by the view, and still stored.
    expect((await ask(app, 'node=gone-7')).points).toHaveLength(1);
    const { points, notes } = await ask(app, 'node=n2&from=30m&to=20m');
    expect(points).toEqual([]);
    expect(notes).toEqual([
      'Nothing of node n2 is stored between 2026-01-31T11:30:00.000Z and ' +
        '2026-01-31T11:40:00.000Z; the newest row is of 2026-01-31T11:59:00.000Z.',
    ]);
    // Known, but never stored.
    expect((await ask(app, 'node=n1')).notes[0]).toMatch(/^Nothing of node n1 is stored between/);
  });

  it('refuses no name while the store is degraded, for it may know more', async () => {
    const health = () => ({
      ...createMemoryStore().health(),
      ...{ state: 'degraded' as const, problem: 'The server is away.' },
    });
    const { app } = fixture({ store: { ...createMemoryStore(), health } });
    expect(await ask(app, 'node=zzz')).toMatchObject({ points: [], remark: 'The server is away.' });
  });

  it('takes seconds and ms for the same time', async () => {
    const app = appOver([row(60, 40)]);
    const seconds = await ask(app, `from=${WALL_MS / 1_000 - 90}`);
    expect(seconds).toMatchObject(await ask(app, `from=${WALL_MS - 90_000}`));
    expect(seconds.from).toBe('2026-01-31T11:58:30.000Z');
  });

  it('lets others have their turn while it writes ten thousand points', async () => {
    const app = appOver([row(3_600, 40), row(3_300, 30), row(3_000, 40), row(2_700, 30)]);
    let turns = 0;
    const beat = setInterval(() => turns++, 0);
    const { points, to, notes } = await ask(app, 'step=100ms&limit=10000');
    clearInterval(beat);
    expect(points).toHaveLength(10_000);
    expect(turns).toBeGreaterThan(10);
    expect(to).toBe('2026-01-31T11:23:36.000Z');
    expect(notes).toEqual([
      'More than 10000 points match: the newest are returned, from 2026-01-31T11:06:56.100Z on; ' +
        '`next` leads to the rest; or raise the limit, widen the step, or name a node and ' +
        'a metric.',
      'The newest row is of 2026-01-31T11:15:00.000Z: nothing is known of the time after it.',
    ]);
  });
});
