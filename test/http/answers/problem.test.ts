import { describe, expect, it } from 'vitest';
import { fixture, problemOf } from '../fixture.ts';

describe('errors', () => {
  it('answer 404 for a path that does not exist', async () => {
    expect(await problemOf(await fixture().app.request('/stat'))).toEqual({
      type: 'about:blank',
      title: 'Not found',
      status: 404,
      detail: 'There is no /stat here; start at /, /state, /members, /history or /readyz.',
      code: 'no_such_path',
    });
  });

  it.each([
    ['POST', '/state', 'GET, HEAD'],
    ['DELETE', '/state/n1/cpu', 'GET, HEAD'],
    ['GET', '/gossip', 'POST'],
    ['GET', '/leave', 'POST'],
    ['PUT', '/', 'GET, HEAD'],
  ])('answer 405 for %s %s and name what is allowed', async (method, path, allow) => {
    const answer = await fixture().app.request(path, { method });
    expect(answer.headers.get('Allow')).toBe(allow);
    expect(await problemOf(answer)).toMatchObject({ status: 405, code: 'method_not_allowed' });
  });

  it('do not come for OPTIONS, which is answered with no body and no content type', async () => {
    const answer = await fixture().app.request('/state', { method: 'OPTIONS' });
    expect(answer.status).toBe(204);
    expect(answer.headers.get('Allow')).toBe('GET, HEAD');
    expect(answer.headers.get('Content-Type')).toBeNull();
  });

  it('answer 500 without the inside, and report the cause', async () => {
    const cause = new Error('secret at /home/user/file.ts:12');
    const stats = () => {
      throw cause;
    };
    const { app, records } = fixture({ stats });
    const answer = await app.request('/readyz');
    const text = await answer.clone().text();
    expect(await problemOf(answer)).toMatchObject({ status: 500, code: 'internal' });
    expect(text).not.toMatch(/secret|\.ts|at /);
    expect(records.errors).toEqual([cause]);
  });
});

describe('a base path', () => {
  it.each(['/priomon', 'priomon/', '/priomon/'])('of %s moves every route', async (basePath) => {
    const { app } = fixture({ basePath });
    expect((await app.request('/priomon/')).status).toBe(200);
    expect((await app.request('/priomon/state/n1')).status).toBe(200);
    const gossip = { method: 'POST', body: Uint8Array.of(1) };
    expect((await app.request('/priomon/gossip', gossip)).status).toBe(200);
    expect((await problemOf(await app.request('/state'))).status).toBe(404);
    expect((await problemOf(await app.request('/priomon/leave'))).status).toBe(405);
  });

  it('without its slash leads to the page, relative to wherever a proxy put it', async () => {
    const { app } = fixture({ basePath: '/tools/priomon' });
    const answer = await app.request('/tools/priomon');
    expect(answer.status).toBe(308);
    expect(answer.headers.get('Location')).toBe('priomon/');
  });
});
