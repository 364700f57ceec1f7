// User metrics that end: deleted, or at a time that was said when they were posted.

import { describe, expect, it } from 'vitest';
import { PrioMonClient } from '../../node/client.ts';
import type { PublishAnswer } from '../../node/http/answers/shapes.ts';
import { createGate } from '../../node/signing/gate.ts';
import { KEY, signerOf } from '../signing/support.ts';
import { fixture, json, MONOTONIC_MS, problemOf, WALL_MS } from './fixture.ts';

const HEADING = { answeredBy: 'n1', cluster: 'test', at: '2026-01-31T12:00:00.000Z' };

describe('DELETE /metrics/:name', () => {
  it('ends a metric that was posted here, and says so', async () => {
    const { app, records } = fixture();
    const answer = await app.request('/metrics/queue', { method: 'DELETE' });
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ ...HEADING, metric: 'queue', ended: true });
    expect(records.ended).toEqual(['queue']);
  });

  const ending = (outcome: 'measured' | 'unknown') =>
    fixture({ userMetrics: { ...fixture().deps.userMetrics, end: () => outcome } }).app;

  it('refuses a name that was never posted, with the nearest one', async () => {
    const answer = await ending('unknown').request('/metrics/queeu', { method: 'DELETE' });
    expect(await problemOf(answer)).toMatchObject({
      ...{ status: 404, code: 'unknown_metric' },
      detail: 'No metric queeu was posted to this node. Did you mean queue?',
    });
  });

  it('refuses to end what the node measures, with the setting that does', async () => {
    const answer = await ending('measured').request('/metrics/cpu', { method: 'DELETE' });
    expect(await problemOf(answer)).toMatchObject({
      ...{ status: 409, code: 'standard_metric' },
      detail: 'cpu is measured by the node; set metrics.cpu.gossip to false to end it.',
    });
  });

  it('takes a signed call alone where there is a secret', async () => {
    const signer = await signerOf('n1');
    signer.clock.now = WALL_MS;
    const gate = createGate({
      clock: { monotonicMs: () => MONOTONIC_MS },
      ...{ signer, report: () => {} },
      self: () => ({ cluster: 'test', id: 'n1', generation: 3 }),
    });
    const { app, records } = fixture({ gate, basePath: '/priomon' });
    const call = async (url: string | URL | Request, init?: RequestInit) =>
      app.request(String(url), init);
    const url = 'http://node.test/priomon';
    const signed = new PrioMonClient(url, { fetch: call, secret: KEY });
    expect(await signed.endMetric('app:queue.depth')).toMatchObject({ metric: 'app:queue.depth' });
    expect(records.ended).toEqual(['app:queue.depth']);
    const plain = new PrioMonClient(url, { fetch: call });
    await expect(plain.endMetric('queue')).rejects.toMatchObject({ name: 'OperatingError' });
    expect((await app.request('/priomon/metrics/queue', { method: 'DELETE' })).status).toBe(401);
    expect(records.ended).toHaveLength(1);
  });
});

describe('a metric that is posted with `expires`', () => {
  it.each([
    ['1h', { spanMs: 3_600_000 }],
    [90, { spanMs: 90_000 }],
    ['90', { spanMs: 90_000 }],
    ['2026-01-31T13:00:00Z', { atMs: WALL_MS + 3_600_000 }],
    [WALL_MS / 1_000 + 60, { atMs: WALL_MS + 60_000 }],
    [WALL_MS + 60_000, { atMs: WALL_MS + 60_000 }],
    [null, null],
  ])('%j is understood', async (expires, expected) => {
    const { app, records } = fixture();
    const body = { name: 'queue', value: 1, expires };
    expect((await app.request('/metrics', json(body))).status).toBe(202);
    expect(records.posted).toMatchObject([{ definition: { name: 'queue' }, expires: expected }]);
  });

  it('is answered with when it ends', async () => {
    const base = fixture().deps.userMetrics;
    const userMetrics = { ...base, expiresAt: () => WALL_MS + 60_000 };
    const { app } = fixture({ userMetrics });
    const answer = await app.request('/metrics', json({ name: 'queue', value: 1, expires: '1m' }));
    const { metrics } = (await answer.json()) as PublishAnswer;
    expect(metrics).toMatchObject([{ name: 'queue', expiresAt: '2026-01-31T12:01:00.000Z' }]);
  });

  it.each([
    ['soon', '`expires` must be a time (2026-01-31T12:00:00Z, or seconds or ms since 1970)'],
    ['2026-01-31T13:00', '`expires` must say its zone, as in 2026-01-31T13:00Z'],
    [-5, '`expires` must be seconds (10 digits)'],
    [WALL_MS - 1_000, '`expires` of queue is not in the future; give a later time, or none.'],
    [true, '`expires` must be a time'],
  ])('%j is refused in a sentence', async (expires, sentence) => {
    const { app, records } = fixture();
    const problem = await problemOf(
      await app.request('/metrics', json({ name: 'queue', value: 1, expires })),
    );
    expect(problem.status).toBe(400);
    expect(problem.detail).toContain(sentence);
    expect(records.published).toEqual([]);
  });
});
