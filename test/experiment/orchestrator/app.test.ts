// Experiments over HTTP: who may start and stop what, and what readers get to see.

import { afterEach, describe, expect, it } from 'vitest';
import { createOrchestratorApp } from '../../../node/experiment/orchestrator/app.ts';
import { EXPERIMENT, fakeSession, progressOf } from './support.ts';

const BROWSER = { Accept: 'text/html,application/xhtml+xml' };
const endings: AbortController[] = [];
afterEach(() => {
  for (const end of endings.splice(0)) end.abort();
});

function set() {
  const fake = fakeSession();
  const end = new AbortController();
  endings.push(end);
  const app = createOrchestratorApp({
    session: fake.session,
    fallback: 'my-own.yaml',
    presets: ['quick', 'scale', 'broken'],
    signal: end.signal,
    reportError(error) {
      throw error;
    },
  });
  const call = (path: string, headers: Record<string, string> = {}, method = 'GET') =>
    app.request(path, { method, headers: { Host: 'localhost:4000', ...headers } });
  return { ...fake, app, call, end };
}

async function expectProblem(answer: Response | Promise<Response>, status: number, code: string) {
  const response = await answer;
  expect(response.headers.get('content-type')).toBe('application/problem+json');
  expect(await response.json()).toMatchObject({ status, code });
  expect(response.status).toBe(status);
}

describe('/start', () => {
  it('begins, and sends a browser to the page and a program the status', async () => {
    const { call, session } = set();
    const browser = await call('/start', BROWSER);
    expect([browser.status, browser.headers.get('location')]).toEqual([303, './']);
    expect(session.status()).toMatchObject({ state: 'running', file: 'my-own.yaml' });
    await session.stop();
    const program = await call('/start?file=quick&resume=1', {}, 'POST');
    expect(program.status).toBe(202);
    expect(await program.json()).toMatchObject({ state: 'running', file: 'quick' });
  });

  it('reads what the form of the page sends', async () => {
    const { app, opened, session } = set();
    const body = new URLSearchParams({ file: 'scale', resume: '1' });
    const headers = { Host: '127.0.0.1:4000', Origin: 'http://127.0.0.1:4000', ...BROWSER };
    expect((await app.request('/start', { method: 'POST', body, headers })).status).toBe(303);
    expect(session.status().file).toBe('scale');
    expect(opened[0]?.resume).toBe(true);
  });

  it('is refused while one runs, and /stop while none does', async () => {
    const { call } = set();
    await expectProblem(call('/stop'), 409, 'not_running');
    await call('/start');
    await expectProblem(call('/start'), 409, 'running');
    expect(await (await call('/stop', {}, 'POST')).json()).toMatchObject({ state: 'idle' });
  });

  it.each(['../secrets.yaml', '/etc/passwd', 'node/experiment/presets/quick.yaml', 'quik'])(
    'never takes a path or an unknown name: %s',
    async (file) => {
      const { call, opened } = set();
      await expectProblem(call(`/start?file=${encodeURIComponent(file)}`), 400, 'unknown_file');
      expect(opened).toEqual([]);
    },
  );

  it('says what is wrong with the file, or with what else was asked', async () => {
    const { call } = set();
    await expectProblem(call('/start?file=broken'), 400, 'unreadable');
    await expectProblem(call('/start?resume=please'), 400, 'bad_resume');
    await expectProblem(call('/start?experiment=scale'), 400, 'unknown_field');
    const json = { 'Content-Type': 'application/json' };
    await expectProblem(call('/start', json, 'POST'), 400, 'wrong_type');
  });
});

describe('strangers', () => {
  it.each(['/start', '/stop'])('in another web page cannot call %s', async (path) => {
    const { call, opened } = set();
    for (const site of ['cross-site', 'same-site']) {
      await expectProblem(call(path, { 'Sec-Fetch-Site': site }), 403, 'cross_site');
    }
    const origin = { Origin: 'http://evil.example' };
    await expectProblem(call(path, origin, 'POST'), 403, 'cross_site');
    expect(opened).toEqual([]);
  });

  it('cannot call by a name of theirs that leads here', async () => {
    const { call } = set();
    for (const path of ['/', '/start', '/status', '/events']) {
      await expectProblem(call(path, { Host: 'evil.example:4000' }), 403, 'foreign_host');
    }
  });

  it('are told what there is, and how to call it', async () => {
    const { call } = set();
    await expectProblem(call('/nothing'), 404, 'no_such_path');
    await expectProblem(call('/status', {}, 'POST'), 405, 'method_not_allowed');
  });
});

describe('the page', () => {
  it('shows how all stands, escaped, under a policy that lets nothing in', async () => {
    const { call, session, opened } = set();
    await session.start('quick', false);
    opened[0]?.tell({ type: 'line', line: '<script>alert(1)</script>' });
    const page = await call('/', BROWSER);
    expect(page.headers.get('content-security-policy')).toMatch(
      /^default-src 'none'; style-src 'sha256-\S+'; script-src 'sha256-\S+'; .*form-action 'self'/,
    );
    const text = await page.text();
    expect(text).toContain('<li>&lt;script&gt;alert(1)&lt;/script&gt;</li>');
    expect(text).toContain('<option selected>quick</option>');
    expect(text).toMatch(/id="start" disabled/);
  });
});

/** The next messages of a stream, as long as they come at once. */
async function readEvents(response: Response, count: number): Promise<string[]> {
  const reader = response.body?.getReader();
  const decoder = new TextDecoder();
  const texts: string[] = [];
  for (let i = 0; i < count; i++) texts.push(decoder.decode((await reader?.read())?.value));
  reader?.releaseLock();
  return texts;
}

describe('/events', () => {
  it('begins with how all stands, and tells every event as programs read it', async () => {
    const { call, session, opened } = set();
    const response = await call('/events');
    expect(response.headers.get('content-type')).toBe('text/event-stream; charset=utf-8');
    expect(response.headers.get('cache-control')).toContain('no-transform');
    await session.start('quick', false);
    opened[0]?.tell(EXPERIMENT);
    opened[0]?.tell(progressOf(0.5));
    const [idle, started, experiment, progress] = await readEvents(response, 4);
    expect(idle).toMatch(/^event: status\ndata: \{"state":"idle".*\}\n\n$/);
    expect(started).toMatch(/^event: status\ndata: \{"state":"running"/);
    expect(experiment).toMatch(/^data: \{"type":"experiment","id":7.*\n\nevent: status\n/);
    expect(progress).toMatch(/^data: \{"type":"progress",.*"run":\{"number":0,.*"nodes":3,/);
  });

  it('ends when the program ends, and lets go of readers that left', async () => {
    const { call, session, end } = set();
    const [one, other] = [await call('/events'), await call('/events')];
    expect(session.watching()).toBe(2);
    await one.body?.cancel();
    expect(session.watching()).toBe(1);
    end.abort();
    expect(session.watching()).toBe(0);
    expect(await other.text()).toContain('"state":"idle"');
  });

  it('drops a reader that does not read, and takes only so many', async () => {
    const { call, session, opened } = set();
    const slow = await call('/events');
    await session.start('quick', false);
    for (let i = 0; i < 100; i++) opened[0]?.tell({ type: 'line', line: `line ${i}` });
    expect(session.watching()).toBe(0);
    expect((await slow.text()).match(/event: status/g)?.length).toBeLessThan(80);
    for (let i = 0; i < 32; i++) await call('/events');
    await expectProblem(call('/events'), 503, 'too_many_watchers');
  });
});
