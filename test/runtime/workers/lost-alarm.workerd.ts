// An object whose storage refused everything until its alarm was given up: what wakes it again.

import { createScheduledController, reset, runInDurableObject } from 'cloudflare:test';
import { env } from 'cloudflare:workers';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createObject } from '../../../node/edge/object.ts';
import type { ObjectContext, ObjectStorage } from '../../../node/edge/platform.ts';
import worker from '../../../node/runtime/worker.ts';
import { startPeer } from './peer.ts';
import { leadTime, ORIGIN, passTime, subject } from './support.ts';

const object = subject('edge-1');
const alarmOf = (): Promise<number | null> => object.inStorage((storage) => storage.getAlarm());

const ringClock = (): Promise<void> => worker.scheduled(createScheduledController(), env);

/** Refuses every attempt for as long as `isBroken`, alarms among them; or writes alone. */
function failing(
  storage: ObjectStorage,
  isBroken: () => boolean,
  what: 'everything' | 'writes',
): ObjectStorage {
  const tried =
    <Args extends unknown[], Result>(work: (...args: Args) => Result) =>
    (...args: Args): Result => {
      if (isBroken()) throw new Error('Internal error in Durable Object storage.');
      return work(...args);
    };
  return {
    kv: {
      get: storage.kv.get.bind(storage.kv),
      put: tried(storage.kv.put.bind(storage.kv)),
      delete: tried(storage.kv.delete.bind(storage.kv)),
    },
    sql: { exec: tried(storage.sql.exec.bind(storage.sql)), databaseSize: 0 },
    getAlarm: what === 'writes' ? () => storage.getAlarm() : tried(() => storage.getAlarm()),
    setAlarm: tried((atMs: number) => storage.setAlarm(atMs)),
    deleteAlarm: tried(() => storage.deleteAlarm()),
  };
}

beforeEach(async () => {
  leadTime();
  vi.spyOn(console, 'log').mockImplementation(() => {});
  await startPeer();
});
afterEach(async () => {
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  await reset();
});

/** Minutes of a storage that refuses everything, at an alarm and each of its repetitions. */
const refusedForMinutes = (
  what: 'everything' | 'writes',
  work: (after: { get(path: string): Promise<Response> }) => Promise<void>,
) =>
  runInDurableObject(env.NODES.getByName('edge-1'), async (_, context: ObjectContext) => {
    let isBroken = false;
    const underWay: Promise<unknown>[] = [];
    const storage = failing(context.storage, () => isBroken, what);
    const broken = createObject(
      { storage, waitUntil: (work) => void underWay.push(work.catch(() => {})) },
      env,
    );
    const get = (path: string): Promise<Response> =>
      broken.fetch(new Request(`${ORIGIN}/n/edge-1${path}`));
    await get('/readyz');
    await Promise.all(underWay);
    isBroken = true;
    await context.storage.deleteAlarm();
    for (let attempt = 0; attempt <= 6; attempt++) {
      passTime(2_000 * 2 ** attempt);
      await expect(broken.alarm()).rejects.toThrow('Internal error');
    }
    isBroken = false;
    expect(await context.storage.getAlarm()).toBeNull();
    await work({ get });
  });

describe('an object whose storage refused its alarms until they were given up', () => {
  it('is woken by the clock of the Worker, and goes on by its own alarms', async () => {
    await refusedForMinutes('everything', async () => {});
    expect(await alarmOf()).toBeNull();
    await ringClock();
    await vi.waitFor(async () => expect(await alarmOf()).not.toBeNull());
    const { round } = (await object.ready()).gossip;
    await object.nextAlarm();
    await object.nextAlarm();
    expect((await object.ready()).gossip.round).toBeGreaterThan(round);
  });

  it.each(['everything', 'writes'] as const)(
    'sets its alarm again at the next request, where %s failed and its memory stayed',
    async (what) => {
      await refusedForMinutes(what, async ({ get }) => {
        expect((await get('/livez')).status).toBe(200);
      });
      await vi.waitFor(async () => expect(await alarmOf()).not.toBeNull());
    },
  );
});

describe('the clock of the Worker', () => {
  it('leaves an object alone that has its alarm', async () => {
    await object.ready();
    await vi.waitFor(async () => expect(await alarmOf()).not.toBeNull());
    const before = [await alarmOf(), (await object.kept()).use];
    await ringClock();
    expect([await alarmOf(), (await object.kept()).use]).toEqual(before);
  });

  it('wakes one whose alarm is long over', async () => {
    await object.ready();
    await vi.waitFor(async () => expect(await alarmOf()).not.toBeNull());
    await object.evict();
    passTime(3_600_000);
    const lost = Number(await alarmOf());
    await ringClock();
    await vi.waitFor(async () => expect(Number(await alarmOf())).toBeGreaterThan(lost + 3_000_000));
  });

  it('starts none that was never called, for it has no address', async () => {
    await ringClock();
    expect(await alarmOf()).toBeNull();
    expect(await object.inStorage(({ kv }) => kv.get('place'))).toBeUndefined();
  });

  it('leaves one that said goodbye for good as it is', async () => {
    await object.ready();
    await object.fetch('/leave', {
      method: 'POST',
      headers: {
        'Content-Type': 'application/json',
        Authorization: 'Bearer a-token-for-tests-alone',
      },
      body: '{"reason":"no longer needed"}',
    });
    await vi.waitFor(async () => expect(await alarmOf()).toBeNull());
    await ringClock();
    expect(await alarmOf()).toBeNull();
    expect((await object.kept()).left).toMatchObject({ reason: 'no longer needed' });
  });
});
