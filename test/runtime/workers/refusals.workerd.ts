// What cannot hold in a Durable Object, and what an object does when its day is used up: said to
// who asks, in the log, and no crash.

import { reset, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createObject, type EdgeObject } from '../../../node/edge/object.ts';
import type { ObjectStorage } from '../../../node/edge/platform.ts';
import type { ReadyAnswer } from '../../../node/http/answers/health-shapes.ts';
import type { StateAnswer } from '../../../node/http/answers/shapes.ts';
import { samples } from '../../core/support.ts';
import { PEER, type Peer, startPeer } from './peer.ts';
import { leadTime, ORIGIN, passTime, subject } from './support.ts';

let log: string[] = [];
let peer: Peer;
let up = true;

beforeEach(async () => {
  log = [];
  up = true;
  leadTime();
  vi.spyOn(console, 'log').mockImplementation((line) => void log.push(String(line)));
  peer = await startPeer(({ url }) =>
    url.startsWith('https://shop.test') && up ? new Response('fine') : undefined,
  );
  peer.engine.handle(samples(['storage', 20], ['cpu', 50]), Date.now());
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  await reset();
});

/** Does something with an object that has these variables besides. */
const withVariables = <Result>(
  variables: Record<string, string>,
  work: (
    object: EdgeObject,
    alarmIn: () => Promise<number>,
    storage: ObjectStorage,
  ) => Promise<Result>,
): Promise<Result> =>
  runInDurableObject(env.NODES.getByName('edge-1'), (_, context) => {
    const alarmIn = async () => ((await context.storage.getAlarm()) ?? Infinity) - Date.now();
    return work(createObject(context, { ...env, ...variables }), alarmIn, context.storage);
  });

const get = (object: EdgeObject, path: string): Promise<Response> =>
  object.fetch(new Request(`${ORIGIN}/n/edge-1${path}`));

describe('an object whose name is a node elsewhere', () => {
  const isElsewhere = (): void => {
    const seen = { node: 'edge-1', status: 'alive', address: PEER, generation: 7, ageMs: 0 };
    peer.answers = () =>
      Response.json({ answeredBy: 'edge-1', cluster: 'priomon', members: [seen] });
  };

  it('does not start, says where the node is, and looks again later', async () => {
    isElsewhere();
    await withVariables({}, async (object, alarmIn) => {
      const answer = await get(object, '/state');
      expect(answer.status).toBe(503);
      const detail = expect.stringContaining(`A node called edge-1 runs at ${PEER} already`);
      expect(await answer.json()).toMatchObject({ detail });
      expect(log).toEqual([detail]);
      expect(await alarmIn()).toBeGreaterThan(500_000);
    });
    expect(peer.changes).toEqual([]);
  });

  it('goes on after a nap without asking any peer', async () => {
    await withVariables({}, async (object) => {
      expect((await get(object, '/readyz')).status).toBe(200);
    });
    isElsewhere();
    await withVariables({}, async (object) => {
      expect((await get(object, '/readyz')).status).toBe(200);
    });
  });
});

describe('an object that is told what makes no sense here', () => {
  const SENTENCE = 'A Durable Object has no processor to sample: take cpu out of PRIOMON_METRICS.';

  it('says so at every address and in the log, stays calm, and looks again', async () => {
    await withVariables({ PRIOMON_METRICS: 'cpu.every=1s' }, async (object, alarmIn, storage) => {
      for (const path of ['/readyz', '/state', '/gossip', '/']) {
        const answer = await get(object, path);
        expect(answer.status).toBe(503);
        expect(answer.headers.get('Content-Type')).toBe('application/problem+json');
        expect(await answer.json()).toMatchObject({ code: 'config_invalid', detail: SENTENCE });
      }
      expect((await get(object, '/livez')).status).toBe(200);
      expect(log).toEqual([expect.stringContaining(`error edge-1: ${SENTENCE}`)]);
      expect(await alarmIn()).toBeGreaterThan(500_000);
      await storage.deleteAlarm();
      await object.alarm();
      expect(await alarmIn()).toBeGreaterThan(500_000);
    });
    expect(peer.calls).toEqual([]);
  });

  it('runs as soon as it is mended', async () => {
    await withVariables({ PRIOMON_METRICS: 'cpu.every=1s' }, async (object) => {
      expect((await get(object, '/readyz')).status).toBe(503);
    });
    await withVariables({}, async (object) => {
      expect((await get(object, '/readyz')).status).toBe(200);
    });
  });

  it('refuses gossip and calls without a secret, and says why', async () => {
    await withVariables({ PRIOMON_SECRET: '' }, async (object) => {
      const answer = await get(object, '/gossip');
      expect(await answer.text()).toContain('wrangler secret put PRIOMON_SECRET');
    });
  });
});

describe('an object whose storage takes nothing', () => {
  it('says so, and goes on', async () => {
    await runInDurableObject(env.NODES.getByName('edge-1'), async (_, context) => {
      const { storage } = context;
      const full = (): never => {
        throw new Error('Exceeded allowed rows written in Durable Objects free tier.');
      };
      const kv = { get: storage.kv.get.bind(storage.kv), put: full, delete: full };
      const broken: ObjectStorage = {
        ...{ kv, sql: { exec: full, databaseSize: 0 } },
        getAlarm: () => storage.getAlarm(),
        setAlarm: (atMs) => storage.setAlarm(atMs),
        deleteAlarm: () => storage.deleteAlarm(),
      };
      await get(createObject(context, env), '/livez');
      const object = createObject(
        { storage: broken, waitUntil: (work) => context.waitUntil(work) },
        env,
      );
      for (let i = 0; i < 4; i++) {
        passTime(10_000);
        await object.alarm();
      }
      const ready = (await (await get(object, '/readyz')).json()) as ReadyAnswer;
      expect(ready.ready).toBe(true);
      expect(ready.checks.peers.problems.join()).toContain('takes nothing (Exceeded allowed rows');
      expect(ready.checks.storage.status).toBe('degraded');
      const { nodes } = (await (await get(object, '/state')).json()) as StateAnswer;
      expect(nodes.peer?.status).toBe('alive');
    });
  });
});

describe('an object whose day is used up', () => {
  it('stretches its rounds to what is left, and says so', async () => {
    const object = subject('edge-1');
    await object.ready();
    await object.nextAlarm();
    const kept = await object.kept();
    const use = { ...kept.use, requests: 89_400 };
    await object.inStorage(({ kv }) => kv.put('node', { ...kept, use }));
    await object.evict();
    await object.nextAlarm();
    const { checks, limits, ready } = await object.ready();
    expect(ready).toBe(true);
    expect(checks.peers.problems.join()).toMatch(/has used 894\d\d of 90000 requests/);
    // 600 requests for 43,200 s, two a round.
    expect(limits?.shortestRoundMs).toBeGreaterThan(140_000);
    expect(limits?.shortestRoundMs).toBeLessThan(150_000);
    const alarm = () => object.inStorage((storage) => storage.getAlarm());
    const before = await alarm();
    expect(Number(before) - Date.now()).toBeGreaterThan(135_000);
    // Who calls it meanwhile, and wakes it, does not put its round off.
    for (let i = 0; i < 3; i++) {
      passTime(20_000);
      await object.evict();
      await object.ready();
    }
    expect(Math.abs(Number(await alarm()) - Number(before))).toBeLessThan(5_000);
    expect(await object.nextAlarm()).toBeLessThan(90_000);
  });
});

describe('checks from the edge', () => {
  const variables = { PRIOMON_CHECKS: 'shop=https://shop.test/health' };
  const metricsOf = async (object: EdgeObject) => {
    const { nodes } = (await (await get(object, '/state')).json()) as StateAnswer;
    return nodes['edge-1']?.metrics ?? {};
  };

  it('are measured once in their time, and told like any metric', async () => {
    await withVariables(variables, async (object, alarmIn) => {
      await get(object, '/state');
      const checks = () => peer.calls.filter((url) => url.startsWith('https://shop.test')).length;
      const rounds = async (count: number): Promise<void> => {
        for (let i = 0; i < count; i++) {
          await vi.waitFor(async () => expect(await alarmIn()).toBeLessThan(3_600_000));
          passTime(Math.max(0, await alarmIn()));
          await object.alarm();
        }
      };
      await rounds(1);
      expect(await metricsOf(object)).toMatchObject({
        'check:shop:up': { value: 1 },
        'check:shop:status': { value: 200 },
        'check:shop:latency': { value: expect.any(Number) },
      });
      // What nobody can see is no metric, and not 0.
      expect(Object.keys(await metricsOf(object)).join()).not.toContain('certificate');
      const before = checks();
      up = false;
      await rounds(12);
      expect(await metricsOf(object)).toMatchObject({ 'check:shop:up': { value: 0 } });
      expect(checks() - before).toBeLessThan(8);
    });
  });

  it('are no failure of the node', async () => {
    await withVariables(variables, async (object) => {
      await get(object, '/state');
      const ready = (await (await get(object, '/readyz')).json()) as ReadyAnswer;
      expect(ready.checks.probes).toEqual({ status: 'ok', problems: [] });
    });
  });
});
