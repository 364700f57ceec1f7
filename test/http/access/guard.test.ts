import { describe, expect, it } from 'vitest';
import type { AppDependencies } from '../../../node/app.ts';
import { fixture, json, member, problemOf } from '../fixture.ts';

const NODE = 'http://127.0.0.1:4001';

/** What `/leave` and `/metrics` answer to a browser's request, sent to the node as `host`. */
const statuses = async (headers: Record<string, string>, host = NODE) => {
  const { app, records } = fixture({}, [member('n1', { address: 'http://n1.example:4001' })]);
  const leave = await app.request(`${host}/leave`, json({}, headers));
  const metrics = await app.request(`${host}/metrics`, json({ name: 'x', value: 1 }, headers));
  const acted = records.leaves.length + records.published.length;
  expect(acted).toBe(leave.status === 202 ? 2 : 0);
  return [leave.status, metrics.status];
};

describe('routes that change something', () => {
  it('serve programs, which send no headers of a browser', async () => {
    expect(await statuses({})).toEqual([202, 202]);
    expect(await statuses({}, 'http://any.name:4001')).toEqual([202, 202]);
  });

  it.each([NODE, 'http://localhost:4001', 'http://[::1]:4001', 'http://n1.example:4001'])(
    "serve the node's own page at %s",
    async (origin) => {
      const headers = { Origin: origin, 'Sec-Fetch-Site': 'same-origin' };
      expect(await statuses(headers, origin)).toEqual([202, 202]);
    },
  );

  it.each([
    ['cross-site', { Origin: 'https://evil.example', 'Sec-Fetch-Site': 'cross-site' }],
    ['same-site', { Origin: 'http://127.0.0.1:9999', 'Sec-Fetch-Site': 'same-site' }],
    ['of another origin, without fetch metadata', { Origin: 'https://evil.example' }],
    ['of a sandbox', { Origin: 'null' }],
  ])('refuse a page %s', async (_, headers) => {
    expect(await statuses(headers)).toEqual([403, 403]);
  });

  it('refuse a foreign name that was rebound to this address', async () => {
    const host = 'http://evil.example:4001';
    const headers = { Origin: host, 'Sec-Fetch-Site': 'same-origin' };
    expect(await statuses(headers, host)).toEqual([403, 403]);
    expect(await statuses({ ...headers, Host: 'evil.example:4001' }, NODE)).toEqual([403, 403]);
  });

  it.each(['text/plain', 'application/x-www-form-urlencoded', 'application/jsonp', ''])(
    'refuse a body of type "%s", which a form could send',
    async (type) => {
      const { app, records } = fixture();
      for (const path of ['/leave', '/metrics']) {
        const answer = await app.request(path, json('{}', { 'Content-Type': type }));
        expect(await problemOf(answer)).toMatchObject({ status: 415, code: 'json_only' });
      }
      expect(records.leaves).toEqual([]);
    },
  );

  it('give no other origin leave to read', async () => {
    const { app } = fixture();
    const headers = { Origin: 'https://evil.example' };
    const answer = await app.request('/state', { headers });
    expect(answer.headers.get('Access-Control-Allow-Origin')).toBeNull();
    const preflight = await app.request('/metrics', { method: 'OPTIONS', headers });
    expect(preflight.status).toBe(403);
    expect(preflight.headers.get('Access-Control-Allow-Methods')).toBeNull();
  });
});

/** One GET of each route that answers one. */
const READS = ['/', '/state', '/state/n1', '/query', '/members', '/history', '/livez', '/readyz'];

const READY: Partial<AppDependencies> = {
  stats: () => ({ ...fixture().deps.stats(), sinceRoundMs: 0 }),
};

/** Status and code of each GET with these headers, as one word where all are the same. */
const answersTo = async (
  headers: Record<string, string>,
  changes: Partial<AppDependencies> = {},
) => {
  const nodes = [member('n1', { address: 'http://n1.example:4001' })];
  const { app } = fixture({ ...READY, ...changes }, nodes);
  const told = await Promise.all(
    READS.map(async (path) => {
      const answer = await app.request(path, { headers });
      return answer.ok ? 'ok' : `${answer.status} ${(await problemOf(answer)).code}`;
    }),
  );
  return [...new Set(told)].join(', ');
};

const NAVIGATION = { 'Sec-Fetch-Mode': 'navigate', 'Sec-Fetch-Dest': 'document' };

describe('a web page of another site', () => {
  it.each([
    ['a script', { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'cors' }],
    [
      'a script that asks for no answer',
      { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'no-cors' },
    ],
    ['an image', { 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Dest': 'image' }],
    ['a script at another port', { 'Sec-Fetch-Site': 'same-site', 'Sec-Fetch-Dest': 'empty' }],
    ['a frame', { ...NAVIGATION, 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Dest': 'iframe' }],
    [
      'a link fetched ahead',
      { ...NAVIGATION, 'Sec-Fetch-Site': 'cross-site', 'Sec-Purpose': 'prefetch' },
    ],
    ['an older browser', { Origin: 'https://evil.example' }],
    ['a sandbox', { Origin: 'null' }],
  ])('cannot have anything read by %s', async (_, headers) => {
    expect(await answersTo(headers)).toBe('403 cross_site');
  });

  it('may link to the node for a person to open', async () => {
    for (const site of ['cross-site', 'same-site', 'none']) {
      expect(await answersTo({ ...NAVIGATION, 'Sec-Fetch-Site': site })).toBe('ok');
    }
  });

  it('cannot have a form sent by a person', async () => {
    const { app } = fixture();
    const headers = { ...NAVIGATION, 'Sec-Fetch-Site': 'cross-site' };
    for (const path of ['/leave', '/metrics', '/gossip']) {
      const answer = await app.request(path, json({}, headers));
      expect(await problemOf(answer)).toMatchObject({ status: 403, code: 'cross_site' });
    }
  });
});

describe('a node without a secret', () => {
  const open = { allowedHosts: ['Monitor.Internal'] };

  it.each([
    '127.0.0.1:4001',
    '10.0.0.7',
    '[::1]:4001',
    'localhost:4001',
    'a.localhost',
    'n1.example:4001',
    'N1.Example',
    'monitor.internal:80',
    'monitor.internal.',
  ])('answers a caller that names it %s', async (host) => {
    expect(await answersTo({ Host: host }, open)).toBe('ok');
  });

  it.each(['evil.example:4001', 'localhost.evil.example', '127.0.0.1.evil.example', '1', 'n1'])(
    'refuses a caller that names it %s, for the name may have been rebound',
    async (host) => {
      expect(await answersTo({ Host: host }, open)).toBe('403 foreign_host');
    },
  );

  it('says how the name would be taken', async () => {
    const { app } = fixture({ allowedHosts: [] });
    const answer = await app.request('/state', { headers: { Host: 'web-1:4001' } });
    expect(await problemOf(answer)).toMatchObject({
      detail:
        'This node is not known as web-1:4001; call it by its IP address, as localhost or by its ' +
        'advertised name, or start it with --allowed-hosts and the name.',
    });
  });

  it('takes gossip that a peer sends to any name, and none that a browser sends', async () => {
    const { app, records } = fixture({ allowedHosts: [] });
    const host = 'web-1.internal:4001';
    const send = (headers: Record<string, string>) =>
      app.request('/gossip', {
        method: 'POST',
        body: new Uint8Array([1]),
        headers: { Host: host, ...headers },
      });
    expect((await send({})).status).toBe(200);
    expect((await send({ Origin: `http://${host}` })).status).toBe(403);
    expect((await send({ 'Sec-Fetch-Site': 'same-origin' })).status).toBe(403);
    expect(records.gossip).toHaveLength(1);
    expect(records.refusals).toEqual(['foreign_host', 'foreign_host']);
  });
});

describe('a node that knows a secret, or that a Worker stands before', () => {
  it('answers whatever it is called', async () => {
    expect(await answersTo({ Host: 'balancer.example' })).toBe('ok');
  });
});
