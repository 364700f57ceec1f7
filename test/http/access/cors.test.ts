// Web pages of other sites: closed by default, open to read where the settings name their origin.

import { describe, expect, it } from 'vitest';
import { loadConfig } from '../../../node/config/load.ts';
import { fixture, json, problemOf } from '../fixture.ts';

const WALL = 'https://wall.example.com';
const OTHER = 'https://other.example.com';

/** As a browser sends it for a script of a page of that origin. */
const from = (origin: string, headers: Record<string, string> = {}): RequestInit => ({
  headers: {
    ...{ Origin: origin, 'Sec-Fetch-Site': 'cross-site', 'Sec-Fetch-Mode': 'cors' },
    ...{ 'Sec-Fetch-Dest': 'empty', ...headers },
  },
});

const preflight = (origin: string, method: string): RequestInit => ({
  ...from(origin, {
    'Access-Control-Request-Method': method,
    'Access-Control-Request-Headers': 'if-none-match',
  }),
  method: 'OPTIONS',
});

const shareOf = ({ headers }: Response): Record<string, string> =>
  Object.fromEntries([...headers].filter(([name]) => name.startsWith('access-control-')));

const READ_ROUTES = ['/state', '/state/n1', '/members', '/query', '/history', '/readyz', '/livez'];
const ADMIN_ROUTES = [
  ['POST', '/metrics'],
  ['POST', '/leave'],
  ['DELETE', '/metrics/queue'],
  ['POST', '/gossip'],
] as const;

describe('a page of another site', () => {
  it.each([[undefined], [[]], [[OTHER]]])('reads nothing where %j may', async (allowedOrigins) => {
    const { app } = fixture({ allowedOrigins });
    for (const path of READ_ROUTES) {
      const answer = await app.request(path, from(WALL));
      expect(shareOf(answer)).toEqual({});
      expect(await problemOf(answer)).toMatchObject({ status: 403, code: 'cross_site' });
      expect(shareOf(await app.request(path, preflight(WALL, 'GET')))).toEqual({});
    }
  });

  it.each(READ_ROUTES)('reads %s where its origin may', async (path) => {
    const { app } = fixture({ allowedOrigins: [OTHER, WALL] });
    const answer = await app.request(path, from(WALL));
    expect(answer.status).toBe(200);
    expect(shareOf(answer)).toEqual({
      'access-control-allow-origin': WALL,
      'access-control-expose-headers': 'ETag,Retry-After',
    });
    expect(answer.headers.get('Vary')).toBe('Origin');
    expect((await answer.text()).length).toBeGreaterThan(2);
  });

  it('reads wherever any origin may, a sandbox or a file too', async () => {
    const { app } = fixture({ allowedOrigins: ['*'] });
    for (const origin of [WALL, 'null', 'http://localhost:5173']) {
      const answer = await app.request('/state', from(origin));
      expect(answer.status).toBe(200);
      expect(answer.headers.get('Access-Control-Allow-Origin')).toBe('*');
    }
  });

  it.each([
    'https://wall.example.com.evil.example',
    'http://wall.example.com',
    'https://wall.example.com:8443',
  ])('is not taken for an allowed one by likeness: %s', async (origin) => {
    const { app } = fixture({ allowedOrigins: [WALL] });
    expect((await app.request('/state', from(origin))).status).toBe(403);
  });

  it('is told by a preflight what it may: read, with the tag of what it has', async () => {
    const { app } = fixture({ allowedOrigins: [WALL] });
    const answer = await app.request('/state', preflight(WALL, 'GET'));
    expect(answer.status).toBe(204);
    expect(shareOf(answer)).toEqual({
      'access-control-allow-origin': WALL,
      'access-control-allow-methods': 'GET,HEAD',
      'access-control-allow-headers': 'Accept,Content-Type,If-None-Match',
      'access-control-expose-headers': 'ETag,Retry-After',
      'access-control-max-age': '600',
    });
  });

  it('can read refusals, and that nothing changed', async () => {
    const { app } = fixture({ allowedOrigins: [WALL] });
    const missing = await app.request('/state/nobody', from(WALL));
    expect(missing.headers.get('Access-Control-Allow-Origin')).toBe(WALL);
    expect((await problemOf(missing)).code).toBe('unknown_node');
    const tag = (await app.request('/state', from(WALL))).headers.get('ETag') ?? '';
    const same = await app.request('/state', from(WALL, { 'If-None-Match': tag }));
    expect(same.status).toBe(304);
    expect(same.headers.get('Access-Control-Allow-Origin')).toBe(WALL);
  });

  it.each(['*', WALL])('changes nothing, not even where %s may read', async (allowed) => {
    const { app, records } = fixture({ allowedOrigins: [allowed] });
    for (const [method, path] of ADMIN_ROUTES) {
      const asked = await app.request(path, preflight(WALL, method));
      expect(shareOf(asked)).toEqual({});
      expect(asked.status).toBe(403);
      const body = { ...json({ name: 'queue', value: 1 }), ...from(WALL), method };
      const headers = { ...from(WALL).headers, 'Content-Type': 'application/json' };
      const answer = await app.request(path, { ...body, headers });
      expect(shareOf(answer)).toEqual({});
      expect(await problemOf(answer)).toMatchObject({ status: 403, code: 'cross_site' });
    }
    expect([...records.published, ...records.leaves, ...records.gossip]).toEqual([]);
  });

  it('still may not lead a name of its own to the node', async () => {
    const { app } = fixture({ allowedOrigins: ['*'], allowedHosts: [] });
    const answer = await app.request('/state', from(WALL, { Host: 'evil.example:4001' }));
    expect(await problemOf(answer)).toMatchObject({ status: 403, code: 'foreign_host' });
  });
});

describe('the origins that may read', () => {
  const read = (written: string) =>
    loadConfig({ environment: {}, flags: { allowed_origins: written } }).config.security;

  it('are a setting, and none by default', () => {
    expect(loadConfig({ environment: {} }).config.security.allowedOrigins).toEqual([]);
    expect(read('HTTPS://Wall.Example.com,*').allowedOrigins).toEqual([WALL, '*']);
  });

  it.each([
    'wall.example.com',
    `${WALL}/path`,
    'ftp://wall.example.com',
    'null',
    'https://*.example.com',
  ])('are origins: %s is refused', (written) => {
    expect(() => read(written)).toThrow(/but every item must be an origin such as https:/);
  });
});
