// The client at nodes that want proof: what it signs, and what it does after a node's restart.

import { describe, expect, it } from 'vitest';
import { PrioMonClient } from '../../node/client.ts';
import { createGate } from '../../node/signing/gate.ts';
import { createSigner } from '../../node/signing/signer.ts';
import { fixture, MONOTONIC_MS, member, WALL_MS } from '../http/fixture.ts';
import { KEY, OTHER_KEY } from '../signing/support.ts';

const TOKEN = 'an-admin-token-of-24-char';
const BASE = 'http://node.test/priomon';

/** A node whose clock stands still, hours from ours, and whose generation tests may change. */
async function nodeWith({ keys = [KEY], adminToken }: { keys?: string[]; adminToken?: string }) {
  const run = { generation: 3 };
  const asked: string[] = [];
  const signer = await createSigner({
    ...{ cluster: 'test', keys, id: 'n1', toleranceMs: 60_000 },
    clock: { wallMs: () => WALL_MS },
  });
  const gate = createGate({
    clock: { monotonicMs: () => MONOTONIC_MS },
    signer,
    adminToken,
    self: () => ({ cluster: 'test', id: 'n1', ...run }),
    report: () => {},
  });
  const { app, view, records } = fixture({ gate, basePath: '/priomon' });
  const call = async (target: string | URL | Request, init?: RequestInit): Promise<Response> => {
    const { pathname } = new URL(target instanceof Request ? target.url : target);
    asked.push(`${init?.method ?? 'GET'} ${pathname}`);
    return app.request(String(target), init);
  };
  const restart = (): void => {
    run.generation++;
    view.set([member('n1', run), member('n2')]);
  };
  return { call, records, asked, restart };
}

describe('a client with the secret', () => {
  it('publishes, lets a node leave, and asks only once which node is there', async () => {
    const { call, records, asked } = await nodeWith({});
    const client = new PrioMonClient(BASE, { fetch: call, secret: KEY });
    expect(await client.publish({ name: 'queue', value: 3 })).toMatchObject({ answeredBy: 'n1' });
    const returnsAt = new Date(WALL_MS + 60_000);
    expect(await client.leave({ reason: 'new kernel', returnsAt })).toMatchObject({
      answeredBy: 'n1',
      leaving: true,
      reason: 'new kernel',
      returnsAt: returnsAt.toISOString(),
    });
    expect(records.published).toEqual([{ metric: 'queue', value: 3 }]);
    expect(records.leaves).toEqual([{ reason: 'new kernel', returnsAtWall: WALL_MS + 60_000 }]);
    expect(asked).toEqual(['GET /priomon/members', 'POST /priomon/metrics', 'POST /priomon/leave']);
  });

  it('asks again after the node was restarted', async () => {
    const { call, records, asked, restart } = await nodeWith({});
    const client = new PrioMonClient(BASE, { fetch: call, secret: KEY });
    await client.publish({ name: 'queue', value: 3 });
    restart();
    await client.publish({ name: 'queue', value: 4 });
    expect(records.published.map(({ value }) => value)).toEqual([3, 4]);
    expect(asked.filter((path) => path === 'GET /priomon/members')).toHaveLength(2);
  });

  it('never sends the secret', async () => {
    const { call } = await nodeWith({});
    const sent: unknown[] = [];
    const spy: typeof fetch = (target, init) => {
      sent.push(
        String(target),
        JSON.stringify(init),
        new TextDecoder().decode(init?.body as never),
      );
      return call(target as string, init);
    };
    await new PrioMonClient(BASE, { fetch: spy, secret: KEY }).leave();
    expect(sent.length).toBeGreaterThan(3);
    expect(sent.join()).not.toContain(KEY);
  });

  it('says that the key is wrong', async () => {
    const { call, records } = await nodeWith({});
    const client = new PrioMonClient(BASE, { fetch: call, secret: OTHER_KEY });
    await expect(client.leave()).rejects.toMatchObject({
      code: 'wrong_key',
      message: expect.stringContaining('fits none of the keys'),
    });
    expect(records.leaves).toEqual([]);
  });
});

describe('a client without the secret', () => {
  it('gets in with the token', async () => {
    const { call, records, asked } = await nodeWith({ adminToken: TOKEN });
    const client = new PrioMonClient(BASE, { fetch: call, adminToken: TOKEN });
    await client.publish({ name: 'queue', value: 3 });
    expect(records.published).toHaveLength(1);
    expect(asked).toEqual(['POST /priomon/metrics']);
  });

  it('is told what it needs', async () => {
    const { call } = await nodeWith({});
    await expect(new PrioMonClient(BASE, { fetch: call }).leave()).rejects.toMatchObject({
      code: 'unsigned',
      message: "POST /leave needs a signature by the cluster's secret (PRIOMON_SECRET).",
    });
  });
});
