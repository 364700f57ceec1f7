import type { AddressInfo } from 'node:net';
import { type ServerType, serve } from '@hono/node-server';
import { afterEach, describe, expect, it } from 'vitest';
import { PrioMonClient } from '../../node/client.ts';
import { createMemoryStore } from '../../node/storage/database/memory-store.ts';
import { sample } from '../contract/rows.ts';
import { fixture, member, WALL_MS } from '../http/fixture.ts';

const servers: ServerType[] = [];

const listen = async (handler: (request: Request) => Response | Promise<Response>) => {
  const server = serve({ fetch: handler, hostname: '127.0.0.1', port: 0 });
  servers.push(server);
  await new Promise((resolve) => server.once('listening', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
};

const close = (server: ServerType) =>
  new Promise((resolve) => {
    server.close(resolve);
    if ('closeAllConnections' in server) server.closeAllConnections();
  });

afterEach(async () => {
  await Promise.all(servers.splice(0).map(close));
});

const nodes = () => [
  member('n1', { labels: { rack: 'a' } }),
  member('n2', { labels: { rack: 'b' }, status: 'dead' }),
];

describe('PrioMonClient over HTTP', () => {
  it('queries metrics as rows', async () => {
    const client = new PrioMonClient(await listen(fixture({}, nodes()).app.fetch));
    expect(await client.queryMetrics({ node: 'n1', metric: 'cpu' })).toEqual([
      {
        node: 'n1',
        status: 'alive',
        metric: 'cpu',
        value: 12.3,
        unit: '%',
        kind: 'gauge',
        description: 'CPU busy, all cores',
        priority: 1,
        delta: 5,
        version: 7,
        since: '2026-01-31T11:59:58.500Z',
        sampledAt: '2026-01-31T11:59:58.500Z',
        ageMs: 1_500,
      },
    ]);
    expect(await client.queryMetrics({ metric: ['cpu', 'mem*'] })).toHaveLength(4);
    expect(await client.queryMetrics({ node: 'nobody' })).toEqual([]);
  });

  it('reads a fleet of any size, page by page', async () => {
    const many = Array.from({ length: 2_001 }, (_, i) =>
      member(`n${String(i).padStart(4, '0')}`, { metrics: [] }),
    );
    const client = new PrioMonClient(await listen(fixture({}, many).app.fetch));
    expect(Object.keys((await client.state()).nodes)).toEqual(many.map(({ id }) => id));
    expect(await client.members()).toHaveLength(2_001);
  });

  it('asks for state and members with filters', async () => {
    const client = new PrioMonClient(await listen(fixture({}, nodes()).app.fetch));
    expect(Object.keys((await client.state()).nodes)).toEqual(['n1', 'n2']);
    expect(Object.keys((await client.state({ label: 'rack=b' })).nodes)).toEqual(['n2']);
    expect((await client.members({ status: 'dead' })).map(({ node }) => node)).toEqual(['n2']);
  });

  it('queries thresholds, aggregates and rankings', async () => {
    const client = new PrioMonClient(await listen(fixture({}, nodes()).app.fetch));
    const question = { metric: 'cpu', where: 'memory>50', aggregate: ['avg', 'count'], top: 1 };
    const { rows, aggregates } = await client.query(question);
    expect(rows.map(({ node }) => node)).toEqual(['n1']);
    expect(aggregates).toEqual([
      { metric: 'cpu', unit: '%', group: null, values: { avg: 12.3, count: 1 } },
    ]);
    expect((await client.query()).rows).toHaveLength(12);
  });

  it('queries a quorum, whose outcome is an answer', async () => {
    const asked: string[] = [];
    const peers = {
      ...fixture().deps.peers,
      ask: async (_: string, path: string) => {
        asked.push(path);
        return (await fixture().app.request(path)).json();
      },
    };
    const live = [member('n1'), member('n2')];
    const { app } = fixture({ peers }, live);
    const paths: string[] = [];
    const url = await listen((request) => {
      paths.push(request.url.replace(/^.*(?=\/query)/, ''));
      return app.fetch(request);
    });
    const answer = await new PrioMonClient(url).query({ node: 'n1', metric: 'cpu', quorum: 1 });
    expect(answer).toMatchObject({ rows: [{ value: 12.3 }], quorum: { outcome: 'agreed' } });
    const patient = new PrioMonClient(url, { timeoutMs: 60_000 });
    // The fixture answers as n1, not as n2 who was asked.
    const two = await patient.query({ node: 'n1', metric: 'cpu', quorum: 2, tries: 1 });
    expect(two).toMatchObject({ rows: [], quorum: { outcome: 'unanswered' } });
    expect(asked).toEqual(['/query?node=n1&metric=cpu']);
    expect(paths).toEqual([
      '/query?node=n1&metric=cpu&quorum=1&timeout=4500ms',
      '/query?node=n1&metric=cpu&quorum=2&tries=1&timeout=30000ms',
    ]);
    await expect(patient.query({ node: 'n1', quorum: 3 })).rejects.toMatchObject({
      code: 'quorum_too_large',
    });
  });

  it('asks for history, and for times as programs hold them', async () => {
    const { app, records } = fixture({}, nodes());
    const client = new PrioMonClient(await listen(app.fetch));
    const from = new Date('2026-01-31T11:30:00Z');
    const { answeredBy, points, notes } = await client.history({ node: 'n1', from, step: '1m' });
    expect({ answeredBy, points, notes: notes.length }).toEqual({
      ...{ answeredBy: 'n1', points: [], notes: 1 },
    });
    expect(records.history).toMatchObject([
      { node: 'n1', fromMs: from.getTime(), toMs: WALL_MS, stepMs: 60_000 },
    ]);
  });

  it('reads history page by page, the newest first', async () => {
    const store = createMemoryStore();
    const rows = Array.from({ length: 25 }, (_, i) =>
      sample(1 + i, { sampledAtMs: WALL_MS - 60_000 + i * 1_000 }),
    );
    store.recordSamples(rows);
    const client = new PrioMonClient(await listen(fixture({ store }, nodes()).app.fetch));
    const counts: number[] = [];
    for await (const { points } of client.historyPages({ from: '5m', limit: 10 })) {
      counts.push(points.length);
    }
    expect(counts).toEqual([10, 10, 5]);
  });

  it('publishes metrics', async () => {
    const { app, records } = fixture();
    const client = new PrioMonClient(await listen(app.fetch));
    const answer = await client.publish({ name: 'queue_length', value: 17, unit: 'jobs' });
    expect(answer.metrics[0]).toMatchObject({ name: 'queue_length', value: 17, delta: '5%' });
    await client.publish([{ name: 'a', value: 1 }]);
    expect(records.published.map(({ metric }) => metric)).toEqual(['queue_length', 'a']);
  });

  it.each(['/priomon', '/priomon/'])('keeps the base path of its URL: %s', async (path) => {
    const url = await listen(fixture({ basePath: '/priomon' }).app.fetch);
    expect((await new PrioMonClient(url + path).state()).answeredBy).toBe('n1');
  });

  it("says the node's own reason", async () => {
    const client = new PrioMonClient(await listen(fixture().app.fetch));
    await expect(client.publish({ name: 'cpu', value: 1 })).rejects.toMatchObject({
      name: 'OperatingError',
      code: 'standard_metric',
      message: 'cpu is a standard metric, measured by the node; choose another name.',
    });
  });

  it('says when no server listens', async () => {
    const url = await listen(fixture().app.fetch);
    await Promise.all(servers.splice(0).map(close));
    await expect(new PrioMonClient(url).state()).rejects.toMatchObject({
      code: 'unreachable',
      message: `${url}/ cannot be reached; is a node running there?`,
    });
  });

  it('says when no answer came in time', async () => {
    const url = await listen(() => new Promise<Response>(() => {}));
    const client = new PrioMonClient(url, { timeoutMs: 50 });
    await expect(client.state()).rejects.toMatchObject({
      code: 'timeout',
      message: `${url}/ did not answer in 50 ms.`,
    });
  });

  it('says when something else than a node answers', async () => {
    const page = await listen(() => new Response('<html>'));
    await expect(new PrioMonClient(page).state()).rejects.toMatchObject({ code: 'not_json' });
    const gone = await listen(() => new Response('gone', { status: 502 }));
    await expect(new PrioMonClient(gone).state()).rejects.toMatchObject({ code: 'http_502' });
  });

  it('does not read what has no end, on one page or on many', async () => {
    const many = 'x'.repeat(2 ** 20);
    let [sent, page] = [0, 0];
    const endless = () =>
      new ReadableStream({
        pull(controller) {
          sent += 1;
          controller.enqueue(new TextEncoder().encode(many));
        },
      });
    const one = await listen(() => new Response(endless()));
    const { host } = new URL(one);
    const fix = 'ask for fewer nodes or metrics, and see that it is a node.';
    const client = new PrioMonClient(one, { timeoutMs: 60_000 });
    await expect(client.state()).rejects.toMatchObject({
      code: 'too_much',
      message: `${host} answers with more than 32 MiB at once; ${fix}`,
    });
    expect(sent).toBeLessThan(64);
    // Each page is one that a node could have.
    const next = () => Response.json({ members: [many.repeat(8)], next: `?after=${++page}` });
    await expect(
      new PrioMonClient('http://node', { fetch: async () => next() }).members(),
    ).rejects.toMatchObject({
      code: 'too_much',
      message: `node answers with more than 256 MiB on all pages together; ${fix}`,
    });
    expect(page).toBe(32);
  });

  it.each(['', 'localhost:4001', 'ftp://host'])('refuses the URL "%s"', (url) => {
    expect(() => new PrioMonClient(url)).toThrow('is no URL of a node; give it as http://');
  });

  it('serves gossip without a content type on the wire', async () => {
    const url = await listen(fixture().app.fetch);
    const answer = await fetch(`${url}/gossip`, { method: 'POST', body: Uint8Array.of(1, 2) });
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(Uint8Array.of(2, 1));
    expect(answer.headers.get('Content-Type')).toBeNull();
  });
});

describe('what is no node', () => {
  it.each([
    ['null', 'null'],
    ['a text', '"leaving"'],
    ['an object', '{}'],
    ['no name', '{"leaving":true,"answeredBy":null}'],
  ])('is not taken for one that leaves when it answers %s', async (_, body) => {
    const client = new PrioMonClient(await listen(() => new Response(body)));
    await expect(client.leave()).rejects.toMatchObject({ code: 'no_node' });
  });

  it('is told from one by a list of members that is none', async () => {
    const url = await listen(() => Response.json({ answeredBy: 'n1', cluster: 'x', at: '' }));
    const client = new PrioMonClient(url, { secret: 'a-key-of-the-cluster-0001' });
    await expect(client.leave()).rejects.toMatchObject({ code: 'no_node' });
  });
});
