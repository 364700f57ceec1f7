// npm run query as a process, against a server that answers as told.

import { Hono } from 'hono';
import { expect, it } from 'vitest';
import { listen } from '../../node/host/network/listen.ts';
import { fixture, member } from '../http/fixture.ts';
import { keep } from '../support/closing.ts';
import { runToEnd } from './support.ts';

async function serve(answer: (path: string) => Response | Promise<Response>): Promise<string> {
  const app = new Hono().all('*', (c) => answer(c.req.url.replace(/^http:\/\/[^/]+/, '')));
  const listener = await listen(app, { host: '127.0.0.1', port: 0 });
  keep(listener);
  return listener.address;
}

const query = (...args: string[]) => runToEnd('query', args);

const metric = (value: number) => ({ value });
const STATE = {
  answeredBy: 'n1',
  cluster: 'priomon',
  at: '2026-01-01T00:00:00.000Z',
  nodes: {
    n10: { status: 'dead', ageMs: 180_000, metrics: { cpu: metric(3.4) } },
    n2: {
      status: 'alive',
      ageMs: 1_234,
      metrics: { cpu: metric(12.5), network: metric(45_678), load1: metric(0.5) },
    },
    n1: { status: 'suspect', ageMs: 0, metrics: {} },
  },
  families: { cpu: { unit: '%' }, network: { unit: 'B/s' }, load1: { unit: '' } },
};

it('the query shows a row a node in natural order, a column a metric, and ages', async () => {
  const url = await serve(() => Response.json(STATE));
  expect(await query('--url', url)).toEqual({
    code: 0,
    error: '',
    out: `${[
      'node  status      cpu    network  load1      heard',
      'n1    suspect       –          –      –  0.0 s ago',
      'n2    alive    12.5 %  45.7 kB/s    0.5  1.2 s ago',
      'n10   dead      3.4 %          –      –  3 min ago',
    ].join('\n')}\n`,
  });
});

it('the query marks a value that its owner should have sampled since', async () => {
  const stale = { ...metric(99), stale: true };
  const nodes = { n1: { ...STATE.nodes.n2, metrics: { cpu: stale } } };
  const url = await serve(() => Response.json({ ...STATE, nodes }));
  expect((await query('--url', url)).out).toContain('n1    alive   99 % (stale)  1.2 s ago');
});

it('the query names outbound-only nodes below its table', async () => {
  const hidden = { ...STATE.nodes.n1, status: 'alive', address: '', callsOutOnly: true };
  const nodes = { ...STATE.nodes, n3: hidden };
  const url = await serve(() => Response.json({ ...STATE, nodes }));
  const { out } = await query('--url', url);
  expect(out.split('\n').at(-2)).toBe('only calling out: n3');
});

it('the query passes all filters on to the node', async () => {
  const asked: string[] = [];
  const url = await serve((path) => {
    asked.push(path);
    return Response.json(STATE);
  });
  const args = ['--node', 'n*,web', '--metric', 'cpu', '--status', 'alive,dead', '--label', 'a=b'];
  expect((await query('--url', `${url}/base/`, ...args)).code).toBe(0);
  expect(asked).toEqual([
    '/base/state?node=n*&node=web&metric=cpu&status=alive&status=dead&label=a%3Db',
  ]);
});

it('the query answers with --json in one shape, that of /query, whatever is asked', async () => {
  const { app } = fixture({}, [member('n1'), member('n2', { status: 'dead', metrics: [] })]);
  const url = await serve((path) => app.request(path));
  const questions = [
    ...[[], ['--node', 'n1'], ['--metric', 'cpu'], ['--where', 'cpu>1'], ['--top', '1']],
    ...[
      ['--aggregate', 'avg'],
      ['--node', 'n1', '--quorum', '1'],
      ['--status', 'dead'],
    ],
  ];
  const outcomes = await Promise.all(
    questions.map((question) => query('--url', url, '--json', ...question)),
  );
  for (const { code, out } of outcomes) {
    expect(code).toBe(0);
    expect(JSON.parse(out)).toMatchObject({
      ...{ answeredBy: 'n1', cluster: 'test', at: expect.any(String) },
      ...{ statuses: expect.any(Array), rows: expect.any(Array), aggregates: expect.any(Array) },
    });
  }
  // Found, though there is no row of it.
  expect(JSON.parse(outcomes.at(-1)?.out ?? '')).toMatchObject({
    ...{ rows: [], withoutMetrics: [{ node: 'n2', status: 'dead' }] },
  });
  expect((await query('--url', url, '--json', '--status', 'left')).code).toBe(1);
});

it('the query ends with 1 when nothing matches, as grep does', async () => {
  const url = await serve(() => Response.json({ ...STATE, nodes: {} }));
  expect(await query('--url', url)).toEqual({ code: 1, out: 'No node matches.\n', error: '' });
});

const row = (node: string, changes: object = {}) => ({
  ...{ node, status: 'alive', metric: 'cpu', value: 12.5, unit: '%', ageMs: 1_500 },
  ...changes,
});
const ANSWER = { answeredBy: 'n1', cluster: 'priomon', rows: [], aggregates: [], statuses: [] };
const QUORUM = {
  ...{ outcome: 'agreed', detail: '3 nodes hold the newest state of n7 that was seen.', wanted: 3 },
  ...{ agreed: ['n1', 'n2', 'n4'], newest: { generation: 9, version: 17 }, unknownTo: ['n5'] },
  votes: [
    ...['n1', 'n2', 'n4'].map((node) => ({ node, generation: 9, version: 17, agrees: true })),
    { node: 'n3', generation: 9, version: 16, agrees: false },
  ],
  failed: [{ node: 'n6', reason: 'no_answer' }],
  ...{ tries: 2, messages: 9, tookMs: 520, staleness: { atMostMs: 180_000, hiddenMs: 7_400 } },
};

it('the query asks for thresholds, aggregates and rankings, and shows them as tables', async () => {
  const asked: string[] = [];
  const url = await serve((path) => {
    asked.push(path);
    const aggregates = [
      { metric: 'cpu', unit: '%', group: 'eu', values: { avg: 100 / 3, count: 3 } },
      { metric: 'network', unit: 'B/s', group: null, values: { avg: 45_678, count: 10 } },
      { metric: 'swap', unit: '%', group: null, values: { avg: null, count: 0 } },
    ];
    const rows = [row('n10'), row('n2', { status: 'dead', value: 9, ageMs: 180_000 })];
    return Response.json({ ...ANSWER, rows, aggregates });
  });
  const args = ['--where', 'cpu>80,memory<=9', '--aggregate', 'avg', '--aggregate', 'count'];
  const more = ['--by', 'label:region', '--top', '2', '--metric', 'cpu,network'];
  expect(await query('--url', url, ...args, ...more)).toEqual({
    code: 0,
    error: '',
    out: `${[
      'metric   group        avg  count',
      'cpu      eu     33.3333 %      3',
      'network  –      45.7 kB/s     10',
      'swap     –              –      0',
      '',
      'node  status  metric   value    sampled',
      'n10   alive   cpu     12.5 %  1.5 s ago',
      'n2    dead    cpu        9 %  3 min ago',
    ].join('\n')}\n`,
  });
  expect(asked).toEqual([
    '/query?metric=cpu&metric=network&where=cpu%3E80&where=memory%3C%3D9' +
      '&aggregate=avg&aggregate=count&by=label%3Aregion&top=2',
  ]);
});

it('the query shows what a quorum agrees on, its votes, cost and staleness', async () => {
  const asked: string[] = [];
  const url = await serve((path) => {
    asked.push(path);
    return Response.json({ ...ANSWER, rows: [row('n7', { status: 'dead' })], quorum: QUORUM });
  });
  const args = ['--node', 'n7', '--quorum', '3', '--tries', '2', '--timeout', '2s'];
  expect(await query('--url', url, ...args)).toEqual({
    code: 0,
    error: '',
    out: `${[
      'node  status  metric   value    sampled',
      'n7    dead    cpu     12.5 %  1.5 s ago',
      '',
      '3 nodes hold the newest state of n7 that was seen.',
      '  agree on generation 9, version 17: n1, n2, n4',
      '  are behind: n3 (generation 9, version 16)',
      '  know nothing: n5',
      '  failed: n6 (no answer)',
      '  2 tries, 9 messages, 520 ms',
      '  3 min old at most; news of the last 7.4 s may be missing',
    ].join('\n')}\n`,
  });
  expect(asked).toEqual(['/query?node=n7&quorum=3&tries=2&timeout=2000ms']);
});

it('the query ends with 1 and a sentence when a quorum does not agree', async () => {
  const detail = '5 nodes answered, and none holds anything of n7.';
  const none = { outcome: 'unknown', agreed: [], votes: [], failed: [] };
  const quorum = { ...QUORUM, ...none, detail, newest: null, staleness: null };
  const url = await serve(() => Response.json({ ...ANSWER, quorum }));
  const { code, out } = await query('--url', url, '--node', 'n7', '--quorum', '3');
  expect(code).toBe(1);
  expect(out).toMatch(new RegExp(`^${detail}\n`));
  const nothing = await serve(() => Response.json(ANSWER));
  expect(await query('--url', nothing, '--where', 'cpu>100')).toEqual({
    code: 1,
    out: 'No node matches.\n',
    error: '',
  });
});

it('the query ends with 2 for an impossible question', async () => {
  const { code, error } = await query('--where', 'cpu');
  expect(code).toBe(2);
  expect(error).toMatch(/^--where is cpu, but every item must be a metric, .*\.\n$/);
});

it("the query shows a node's own reason when it refuses", async () => {
  const detail = 'status is not one of alive, suspect, dead, left.';
  const url = await serve(() => Response.json({ detail }, { status: 400 }));
  expect(await query('--url', url)).toEqual({
    code: 1,
    out: '',
    error: `${url} refused the query: ${detail}\n`,
  });
});

it.each<[string, () => Response | Promise<Response>, RegExp]>([
  ['a page', () => new Response('<html>'), /it answered 200, and not as a node does/],
  ['other JSON', () => Response.json([1]), /it answered 200, and not as a node does/],
  [
    'no nodes',
    () => Response.json({ answeredBy: 'x', nodes: null }),
    /it answered 200, and not as a/,
  ],
  ['no page', () => new Response('', { status: 404 }), /it answered 404, and not as a node does/],
  ['nothing', () => new Promise(() => {}), /did not answer within 300 ms: is a node running/],
  ['half an answer', () => new Response(halfAnswer()), /did not answer within 300 ms/],
])('the query says in a sentence that it is no node that answers %s', async (_, answer, said) => {
  const url = await serve(answer);
  const { code, out, error } = await query('--url', url, '--timeout', '300ms');
  expect(error).toMatch(said);
  expect(error.trimEnd()).not.toContain('\n');
  expect({ code, out }).toEqual({ code: 1, out: '' });
});

const halfAnswer = (): ReadableStream =>
  new ReadableStream({ start: (body) => body.enqueue(new TextEncoder().encode('{"no')) });

it('the query tells an unknown name from a question that finds nothing', async () => {
  const { app } = fixture({}, [member('n1', { labels: { region: 'eu' } }), member('n9')]);
  const { address: url } = await listen(app, { host: '127.0.0.1', port: 0 }).then((listener) => {
    keep(listener);
    return listener;
  });
  const says = async (...args: string[]) => {
    const { code, out, error } = await query('--url', url, ...args);
    return `${code} ${out}${error}`;
  };
  const [healthy, threshold, metrics, node, label] = await Promise.all([
    says('--where', 'cpu>80'),
    says('--where', 'cpuu>80'),
    says('--metric', 'cpuu,queue'),
    says('--node', 'n99', '--json'),
    says('--label', 'regio=eu'),
  ]);
  expect(healthy).toBe('1 No node matches.\n');
  expect(threshold).toBe('2 No node has such a metric: cpuu; did you mean cpu?\n');
  expect(metrics).toBe(
    '2 No node has such a metric: cpuu; did you mean cpu?\n' + 'No node has such a metric: queue\n',
  );
  expect(node).toMatch(
    /^2 \{[\s\S]*"nearest": "n9"[\s\S]*\}\nNo such node is known: n99; did you mean n9/,
  );
  expect(label).toBe('2 No node has such a label: regio; did you mean region?\n');
  expect(await says('--metric', 'cpu,cpuu')).toMatch(/^2 node +status +cpu[\s\S]*n9[\s\S]*: cpuu;/);
});

it('the query reads all pages of an answer, and follows none to another host', async () => {
  const nodes = Array.from({ length: 1_001 }, (_, i) => member(`n${String(i).padStart(4, '0')}`));
  const { app } = fixture({}, nodes);
  const url = await serve((path) => app.request(`http://127.0.0.1${path}`));
  const { out } = await query('--url', url, '--metric', 'cpu', '--json');
  const { rows, ...rest } = JSON.parse(out) as { rows: { node: string }[] };
  expect(rows.map(({ node }) => node)).toEqual(nodes.map(({ id }) => id));
  expect(rest).not.toHaveProperty('next');
  const foreign = await serve(() => Response.json({ ...STATE, next: 'http://a.example/state' }));
  const { code, error } = await query('--url', foreign);
  expect(code).toBe(1);
  expect(error).toContain('names http://a.example/state as its next page, elsewhere.');
});
