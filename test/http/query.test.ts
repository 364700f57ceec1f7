// GET /query over one node's view: filters, thresholds, aggregates, rankings and refusals.

import { hc } from 'hono/client';
import { describe, expect, expectTypeOf, it } from 'vitest';
import type { App } from '../../node/app.ts';
import { CPU, LOAD1, MEMORY } from '../../node/config/metrics.ts';
import type { QueryAnswer } from '../../node/http/answers/shapes.ts';
import { fixture, member, problemOf, reading } from './fixture.ts';

const machine = (id: string, cpu: number, memory: number, changes: object = {}) =>
  member(id, { metrics: [reading(CPU, cpu), reading(MEMORY, memory)], ...changes });

const fleet = () =>
  fixture({}, [
    machine('n1', 10, 40, { labels: { region: 'eu' } }),
    machine('n2', 90.04, 50, { labels: { region: 'eu' }, status: 'suspect' }),
    machine('n3', 50, 60, { labels: { region: 'us' } }),
    machine('n4', 100, 70, { labels: { region: 'us' }, status: 'dead', generation: 9 }),
    machine('n5', 0, 0, { status: 'left' }),
    member('n6', { metrics: [reading(LOAD1, 3)] }),
  ]);

const query = async (text: string, { app } = fleet()) => {
  const response = await app.request(`/query?${text}`);
  expect(response.status).toBe(200);
  return (await response.json()) as QueryAnswer;
};
const named = ({ rows }: QueryAnswer) =>
  rows.map(({ node, metric, value }) => `${node} ${metric} ${value}`);
const nodesOf = ({ rows }: QueryAnswer) => [...new Set(rows.map(({ node }) => node))];

describe('GET /query', () => {
  it('answers rows that say how new they are', async () => {
    const { rows, ...rest } = await query('node=n4&metric=cpu');
    expect(rows).toEqual([
      {
        node: 'n4',
        status: 'dead',
        metric: 'cpu',
        value: 100,
        unit: '%',
        kind: 'gauge',
        description: 'CPU busy, all cores',
        priority: 1,
        delta: 5,
        version: 7,
        since: '2026-01-31T11:59:58.500Z',
        sampledAt: '2026-01-31T11:59:58.500Z',
        ageMs: 1_500,
        generation: 9,
        incarnation: 0,
      },
    ]);
    expect(rest).toEqual({
      ...{ answeredBy: 'n1', cluster: 'test', at: '2026-01-31T12:00:00.000Z' },
      statuses: ['alive', 'suspect', 'dead', 'left'],
      aggregates: [],
    });
  });

  it('takes the filters of /state', async () => {
    expect(named(await query('metric=cpu&label=region:us'))).toEqual(['n3 cpu 50', 'n4 cpu 100']);
    expect(named(await query('node=n[1-2]&metric=mem*&status=suspect'))).toEqual(['n2 memory 50']);
    expect(named(await query('node=nobody'))).toEqual([]);
  });

  it.each([
    ['where=cpu>50', ['n2', 'n4']],
    ['where=cpu>=50', ['n2', 'n3', 'n4']],
    ['where=cpu<10', ['n5']],
    ['where=cpu<=10', ['n1', 'n5']],
    ['where=cpu=50', ['n3']],
    // Shown as 90, so it is 90.
    ['where=cpu=90', ['n2']],
    ['where=cpu!=50', ['n1', 'n2', 'n4', 'n5']],
    ['where=cpu > -1.5e3', ['n1', 'n2', 'n3', 'n4', 'n5']],
    ['where=cpu>20&where=memory<60', ['n2']],
    ['where=cpu>20,memory<60', ['n2']],
    ['where=load1>1', ['n6']],
    ['where=nothing!=1', []],
    ['where=cpu>20&status=alive', ['n3']],
  ])('%s', async (text, expected) => {
    const encoded = text.replaceAll('>', '%3E').replaceAll('<', '%3C').replaceAll(' ', '%20');
    expect(nodesOf(await query(encoded))).toEqual(expected);
  });

  it('tells any metric of the nodes that a threshold finds', async () => {
    expect(named(await query('where=cpu>80&metric=memory'))).toEqual([
      'n2 memory 50',
      'n4 memory 70',
    ]);
  });

  it('aggregates over the living, and over others where status names them', async () => {
    const living = await query('metric=cpu&aggregate=count,avg,p50,max');
    expect(living).toMatchObject({ statuses: ['alive', 'suspect'], rows: [] });
    expect(living.aggregates).toEqual([
      { metric: 'cpu', unit: '%', group: null, values: { count: 3, avg: 50, p50: 50, max: 90 } },
    ]);
    const all = await query('metric=cpu&aggregate=count,sum&status=alive,suspect,dead,left');
    expect(all.aggregates[0]?.values).toEqual({ count: 5, sum: 250 });
  });

  it('groups by a label; nodes without it are a group too', async () => {
    const { aggregates } = await query('metric=cpu,load1&aggregate=count&by=label:region');
    expect(aggregates.map(({ metric, group, values }) => [metric, group, values.count])).toEqual([
      ['cpu', 'eu', 2],
      ['cpu', 'us', 1],
      ['load1', null, 1],
    ]);
    const inherited = await query('aggregate=count&by=label:constructor');
    expect(inherited.aggregates.every(({ group }) => group === null)).toBe(true);
  });

  it('ranks the living, beside aggregates too', async () => {
    const { rows, aggregates } = await query('metric=cpu,memory&top=2&aggregate=max');
    expect(rows.map(({ node, metric }) => `${metric} ${node}`)).toEqual([
      ...['cpu n2', 'cpu n3', 'memory n3', 'memory n2'],
    ]);
    expect(aggregates.map(({ values }) => values)).toEqual([{ max: 90 }, { max: 60 }]);
    expect(nodesOf(await query('metric=cpu&top=1&status=dead'))).toEqual(['n4']);
    expect(nodesOf(await query('metric=cpu&top=1&by=label:region'))).toEqual(['n2', 'n3']);
  });

  it('has no aggregates of nothing', async () => {
    expect(await query('node=nobody&aggregate=avg')).toMatchObject({ rows: [], aggregates: [] });
  });

  it('answers 304 while nothing is learned, but never for a quorum', async () => {
    const { app } = fleet();
    const first = await app.request('/query?aggregate=avg');
    const headers = { 'If-None-Match': first.headers.get('ETag') ?? '' };
    expect((await app.request('/query?aggregate=avg', { headers })).status).toBe(304);
    expect((await app.request('/query?node=n1&quorum=1', { headers })).status).toBe(200);
  });

  it("gives Hono's client its parameters and answer", async () => {
    const { app } = fleet();
    const client = hc<App>('http://node/', {
      fetch: (url: string | URL | Request, init?: RequestInit) => app.request(url, init),
    });
    const response = await client.query.$get({ query: { where: 'cpu>80', metric: 'cpu' } });
    const answer = await response.json();
    expectTypeOf(answer.aggregates).toEqualTypeOf<QueryAnswer['aggregates']>();
    expect(answer.rows.map(({ node }) => node)).toEqual(['n2', 'n4']);
  });
});

describe('GET /query refuses', () => {
  it.each([
    ['where=cpu', '`where` must be a metric, one of > >= < <= = != and a number, such as cpu>80'],
    ['where=cpu>x', 'not "cpu>x".'],
    ['where=cpu>1e999', 'not "cpu>1e999".'],
    [`where=${new Array(11).fill('a>1').join()}`, '`where` takes 10 values at most.'],
    ['aggregate=median', '`aggregate` must be of count, min, max, avg, sum, or a percentile p0'],
    ['aggregate=p101', 'not "p101".'],
    ['top=0', '`top` must be a whole number from 1 to 1000, not 0.'],
    ['top=1.5', '`top` must be a whole number from 1 to 1000, not "1.5".'],
    ['top=1&top=2', '`top` must be given once.'],
    ['by=region&top=1', '`by` must be metric, or label: and a name such as label:region, not'],
    ['by=label:region', '`by` groups what is aggregated or ranked; give `aggregate` or `top` too.'],
    ['quorum=33&node=n1', '`quorum` must be a whole number from 1 to 32, not 33.'],
    ['quorum=two&node=n1', '`quorum` must be a whole number from 1 to 32, not "two".'],
    ['tries=11&quorum=1&node=n1', '`tries` must be a whole number from 1 to 10, not 11.'],
    ['timeout=9ms&quorum=1&node=n1', '`timeout` must be a duration from 100ms to 30s.'],
    ['timeout=soon&quorum=1&node=n1', '`timeout` must be a duration from 100ms to 30s.'],
    ['tries=2', '`tries` belongs to a quorum; give `quorum` too.'],
    ['quorum=1', '`quorum` asks about one node; name it with `node`.'],
    ['quorum=1&node=n1,n2', '`node` is n1,n2, but must be one name.'],
    ['quorum=1&node=n*', '`node` is n*, but must be one name.'],
    ['quorum=1&node=n1&where=cpu>1', '`where` is for many nodes, `quorum` asks about one; leave'],
    ['quorum=1&node=n1&aggregate=avg', '`aggregate` is for many nodes'],
    ['averages=1', '`averages` is unknown; known here: node, label, status, metric, limit,'],
  ])('%s', async (text, sentence) => {
    const problem = await problemOf(await fleet().app.request(`/query?${text}`));
    expect(problem).toMatchObject({ status: 400, code: 'invalid_query' });
    expect(problem.detail).toContain(sentence);
    expect(problem.detail).toMatch(/^[^\n]+\.$/);
  });
});
