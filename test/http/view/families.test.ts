// What the metrics of one name have in common stands once in an answer, and in a node what of its
// own differs from that.

import { describe, expect, it } from 'vitest';
import { PrioMonClient } from '../../../node/client.ts';
import { CPU, MEMORY } from '../../../node/config/metrics.ts';
import { metricOf } from '../../../node/core/data/series.ts';
import type { MetricDefinition } from '../../../node/core/model.ts';
import { joinStates, wholeMetric } from '../../../node/http/answers/families.ts';
import type { OneNodeAnswer, StateAnswer } from '../../../node/http/answers/shapes.ts';
import { fixture, MONOTONIC_MS, member, reading } from '../fixture.ts';

const QUEUE: MetricDefinition = { ...CPU, name: 'queue', unit: 'jobs', description: 'Waiting' };
const OTHER: MetricDefinition = {
  ...QUEUE,
  unit: 'bytes',
  kind: 'counter',
  delta: { kind: 'absolute', change: 64 },
};

const queueOn = (id: string, definition: MetricDefinition) =>
  member(id, { metrics: [reading(definition, 17)] });

const stateOf = async (app: ReturnType<typeof fixture>['app'], path = '/state') =>
  (await (await app.request(path)).json()) as StateAnswer;

/** What a program reads that is given the fleet at an address. */
const clientOf = (app: ReturnType<typeof fixture>['app']) =>
  new PrioMonClient('http://n1', {
    fetch: async (url) => app.request(String(url)),
  });

describe('a family', () => {
  it('is told as most nodes have it, and a node tells what of its own differs', async () => {
    const { app } = fixture({}, [
      queueOn('n1', OTHER),
      queueOn('n2', QUEUE),
      queueOn('n3', QUEUE),
      queueOn('n4', { ...QUEUE, priority: 200 }),
    ]);
    const { families, nodes } = await stateOf(app);
    expect(families).toEqual({
      queue: { unit: 'jobs', kind: 'gauge', description: 'Waiting', priority: 1, delta: 5 },
    });
    const value = { value: 17, version: 7, since: '2026-01-31T11:59:58.500Z', ageMs: 1_500 };
    expect(Object.values(nodes).map(({ metrics }) => metrics.queue)).toEqual([
      { ...value, unit: 'bytes', kind: 'counter', delta: 64 },
      ...[value, value],
      { ...value, priority: 200 },
    ]);
    const rows = await clientOf(app).queryMetrics();
    expect(rows.map(({ unit, delta, priority }) => [unit, delta, priority])).toEqual([
      ...[['bytes', 64, 1] as const, ['jobs', 5, 1] as const, ['jobs', 5, 1] as const],
      ['jobs', 5, 200],
    ]);
  });

  it('is told alike of one node and of all', async () => {
    const nodes = [queueOn('n1', OTHER), queueOn('n2', QUEUE), queueOn('n3', QUEUE)];
    const { app } = fixture({}, nodes);
    const all = await stateOf(app);
    for (const id of ['n1', 'n2']) {
      const one = (await (await app.request(`/state/${id}`)).json()) as OneNodeAnswer;
      expect(one).toMatchObject({ node: id, families: all.families, ...all.nodes[id] });
    }
  });

  it('is told of metrics that the answer holds, and of no others', async () => {
    const { app } = fixture({}, [member('n1'), queueOn('n2', QUEUE)]);
    expect(Object.keys((await stateOf(app, '/state?metric=cpu')).families)).toEqual(['cpu']);
    expect(Object.keys((await stateOf(app, '/state?node=n2')).families)).toEqual(['queue']);
    expect((await stateOf(app, '/state?node=nobody')).families).toEqual({});
  });

  it('is told anew to the next reader when a node defines its metric anew', async () => {
    const { app, view } = fixture({}, [queueOn('n1', QUEUE)]);
    await stateOf(app);
    view.set([queueOn('n1', OTHER)]);
    const { families, nodes } = await stateOf(app);
    expect(families.queue).toMatchObject({ unit: 'bytes', delta: 64 });
    expect(nodes.n1?.metrics.queue).not.toHaveProperty('unit');
  });

  it('may have any name', async () => {
    const names = ['__proto__', 'constructor', 'a"b', 'ä😀'];
    const metrics = names.map((name) => reading({ ...QUEUE, name }, 1));
    const { app } = fixture({}, [member('n1', { metrics })]);
    expect(Object.keys((await stateOf(app)).families)).toEqual(names);
    const rows = await clientOf(app).queryMetrics();
    expect(rows.map(({ metric, unit }) => [metric, unit])).toEqual(names.map((n) => [n, 'jobs']));
    expect(wholeMetric({}, 'constructor', { value: 1, version: 1, since: '', ageMs: 0 })).toBe(
      undefined,
    );
  });
});

describe('metrics with labels', () => {
  const DISK: MetricDefinition = { ...QUEUE, name: 'disk', labelNames: ['mount', 'fs'] };
  const disk = (...values: string[]) => reading(metricOf(DISK, values), 40);
  const fleet = () =>
    fixture({}, [
      member('n1', { metrics: [disk('/', 'ext4'), disk('/"data"', '')] }),
      member('n2', { metrics: [disk('/', 'xfs'), reading(MEMORY, 3)] }),
    ]);

  it('share one family, and tell their labels', async () => {
    const { nodes, families } = await stateOf(fleet().app);
    expect(Object.keys(families)).toEqual(['disk', 'memory']);
    expect(nodes.n1?.metrics).toMatchObject({
      'disk{mount="/",fs="ext4"}': { family: 'disk', labels: { mount: '/', fs: 'ext4' } },
      'disk{mount="/\\"data\\""}': { family: 'disk', labels: { mount: '/"data"' } },
    });
    expect(nodes.n2?.metrics.memory).not.toHaveProperty('labels');
  });

  it.each([
    ['/query?metric=disk', 3],
    ['/query?metric=di*', 3],
    ['/query?metric=disk&where=disk%3E39', 3],
    ['/query?metric=disk&where=disk%3E41', 0],
    ['/query?node=n1&metric=disk&quorum=1', 2],
  ])('are found by the name of their family: %s', async (path, count) => {
    const answer = await fleet().app.request(path);
    const { rows } = (await answer.json()) as { rows: object[] };
    expect(rows).toHaveLength(count);
    for (const row of rows) expect(row).toMatchObject({ family: 'disk', unit: 'jobs' });
  });

  it('are found one by one', async () => {
    const path = `/state/n2/${encodeURIComponent('disk{mount="/",fs="xfs"}')}`;
    const answer = await fleet().app.request(path);
    expect(await answer.json()).toMatchObject({ value: 40, labels: { mount: '/', fs: 'xfs' } });
  });
});

it('pages that were made between two changes are one answer with one set of families', async () => {
  const first = await stateOf(fixture({}, [queueOn('n1', QUEUE)]).app);
  const second = await stateOf(
    fixture({}, [queueOn('n2', OTHER), queueOn('n3', QUEUE), queueOn('n4', OTHER)]).app,
  );
  const { nodes, families } = joinStates(first, second);
  const units = Object.values(nodes).map(({ metrics: { queue } }) =>
    queue === undefined ? [] : [wholeMetric(families, 'queue', queue)].map((m) => m?.unit),
  );
  expect(units.flat()).toEqual(['jobs', 'bytes', 'jobs', 'bytes']);
  expect(Object.keys(families)).toEqual(['queue']);
});

it('the state of 1,000 nodes that tell six metrics each takes 700 kB at most', async () => {
  const nodes = Array.from({ length: 1_000 }, (_, i) => member(`n${i}`));
  const text = await (await fixture({}, nodes).app.request('/state')).text();
  expect(text.length).toBeLessThan(700_000);
  expect(text.length).toBeGreaterThan(500_000);
});

it("a node tells when its own values were sampled, and when others' were told", async () => {
  const own = { ...reading(MEMORY, 99, 400), toldAt: MONOTONIC_MS - 180_000 };
  const { app } = fixture({}, [member('n1', { metrics: [own] }), member('n2')]);
  const { nodes } = await stateOf(app);
  expect(nodes.n1?.metrics.memory).toMatchObject({
    since: '2026-01-31T11:57:00.000Z',
    sampledAt: '2026-01-31T11:59:59.600Z',
  });
  expect(nodes.n2?.metrics.memory).not.toHaveProperty('sampledAt');
  const sampled = (await clientOf(app).queryMetrics({ metric: 'memory' })).map((r) => r.sampledAt);
  expect(sampled).toEqual(['2026-01-31T11:59:59.600Z', '2026-01-31T11:59:58.500Z']);
});
