// The routes of a node with a secret: which callers get through, what is answered, what is counted.

import { describe, expect, it } from 'vitest';
import { createCallSigner } from '../../node/signing/call.ts';
import { createGate, type GateOptions } from '../../node/signing/gate.ts';
import { bytes, KEY, signerOf } from '../signing/support.ts';
import { fixture, json, MONOTONIC_MS, problemOf, WALL_MS } from './fixture.ts';

const TOKEN = 'an-admin-token-of-24-char';
const SELF = { cluster: 'test', id: 'n1', generation: 3 };

async function guarded(options: Partial<GateOptions> = {}) {
  const signer = await signerOf('n1');
  signer.clock.now = WALL_MS;
  const reports: string[] = [];
  const gate = createGate({
    clock: { monotonicMs: () => MONOTONIC_MS },
    signer,
    self: () => SELF,
    report: (_, sentence) => reports.push(sentence),
    ...options,
  });
  return { ...fixture({ gate, basePath: '/priomon' }), reports };
}

const peer = async (options = {}) => {
  const signer = await signerOf('n2', options);
  signer.clock.now = WALL_MS;
  return signer;
};

const post = (body: Uint8Array): RequestInit => ({ method: 'POST', body: body.slice() });
/** As a listener tells the app who calls. */
const FROM = { caller: '::ffff:10.0.0.7' };

describe('POST /gossip with a secret', () => {
  it('opens what a peer sealed, and seals the answer for it alone', async () => {
    const { app, records } = await guarded();
    const sealed = await (await peer()).seal(Uint8Array.of(1, 2, 3));
    const answer = await app.request('/priomon/gossip', post(sealed.body), FROM);
    expect(answer.status).toBe(200);
    expect([...answer.headers]).toEqual([]);
    const body = new Uint8Array(await answer.arrayBuffer());
    expect([...((await sealed.open(body)) ?? [])]).toEqual([3, 2, 1]);
    expect(records.gossip.map((message) => [...message])).toEqual([[1, 2, 3]]);
    expect(records.refusals).toEqual([]);
  });

  it.each([
    ['plain', 401, 'unsigned', async () => bytes('hi')],
    [
      'under another key',
      401,
      'wrong_key',
      async () => (await (await peer({ keys: ['another-key-0000001'] })).seal(bytes('hi'))).body,
    ],
    [
      'from another time',
      401,
      'clock_off',
      async () => {
        const late = await peer();
        late.clock.now -= 3 * 3_600_000;
        return (await late.seal(bytes('hi'))).body;
      },
    ],
  ])('refuses what is %s, counts it and tells of it', async (_, status, code, make) => {
    const { app, records, reports } = await guarded();
    const answer = await app.request('/priomon/gossip', post(await make()), FROM);
    expect(answer.headers.get('WWW-Authenticate')).toBe('PrioMon-HMAC-SHA256, Bearer');
    expect(await problemOf(answer)).toMatchObject({ status, code });
    expect(records.refusals).toEqual([code]);
    expect(records.gossip).toEqual([]);
    expect(reports).toEqual([
      expect.stringMatching(`^10\\.0\\.0\\.7 is refused \\(${code}\\): it `),
    ]);
  });

  it('refuses what was received before', async () => {
    const { app, records } = await guarded();
    const { body } = await (await peer()).seal(bytes('hi'));
    expect((await app.request('/priomon/gossip', post(body))).status).toBe(200);
    const again = await problemOf(await app.request('/priomon/gossip', post(body)));
    expect(again).toMatchObject({ status: 409, code: 'replayed' });
    expect(records.gossip).toHaveLength(1);
  });

  it('reports a message that the node itself refuses, where an operator has to act', async () => {
    const { deps, reports } = await guarded({ signer: undefined });
    const refusal = { ok: false, status: 426, code: 'unknown_version', title: 'x' } as const;
    const gossip = async () => ({ ...refusal, detail: 'Run the same release.' });
    const { app } = fixture({ ...deps, basePath: '/', gossip });
    expect((await app.request('/gossip', post(bytes('hi')), FROM)).status).toBe(426);
    expect(reports).toEqual([
      '10.0.0.7 is refused (unknown_version): it was told: Run the same release.',
    ]);
  });
});

describe.each([
  ['/leave', { reason: 'upgrade' }],
  ['/metrics', { name: 'queue', value: 3 }],
])('POST %s with a secret', (path, body) => {
  const text = JSON.stringify(body);
  const call = { method: 'POST', path, query: '', body: bytes(text) };
  const sign = async (changes = {}) =>
    (await createCallSigner(KEY, 'client'))({ ...call, ...changes }, SELF, WALL_MS);
  const send = async (authorization: string | undefined, options = {}, query = '') => {
    const { app, records } = await guarded(options);
    const headers = authorization === undefined ? {} : { Authorization: authorization };
    const answer = await app.request(`/priomon${path}${query}`, json(text, headers), FROM);
    return { answer, changed: records.leaves.length + records.published.length };
  };

  it('does what a signed call says, whatever the base path is', async () => {
    const { answer, changed } = await send(await sign());
    expect(answer.status).toBe(202);
    expect(changed).toBe(1);
  });

  it('obeys a caller that shows the token', async () => {
    expect((await send(`Bearer ${TOKEN}`, { adminToken: TOKEN })).changed).toBe(1);
    expect((await send(`Bearer ${TOKEN}`, { adminToken: TOKEN, signer: undefined })).changed).toBe(
      1,
    );
  });

  it('refuses all others, and says what it needs', async () => {
    for (const [authorization, options, query] of [
      [undefined, {}],
      [undefined, { adminToken: TOKEN, signer: undefined }],
      ['Bearer guess-guess-guess-guess', { adminToken: TOKEN }],
      [await sign({ body: bytes('{}') }), {}],
      [await sign(), {}, '?force=1'],
    ] as const) {
      const { answer, changed } = await send(authorization, options, query);
      expect(await problemOf(answer)).toMatchObject({ status: 401, detail: expect.any(String) });
      expect(changed).toBe(0);
    }
  });

  it('says nothing of a body before it knows its sender', async () => {
    const { app } = await guarded();
    const problem = await problemOf(await app.request(`/priomon${path}`, json('{"nonsense":1}')));
    expect(problem.code).toBe('unsigned');
  });

  it('refuses a body that breaks off', async () => {
    const { app, records } = await guarded({ signer: undefined });
    const broken = new ReadableStream({
      start: (controller) => controller.error(new Error('connection reset')),
    });
    const headers = { 'Content-Type': 'application/json', 'Content-Length': '100' };
    const init = { method: 'POST', body: broken, duplex: 'half', headers } as RequestInit;
    const answer = await app.request(`/priomon${path}`, init);
    expect((await problemOf(answer)).code).toBe('broken_off');
    expect(records.errors).toEqual([]);
  });
});
