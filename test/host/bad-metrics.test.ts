// What users may post by mistake or in bad faith, asked of a whole app over a real driver, and what
// another node shows of it.

import { expect, it } from 'vitest';
import { createApp } from '../../node/app.ts';
import { DEFAULT_SETTINGS } from '../../node/core/settings.ts';
import type { Driver } from '../../node/driver.ts';
import { createServices } from '../../node/host/services.ts';
import type { ReadyAnswer } from '../../node/http/answers/health-shapes.ts';
import type { PublishAnswer, StateAnswer } from '../../node/http/answers/shapes.ts';
import type { Store } from '../../node/ports.ts';
import { createGate } from '../../node/signing/gate.ts';
import { createWorld, startFleet, type TestClock } from '../driver/support.ts';
import { json, problemOf } from '../http/fixture.ts';

interface Asked extends Driver {
  readonly id: string;
  readonly store: Store;
}

function appOf(driver: Asked, clock: TestClock) {
  const services = createServices({
    ...{ driver, clock, store: driver.store, basePath: '' },
    settings: DEFAULT_SETTINGS,
    peers: { settings: DEFAULT_SETTINGS },
    machine: { runs: () => [], probes: [] },
    peerProblems: { report: () => {}, clear: () => {}, list: () => [] },
    gate: createGate({
      clock,
      self: () => ({ cluster: driver.view.cluster, id: driver.id, generation: 1 }),
      report: () => {},
    }),
    admit: () => {},
    log: () => {},
    traffic: () => ({ sentBytes: 0, receivedBytes: 0 }),
  } as unknown as Parameters<typeof createServices>[0]);
  return createApp(services);
}

/** Two nodes; users post to the first, and the second shows what it is told. */
async function pair() {
  const { clock, ...world } = createWorld();
  const [first, second] = await startFleet({ clock, ...world }, 2);
  if (first === undefined || second === undefined) throw new Error('no fleet');
  const app = appOf(first, clock);
  const other = appOf(second, clock);
  const post = (body: unknown) => app.request('/metrics', json(body));
  const end = (name: string) =>
    app.request(`/metrics/${encodeURIComponent(name)}`, { method: 'DELETE' });
  const shown = async () => {
    await clock.advance(5_000);
    const { nodes, families } = (await (await other.request('/state')).json()) as StateAnswer;
    return { metrics: nodes.n1?.metrics ?? {}, families };
  };
  return { app, clock, second, post, end, shown };
}

it('10,000 names of one user are refused beyond what a node holds, counted and told', async () => {
  const { app, post, shown } = await pair();
  const statuses: number[] = [];
  let detail = '';
  for (let at = 0; at < 10_000; at += 100) {
    const names = Array.from({ length: 100 }, (_, i) => ({ name: `name${at + i}`, value: i }));
    const answer = await post(names);
    statuses.push(answer.status);
    if (answer.status !== 202) ({ detail } = await problemOf(answer));
  }
  expect(statuses).toEqual([202, 202, ...Array.from({ length: 98 }, () => 429)]);
  expect(detail).toMatch(/^This node has 202 of 255 metrics, and all were posted within the last/);
  const ready = (await (await app.request('/readyz')).json()) as ReadyAnswer;
  expect(ready.metrics).toEqual({ told: 202, most: 255, refusedPosts: 98 });
  expect(Object.keys((await shown()).metrics)).toHaveLength(202);
});

const LABELS = [
  '/',
  'C:\\temp\\',
  '"quoted" {braces} [brackets], a=b; <i>&amp;',
  "it's `ticked` $HOME %41 \u00a0 ?*#",
  'ä ß 漢字 😀 e\u0301',
  'constructor',
  '漢'.repeat(42),
];

it('labels hold any character that can be shown, and come back as they were posted', async () => {
  const { post, end, shown } = await pair();
  const posted = LABELS.map((mount, i) => ({
    ...{ name: 'disk', labels: { mount, constructor: 'x', _b: `${i}` } },
    ...{ value: i, unit: 'B' },
  }));
  const { metrics: taken } = (await (await post(posted)).json()) as PublishAnswer;
  expect(taken.map(({ labels }) => labels)).toEqual(posted.map(({ labels }) => labels));
  const { metrics, families } = await shown();
  expect(families.disk).toMatchObject({ unit: 'B' });
  for (const { metric = '', labels, value } of taken) {
    expect(metrics[metric]).toMatchObject({ family: 'disk', labels, value });
  }
  expect((await end(taken[2]?.metric ?? '')).status).toBe(200);
  expect(Object.keys((await shown()).metrics).filter((name) => name.startsWith('disk'))).toEqual(
    taken.map(({ metric }) => metric).toSpliced(2, 1),
  );
  // All that are left, by the name of their family.
  expect((await end('disk')).status).toBe(200);
  expect(Object.keys((await shown()).metrics)).toEqual(['storage', 'cpu']);
});

it.each<[string, unknown, string]>([
  ['a list', ['a'], '`labels` must be an object of names and values'],
  ['a text', 'a=b', '`labels` must be an object of names and values'],
  ['a name that starts with a digit', { '1a': 'x' }, '`labels` "1a" must be named with a letter'],
  ['a reserved name', JSON.parse('{"__proto__":"x"}'), '`labels` "__proto__" must be named'],
  ['a name that steers', { 'a\u001b[2J': 'x' }, '`labels` "a\\u001b[2J" must be named'],
  ['a long name', { ['a'.repeat(65)]: 'x' }, '64 characters at most'],
  ['a number', { a: 1 }, '`labels` a must be text of 1 to 128 bytes'],
  ['an empty value', { a: '' }, 'leave out a label that has no value'],
  ['a long value', { a: '漢'.repeat(43) }, '`labels` a must be text of 1 to 128 bytes'],
  ['a line end', { a: 'x\ny' }, 'without control characters'],
  ['an invisible character', { a: 'x\u200by' }, 'without control characters'],
  ['half a character', { a: '\ud800' }, 'without control characters'],
  [
    'nine labels',
    Object.fromEntries(Array.from({ length: 9 }, (_, i) => [`l${i}`, 'x'])),
    '`labels` has 8 labels at most, not 9',
  ],
])('labels that are %s are refused in a sentence', async (_, labels, sentence) => {
  const { post, app } = await pair();
  const problem = await problemOf(await post({ name: 'disk', value: 1, labels }));
  expect(problem).toMatchObject({ status: 400, code: 'invalid_body' });
  expect(problem.detail).toContain(sentence);
  const { nodes } = (await (await app.request('/state')).json()) as StateAnswer;
  expect(Object.keys(nodes.n1?.metrics ?? {})).toEqual(['storage', 'cpu']);
});

it('metrics of one name have labels of the same names, and one unit', async () => {
  const { post, end } = await pair();
  const disk = (labels: object, more: object = {}) => ({ name: 'disk', value: 1, labels, ...more });
  expect((await post(disk({ b: '1', a: '2' }, { unit: 's' }))).status).toBe(202);
  // What was said once is remembered for the next of them, whatever the order of its labels.
  const { metrics } = (await (await post(disk({ a: '3', b: '4' }))).json()) as PublishAnswer;
  expect(metrics).toMatchObject([{ metric: 'disk{a="3",b="4"}', unit: 's' }]);
  for (const other of [
    disk({ a: '5' }),
    disk({ a: '5', c: '6' }),
    { name: 'disk', value: 1 },
    disk({ a: '5', b: '6' }, { unit: 'ms' }),
    [disk({ a: '5', b: '6' }), disk({ a: '7', b: '8' }, { priority: 9 })],
  ]) {
    const problem = await problemOf(await post(other));
    expect(problem, JSON.stringify(other)).toMatchObject({ status: 409, code: 'metric_defined' });
    expect(problem.detail).toContain('or with other labels');
  }
  const twice = [disk({ a: '5', b: '6' }), disk({ b: '6', a: '5' })];
  expect((await problemOf(await post(twice))).detail).toContain('each with other labels');
  await end('disk');
  expect((await post(disk({ c: '6' }, { unit: 'ms' }))).status).toBe(202);
});

it('a metric that was removed may come back in another unit, and is that everywhere', async () => {
  const { app, post, end, shown, second, clock } = await pair();
  const from = clock.wallMs();
  await post({ name: 'queue', value: 5, unit: 'jobs', delta: 1 });
  expect((await shown()).metrics.queue).toMatchObject({ value: 5 });
  expect((await problemOf(await post({ name: 'queue', value: 5, unit: 's' }))).status).toBe(409);
  await end('queue');
  expect((await shown()).metrics).not.toHaveProperty('queue');
  await post({ name: 'queue', value: 0.25, unit: 's', delta: 0.01 });
  const { metrics, families } = await shown();
  expect(metrics.queue).toMatchObject({ value: 0.25 });
  expect(families.queue).toMatchObject({ unit: 's', delta: 0.01 });
  expect(metrics.queue).not.toHaveProperty('unit');
  for (const asked of [app, appOf(second, clock)]) {
    const row = await (await asked.request('/state/n1/queue')).json();
    expect(row).toMatchObject({ value: 0.25, unit: 's', delta: 0.01 });
    const query = `node=n1&metric=queue&from=${from}&to=${clock.wallMs()}`;
    const { points } = (await (await asked.request(`/history?${query}`)).json()) as {
      points: { unit: string; avg: number }[];
    };
    expect(points.map(({ unit, avg }) => [avg, unit])).toEqual([
      [5, 'jobs'],
      [0.25, 's'],
    ]);
  }
});
