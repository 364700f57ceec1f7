import { describe, expect, it } from 'vitest';
import type { GossipAnswer } from '../../node/app.ts';
import { fixture, MAX_BODY_BYTES, problemOf } from './fixture.ts';

const post = (
  body: Uint8Array<ArrayBuffer>,
  headers: Record<string, string> = {},
): RequestInit => ({
  method: 'POST',
  headers: { 'Content-Type': 'application/octet-stream', ...headers },
  body,
});

describe('POST /gossip', () => {
  it('hands the bytes on, and answers bytes without any header of its own', async () => {
    const { app, records } = fixture();
    const answer = await app.request('/gossip', post(Uint8Array.of(1, 2, 255)));
    expect(records.gossip).toEqual([Uint8Array.of(1, 2, 255)]);
    expect(new Uint8Array(await answer.arrayBuffer())).toEqual(Uint8Array.of(255, 2, 1));
    expect([...answer.headers]).toEqual([]);
  });

  it('takes a body without a type, for peers that save the bytes', async () => {
    const { app } = fixture();
    const answer = await app.request('/gossip', { method: 'POST', body: Uint8Array.of(7) });
    expect(answer.status).toBe(200);
  });

  it.each([400, 409, 413, 426, 503] as const)(
    'answers a refusal %i with its code',
    async (status) => {
      const refusal: GossipAnswer = {
        ok: false,
        status,
        code: 'foreign_cluster',
        title: 'Another cluster',
        detail: 'This node belongs to cluster test, not other.',
      };
      const { app, records } = fixture({ gossip: async () => refusal });
      const problem = await problemOf(await app.request('/gossip', post(Uint8Array.of(1))));
      expect(problem).toMatchObject({ status, code: 'foreign_cluster', detail: refusal.detail });
      // The driver counted it when it refused.
      expect(records.refusals).toEqual([]);
    },
  );

  it('turns a large body away before it is read, and counts it', async () => {
    const { app, records } = fixture();
    let pulled = 0;
    const long = new ReadableStream<Uint8Array>({
      pull: (controller) => {
        pulled += 1_024;
        controller.enqueue(new Uint8Array(1_024));
        if (pulled >= 100 * MAX_BODY_BYTES) controller.close();
      },
    });
    // `duplex` is required by fetch for streams and missing from the DOM's types.
    const init = { method: 'POST', body: long, duplex: 'half' } as RequestInit;
    expect(await problemOf(await app.request('/gossip', init))).toMatchObject({
      status: 413,
      code: 'too_large',
    });
    expect(pulled).toBeLessThan(2 * MAX_BODY_BYTES);
    expect(records.gossip).toEqual([]);
    expect(records.refusals).toEqual(['too_large']);
  });

  it('takes a body of exactly the cap', async () => {
    const { app } = fixture();
    const body = new Uint8Array(MAX_BODY_BYTES);
    expect((await app.request('/gossip', post(body))).status).toBe(200);
  });

  it('refuses other types and pages of other sites, and counts them', async () => {
    const { app, records } = fixture();
    const text = post(Uint8Array.of(1), { 'Content-Type': 'text/plain' });
    expect((await problemOf(await app.request('/gossip', text))).status).toBe(415);
    const page = post(Uint8Array.of(1), { 'Sec-Fetch-Site': 'cross-site' });
    expect((await problemOf(await app.request('/gossip', page))).status).toBe(403);
    expect(records.refusals).toEqual(['wrong_type', 'cross_site']);
    expect(records.gossip).toEqual([]);
  });

  it('refuses a body that breaks off', async () => {
    const { app, records } = fixture();
    const broken = new ReadableStream({
      start: (controller) => controller.error(new Error('connection reset')),
    });
    const headers = { 'Content-Length': '100' };
    const init = { method: 'POST', body: broken, duplex: 'half', headers } as RequestInit;
    expect((await problemOf(await app.request('/gossip', init))).code).toBe('broken_off');
    expect(records.refusals).toEqual(['broken_off']);
    expect(records.errors).toEqual([]);
  });
});
