import { describe, expect, it } from 'vitest';
import { CPU, MEMORY } from '../../../node/config/metrics.ts';
import type { MembersAnswer, StateAnswer } from '../../../node/http/answers/shapes.ts';
import { fixture, MONOTONIC_MS, member, problemOf, reading } from '../fixture.ts';

const fleet = () =>
  fixture({}, [
    member('n1', { labels: { rack: 'a', zone: 'x' } }),
    member('n2', { labels: { rack: 'b', zone: 'x' }, status: 'suspect' }),
    member('n10', { labels: { rack: 'b' }, status: 'dead', heardAt: 700_000 }),
  ]);

const nodesOf = async (path: string, app = fleet().app) => {
  const answer = await app.request(path);
  expect(answer.status).toBe(200);
  return Object.keys(((await answer.json()) as StateAnswer).nodes);
};

describe('GET /state', () => {
  it('answers the cluster in the documented shape', async () => {
    const one = member('n1', { labels: { rack: 'a' }, metrics: [reading(CPU, 12.3, 1_500)] });
    const answer = await fixture({}, [one]).app.request('/state');
    expect(answer.headers.get('Content-Type')).toBe('application/json');
    expect(await answer.json()).toEqual({
      answeredBy: 'n1',
      cluster: 'test',
      at: '2026-01-31T12:00:00.000Z',
      nodes: {
        n1: {
          status: 'alive',
          statusSince: '2026-01-31T11:59:00.000Z',
          generation: 3,
          address: 'http://127.0.0.1:4001',
          labels: { rack: 'a' },
          ageMs: 0,
          metrics: {
            cpu: {
              value: 12.3,
              version: 7,
              since: '2026-01-31T11:59:58.500Z',
              ageMs: 1_500,
            },
          },
        },
      },
      families: {
        cpu: {
          ...{ unit: '%', kind: 'gauge', description: 'CPU busy, all cores' },
          ...{ priority: 1, delta: 5 },
        },
      },
    });
  });

  it('keeps the last state of nodes that died or left, with what they said', async () => {
    const leave = { reason: 'kernel upgrade', returnsAtWall: Date.UTC(2026, 1, 1) };
    const { app } = fixture({}, [
      member('n1'),
      member('n2', { status: 'dead', heardAt: 700_000 }),
      member('n3', { status: 'left', leave, skewMs: -250.4 }),
    ]);
    const { nodes } = (await (await app.request('/state')).json()) as StateAnswer;
    expect(nodes.n2).toMatchObject({ status: 'dead', ageMs: 300_000, metrics: { cpu: {} } });
    expect(nodes.n3).toMatchObject({
      status: 'left',
      skewMs: -250,
      leave: { reason: 'kernel upgrade', returnsAt: '2026-02-01T00:00:00.000Z' },
    });
  });

  it('says that an outbound-only node only calls out', async () => {
    const { app } = fixture({}, [member('n1'), member('n2', { address: '' })]);
    const { nodes } = (await (await app.request('/state')).json()) as StateAnswer;
    expect(nodes.n2).toMatchObject({ address: '', callsOutOnly: true, status: 'alive' });
    expect(nodes.n1).not.toHaveProperty('callsOutOnly');
    const { members } = (await (await app.request('/members')).json()) as MembersAnswer;
    expect(members[1]).toMatchObject({ node: 'n2', address: '', callsOutOnly: true });
  });

  it('survives times and names that only a hostile peer would tell', async () => {
    const leave = { reason: '', returnsAtWall: 1e300 };
    const { app } = fixture({}, [member('n1'), member('__proto__', { leave })]);
    const answer = await app.request('/state');
    expect(answer.status).toBe(200);
    expect(await answer.text()).toContain('"__proto__":{"status":"alive"');
  });

  it.each([
    ['', ['n1', 'n2', 'n10']],
    ['?node=n2', ['n2']],
    ['?node=n2,n10', ['n2', 'n10']],
    ['?node=n1*', ['n1', 'n10']],
    ['?node=n[1-2]', ['n1', 'n2']],
    ['?node=n?', ['n1', 'n2']],
    ['?node=n1&node=n2', ['n1', 'n2']],
    ['?node=nobody', []],
    ['?label=rack=b', ['n2', 'n10']],
    ['?label=rack:b', ['n2', 'n10']],
    ['?label=rack:a,rack:b', ['n1', 'n2', 'n10']],
    ['?label=rack:b&label=zone:x', ['n2']],
    ['?label=constructor:x', []],
    ['?status=dead', ['n10']],
    ['?status=alive,suspect', ['n1', 'n2']],
    ['?status=suspect&label=rack:a', []],
    ['?metric=nothing', []],
  ])('filters %s', async (query, expected) => {
    expect(await nodesOf(`/state${query}`)).toEqual(expected);
  });

  it('tells only the metrics asked for, and only nodes that have one of them', async () => {
    const { app } = fixture({}, [member('n1'), member('n2', { metrics: [reading(CPU, 1)] })]);
    const answer = await app.request('/state?metric=mem*,storage');
    const { nodes } = (await answer.json()) as StateAnswer;
    expect(Object.keys(nodes)).toEqual(['n1']);
    expect(Object.keys(nodes.n1?.metrics ?? {})).toEqual(['memory', 'storage']);
  });

  it.each([
    ['?status=up', 'invalid_query', '`status` must be of alive, suspect, dead, left, not "up".'],
    ['?nodes=n1', 'invalid_query', '`nodes` is unknown; known here: node, label, status, metric,'],
    ['?node=', 'invalid_query', '`node` must not be empty.'],
    ['?label=rack', 'invalid_query', '`label` must look like name:value or name=value.'],
    [`?node=${'a*,'.repeat(10)}b*`, 'too_many_patterns', '`node` takes 10 patterns with 128'],
    [`?node=${'a*'.repeat(65)}`, 'too_many_patterns', '128 characters together at most.'],
    [`?node=${'a,'.repeat(100)}b`, 'invalid_query', '`node` takes 100 values at most.'],
  ])('refuses %s in a sentence', async (query, code, sentence) => {
    const problem = await problemOf(await fleet().app.request(`/state${query}`));
    expect(problem).toMatchObject({ status: 400, code });
    expect(problem.detail).toContain(sentence);
  });
});

describe('GET /state/:node and /state/:node/:metric', () => {
  it('answers one node', async () => {
    const answer = await fleet().app.request('/state/n10');
    expect(await answer.json()).toMatchObject({ node: 'n10', answeredBy: 'n1', status: 'dead' });
  });

  it('answers one metric as a row', async () => {
    const answer = await fleet().app.request('/state/n10/memory');
    expect(await answer.json()).toEqual({
      ...{ answeredBy: 'n1', cluster: 'test', at: '2026-01-31T12:00:00.000Z' },
      node: 'n10',
      status: 'dead',
      metric: 'memory',
      value: 64.2,
      unit: MEMORY.unit,
      kind: 'gauge',
      description: MEMORY.description,
      priority: MEMORY.priority,
      delta: 7,
      version: 7,
      since: '2026-01-31T11:59:58.500Z',
      sampledAt: '2026-01-31T11:59:58.500Z',
      ageMs: 1_500,
    });
  });

  it('tells since when a value holds, which is not when it was last sampled', async () => {
    const own = { ...reading(MEMORY, 99, 400), toldAt: MONOTONIC_MS - 180_000 };
    const { app } = fixture({}, [member('n1', { metrics: [own] })]);
    expect(await (await app.request('/state/n1/memory')).json()).toMatchObject({
      ...{ sampledAt: '2026-01-31T11:59:59.600Z', ageMs: 400 },
      since: '2026-01-31T11:57:00.000Z',
    });
  });

  it.each(['/state', '/state/n1', '/state/n1/memory', '/query?node=n1'])(
    'marks in %s a value that its owner should have sampled since',
    async (path) => {
      const own = { ...reading(MEMORY, 99, 9_000), staleAt: MONOTONIC_MS - 5_200 };
      const fine = { ...reading(CPU, 5, 400), staleAt: MONOTONIC_MS + 3_400 };
      const { app } = fixture({}, [member('n1', { metrics: [own, fine] })]);
      const text = await (await app.request(path)).text();
      expect(text.match(/"stale":true/g)).toHaveLength(1);
      expect(text).toMatch(/"value":99,[^{}]*"ageMs":9000,[^{}]*"stale":true/);
    },
  );

  it.each([
    ['/state/n11', 'unknown_node', 'No node n11 is known here. Did you mean n1?'],
    ['/state/database', 'unknown_node', 'No node database is known here.'],
    ['/state/n1/memroy', 'unknown_metric', 'Node n1 has no metric memroy. Did you mean memory?'],
    ['/state/n9/cpu', 'unknown_node', 'No node n9 is known here.'],
  ])('answers %s with 404 and the nearest name', async (path, code, detail) => {
    expect(await problemOf(await fleet().app.request(path))).toMatchObject({
      status: 404,
      code,
      detail,
    });
  });
});

describe('GET /members', () => {
  it('answers membership without metrics', async () => {
    const answer = await fleet().app.request('/members?status=dead');
    expect(await answer.json()).toEqual({
      answeredBy: 'n1',
      cluster: 'test',
      at: '2026-01-31T12:00:00.000Z',
      members: [
        {
          node: 'n10',
          status: 'dead',
          statusSince: '2026-01-31T11:59:00.000Z',
          generation: 3,
          incarnation: 0,
          address: 'http://127.0.0.1:4010',
          labels: { rack: 'b' },
          ageMs: 300_000,
        },
      ],
    });
  });

  it('refuses a filter by metric, which members do not have', async () => {
    const problem = await problemOf(await fleet().app.request('/members?metric=cpu'));
    expect(problem.detail).toBe(
      '`metric` is unknown; known here: node, label, status, limit, after.',
    );
  });
});

describe('ETag', () => {
  const tagOf = async (app: ReturnType<typeof fleet>['app']) =>
    (await app.request('/state')).headers.get('ETag') ?? '';

  it('stays while nothing is learned, and answers 304 without a body', async () => {
    const { app } = fleet();
    const tag = await tagOf(app);
    expect(tag).toMatch(/^W\/".+"$/);
    const answer = await app.request('/state', { headers: { 'If-None-Match': `"x", ${tag}` } });
    expect(answer.status).toBe(304);
    expect(answer.headers.get('ETag')).toBe(tag);
    expect(await answer.text()).toBe('');
  });

  it('changes with the view', async () => {
    const { app, view } = fleet();
    const tag = await tagOf(app);
    view.set([member('n1')]);
    const answer = await app.request('/state', { headers: { 'If-None-Match': tag } });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('ETag')).not.toBe(tag);
  });

  it('changes with a restart, though revisions begin again', async () => {
    const before = await tagOf(fixture({}, [member('n1', { generation: 3 })]).app);
    expect(await tagOf(fixture({}, [member('n1', { generation: 4 })]).app)).not.toBe(before);
  });

  it.each([
    ['/state/nobody', 404],
    ['/state/nobody/cpu', 404],
    ['/state/n1/nothing', 404],
    ['/state?node=[', 400],
    ['/members?node=[', 400],
    ['/query?node=[', 400],
    ['/query?top=0', 400],
    ['/nothing', 404],
  ])(
    'of an answer that does not exist matches none that a caller holds: %s',
    async (path, status) => {
      const { app } = fleet();
      for (const known of ['*', await tagOf(app)]) {
        const answer = await app.request(path, { headers: { 'If-None-Match': known } });
        expect([known, answer.status]).toEqual([known, status]);
      }
    },
  );

  it.each(['/', '/state', '/members', '/query', '/state/n1', '/state/n1/cpu'])(
    'of %s is matched by a caller that has it, or wants only what is new',
    async (path) => {
      const { app } = fleet();
      const tag = (await app.request(path)).headers.get('ETag') ?? '';
      for (const known of ['*', tag]) {
        // Asked again at once, and of what was not asked before.
        for (const asked of [app, fleet().app]) {
          const answer = await asked.request(path, { headers: { 'If-None-Match': known } });
          expect([known, answer.status]).toEqual([known, 304]);
          expect(answer.headers.get('ETag')).toBe(tag);
          expect(await answer.text()).toBe('');
        }
      }
    },
  );

  it('is not given to errors', async () => {
    const answer = await fleet().app.request('/state/nobody');
    expect(answer.headers.get('ETag')).toBeNull();
  });
});
