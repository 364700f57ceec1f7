import { describe, expect, it } from 'vitest';
import { fixture, json, member, problemOf } from './fixture.ts';

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
    expect(preflight.status).toBe(405);
  });
});
