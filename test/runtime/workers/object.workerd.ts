// A Durable Object as a node, in the real runtime: rounds by alarms, what a sleep leaves, what a
// day costs, and what it refuses.

import { listDurableObjectIds, reset } from 'cloudflare:test';
import { env, exports } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { FREE_DAY } from '../../../node/edge/storage/budget.ts';
import type { ProblemAnswer } from '../../../node/http/answers/shapes.ts';
import { createCallSigner } from '../../../node/signing/call.ts';
import { aliveUpdate, memberOf, samples } from '../../core/support.ts';
import { type Peer, startPeer } from './peer.ts';
import { leadTime, ORIGIN, passTime, subject } from './support.ts';

const object = subject('edge-1');
let peer: Peer;

/** Rings alarms until the object has told its metrics and knows the peer. */
async function settle(alarms = 8): Promise<void> {
  peer.engine.handle(samples(['storage', 20], ['cpu', 50]), Date.now());
  await object.ready();
  for (let i = 0; i < alarms; i++) await object.nextAlarm();
}

beforeEach(async () => {
  leadTime();
  peer = await startPeer();
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  await reset();
});

describe('rounds by alarms', () => {
  it('begin with the first request, and bring both sides together', async () => {
    await settle();
    const { nodes } = await object.state();
    expect(nodes.peer?.metrics.storage).toMatchObject({ value: 20 });
    expect(nodes.peer?.labels).toEqual({ kind: 'peer' });
    const seen = peer.engine.view.member('edge-1');
    expect(seen).toMatchObject({ status: 'alive', address: `${ORIGIN}/n/edge-1` });
    // Peers are asked to call no more often than a free account can pay.
    expect(seen?.labels).toEqual({ round: '20s' });
    expect(seen?.metrics.map(({ definition }) => definition.name)).toContain('requests');
  });

  it('take an alarm and one call each when all is quiet', async () => {
    await settle();
    const used = await usedOver(36, () => {});
    expect(used).toMatchObject({ requests: 36, calls: 36 });
    expect((await object.ready()).gossip.failedExchanges).toBe(0);
  });

  it('stay within the free plan’s day when something moves in each of them', async () => {
    await settle();
    const used = await usedOver(36, (round) =>
      peer.engine.handle(samples(['storage', round % 2 === 0 ? 20 : 60]), Date.now()),
    );
    const DAY_ROUNDS = 86_400_000 / (used.passedMs / 36);
    expect(used.passedMs / 36).toBeLessThan(11_000);
    expect(used.requests + used.calls).toBeLessThanOrEqual(2 * 36);
    expect((used.requests / 36) * DAY_ROUNDS).toBeLessThan(FREE_DAY.requests / 8);
    expect((used.rowsWritten / 36) * DAY_ROUNDS).toBeLessThan(FREE_DAY.rowsWritten / 2);
  });

  it('come sooner after important news, and the peer hears of ours at once', async () => {
    await settle();
    const body = { name: 'queue', value: 1, priority: 200, delta: 1 };
    expect((await post('/metrics', body)).status).toBe(202);
    await object.nextAlarm();
    await object.nextAlarm();
    expect((await post('/metrics', { ...body, value: 9 })).status).toBe(202);
    const seen = () => peer.engine.view.member('edge-1')?.metrics ?? [];
    await vi.waitFor(() =>
      expect(seen().find(({ definition }) => definition.name === 'queue')?.value).toBe(9),
    );
    const alarmIn = () => object.inStorage(async (store) => (await store.getAlarm()) ?? Infinity);
    await vi.waitFor(async () => expect((await alarmIn()) - Date.now()).toBeLessThan(10_500));
  });
});

/** What a number of rounds takes. */
async function usedOver(rounds: number, before: (round: number) => void) {
  const start = await object.ready();
  const calls = peer.calls.length;
  let passedMs = 0;
  for (let round = 0; round < rounds; round++) {
    before(round);
    passedMs += await object.nextAlarm();
  }
  const [from, to] = [start.limits?.used, (await object.ready()).limits?.used];
  if (from === undefined || to === undefined) throw new Error('limits are told');
  return {
    passedMs,
    calls: peer.calls.length - calls,
    // The request that asks counts itself.
    requests: to.requests - from.requests - 1,
    rowsWritten: to.rowsWritten - from.rowsWritten,
  };
}

const TOKEN = { Authorization: 'Bearer a-token-for-tests-alone' };

const post = (path: string, body: object, headers: HeadersInit = TOKEN): Promise<Response> =>
  object.fetch(path, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', ...headers },
    body: JSON.stringify(body),
  });

describe('a nap', () => {
  it('is no start: the same run goes on, and peers see nothing of it', async () => {
    await settle();
    const before = (await object.state()).nodes;
    const alarm = await object.inStorage((storage) => storage.getAlarm());
    const seen = peer.changes.length;
    for (let i = 0; i < 5; i++) {
      await object.evict();
      await object.nextAlarm();
    }
    expect(alarm).not.toBeNull();
    const { nodes } = await object.state();
    expect(nodes['edge-1']?.generation).toBe(before['edge-1']?.generation);
    expect(peer.changes.slice(seen)).toEqual([]);
    expect(memberOf(peer.engine, 'edge-1').status).toBe('alive');
  });

  it('leaves an answer for the whole fleet, the dead too, before any peer is called', async () => {
    await settle();
    const gone = aliveUpdate('gone', { status: 'dead', ageMs: 60_000 });
    const { applyUpdate } = await import('../../../node/core/membership/updates.ts');
    applyUpdate(peer.engine.state, gone, Date.now());
    for (let i = 0; i < 4; i++) await object.nextAlarm();
    const before = await object.state();
    expect(before.nodes.gone?.status).toBe('dead');
    await object.evict();
    const calls = peer.calls.length;
    passTime(3_600_000);
    const after = await object.state();
    expect(peer.calls.length).toBe(calls);
    expect(Object.keys(after.nodes)).toEqual(['edge-1', 'gone', 'peer']);
    expect(after.nodes.peer?.metrics.storage).toMatchObject({ value: 20 });
    const grown = (after.nodes.peer?.ageMs ?? 0) - (before.nodes.peer?.ageMs ?? 0);
    // It may have been heard since the view was kept, which is once a minute at least.
    expect(grown).toBeGreaterThan(3_599_000);
    expect(grown).toBeLessThan(3_661_000);
  });

  it('keeps what users measure, and what was counted', async () => {
    await settle();
    await post('/metrics', { name: 'queue', value: 7 });
    await post('/metrics', { name: 'disk', value: 3, labels: { mount: '/data' } });
    const { limits } = await object.ready();
    await object.nextAlarm();
    await object.evict();
    const { nodes } = await object.state();
    expect(nodes['edge-1']?.metrics.queue).toMatchObject({ value: 7 });
    expect(nodes['edge-1']?.metrics.queue?.previousGeneration).toBeUndefined();
    const disk = { family: 'disk', labels: { mount: '/data' }, value: 3 };
    expect(nodes['edge-1']?.metrics['disk{mount="/data"}']).toMatchObject(disk);
    expect((await post('/metrics', { name: 'disk', value: 4 })).status).toBe(409);
    const more = { name: 'disk', value: 5, labels: { mount: '/' } };
    expect((await post('/metrics', more)).status).toBe(202);
    const path = `/metrics/${encodeURIComponent('disk{mount="/data"}')}`;
    expect((await object.fetch(path, { method: 'DELETE', headers: TOKEN })).status).toBe(200);
    expect((await object.ready()).limits?.used.requests).toBeGreaterThan(
      limits?.used.requests ?? Number.POSITIVE_INFINITY,
    );
    expect((await post('/metrics', { name: 'queue', value: 8, unit: 'kg' })).status).toBe(409);
  });

  it('lets no signed call in twice', async () => {
    await settle();
    const sign = await createCallSigner(String(env.PRIOMON_SECRET), 'tests');
    const body = JSON.stringify({ name: 'queue', value: 7 });
    const call = {
      method: 'POST',
      path: '/metrics',
      query: '',
      body: new TextEncoder().encode(body),
    };
    const { generation } = await object.kept();
    const to = { cluster: 'priomon', id: 'edge-1', generation };
    const Authorization = await sign(call, to, Date.now());
    const send = () => post('/metrics', JSON.parse(body), { Authorization });
    expect((await send()).status).toBe(202);
    await object.evict();
    const again = await send();
    expect(again.status).toBe(409);
    expect(await again.json()).toMatchObject({ code: 'replayed' });
  });
});

describe('another run', () => {
  /** As if another deployment had kept what is in storage. */
  const redeploy = async (): Promise<void> => {
    const kept = await object.kept();
    await object.inStorage(({ kv }) => kv.put('node', { ...kept, fingerprint: 'before' }));
    await object.evict();
  };

  it('follows a new deployment: a higher generation, and the view as it was', async () => {
    await settle();
    const before = await object.kept();
    await redeploy();
    const { nodes } = await object.state();
    expect(nodes['edge-1']?.generation).toBeGreaterThan(before.generation);
    expect(nodes.peer?.metrics.storage).toMatchObject({ value: 20 });
    await object.nextAlarm();
    await vi.waitFor(() => expect(peer.changes).toContain('edge-1 replaced'));
  });

  it.each([
    ['a view that is no longer whole', 'view/0', new Uint8Array([1, 2, 3])],
    ['a view that is gone', 'view/0', new Uint8Array()],
  ])('starts empty with %s, and says so', async (_, key, bytes) => {
    await settle();
    const { generation } = await object.kept();
    await object.inStorage(({ kv }) => kv.put(key, bytes));
    await object.evict();
    const { checks } = await object.ready();
    expect(checks.peers.problems.join()).toContain('kept of its view cannot be used');
    const { nodes } = await object.state();
    expect(nodes['edge-1']?.generation).toBeGreaterThan(generation);
    for (let i = 0; i < 4; i++) await object.nextAlarm();
    expect((await object.state()).nodes.peer?.status).toBe('alive');
  });

  it('follows a goodbye when its time has come, and no sooner', async () => {
    await settle();
    const returnsAt = new Date(Date.now() + 3_600_000).toISOString();
    expect((await post('/leave', { reason: 'upgrade', returnsAt })).status).toBe(202);
    await vi.waitFor(() => expect(peer.changes).toContain('edge-1 left'));
    await object.evict();
    expect((await object.state()).nodes['edge-1']).toMatchObject({ status: 'left' });
    expect((await object.fetch('/readyz')).status).toBe(503);
    const { generation } = await object.kept();
    expect(await object.nextAlarm()).toBeGreaterThan(3_500_000);
    expect((await object.kept()).generation).toBeGreaterThan(generation);
    expect((await object.fetch('/readyz')).status).toBe(200);
  });
});

describe('the Worker', () => {
  it('makes no object but those that it was given names of', async () => {
    const before = await listDurableObjectIds(env.NODES);
    for (const path of ['/n/edge-2/state', '/n/', '/n/%2e%2e/state', '/nowhere', '/n/edge-1x/']) {
      const answer = await exports.default.fetch(`${ORIGIN}${path}`);
      expect(answer.status, path).toBe(404);
      expect(((await answer.json()) as ProblemAnswer).detail).toContain('the nodes are edge-1');
    }
    expect(await listDurableObjectIds(env.NODES)).toEqual(before);
  });

  it('lists its nodes, and leads to their pages', async () => {
    const list = await exports.default.fetch(`${ORIGIN}/`);
    expect(await list.json()).toEqual({ nodes: [{ node: 'edge-1', url: `${ORIGIN}/n/edge-1/` }] });
    const page = await object.fetch('/');
    expect(page.headers.get('Content-Type')).toContain('text/html');
  });

  it('lets in no caller that does not sign', async () => {
    await settle(2);
    const body = new Uint8Array([1, 2, 3]);
    const unsigned = await object.fetch('/gossip', { method: 'POST', body });
    expect(unsigned.status).toBe(401);
    expect((await post('/leave', { reason: 'stranger' }, {})).status).toBe(401);
    const large = await object.fetch('/gossip', { method: 'POST', body: new Uint8Array(70_000) });
    expect(large.status).toBe(413);
  });
});
