// A running node without a network or a machine: what it tells, keeps, and how it goes.

import { describe, expect, it } from 'vitest';
import { hashText, memberKey } from '../../node/core/hash.ts';
import { decodeResponse } from '../../node/core/wire/decode.ts';
import { encodeMessage } from '../../node/core/wire/encode.ts';
import type { Store } from '../../node/ports.ts';
import { createMemoryStore } from '../../node/storage/database/memory-store.ts';
import { everything } from '../contract/rows.ts';
import { URGENT } from '../core/support.ts';
import { askStore } from '../support/points.ts';
import { createWorld, heldBy, startFleet, statusesIn, WALL_OFFSET_MS } from './support.ts';

const ALL = everything({ toMs: Number.MAX_SAFE_INTEGER });
describe('drivers in one process', () => {
  it('come to know all of one another with all metrics', async () => {
    const world = createWorld();
    const fleet = await startFleet(world, 8);
    await world.clock.advance(8_000);
    for (const driver of fleet) {
      expect(Object.values(statusesIn(driver))).toEqual(new Array(8).fill('alive'));
      for (const { id } of fleet) {
        expect(heldBy(driver, id, 'storage')).toBe(50);
        expect(heldBy(driver, id, 'cpu')).toBe(10);
      }
    }
  });

  it('bring an urgent change to all within milliseconds, a calm one with the rounds', async () => {
    const world = createWorld();
    const fleet = await startFleet(world, 8);
    await world.clock.advance(8_000);
    const [first] = fleet;
    first?.publish([{ metric: 'storage', value: 95 }]);
    await world.clock.advance(10);
    expect(fleet.map((driver) => heldBy(driver, 'n1', 'storage'))).toEqual(new Array(8).fill(95));
    first?.publish([{ metric: 'cpu', value: 90 }]);
    await world.clock.advance(10);
    expect(fleet.map((driver) => heldBy(driver, 'n1', 'cpu'))).toContain(10);
    await world.clock.advance(8_000);
    // The machine itself still says 10 and is sampled every second: the truth is told again.
    expect(fleet.map((driver) => heldBy(driver, 'n1', 'cpu'))).toEqual(new Array(8).fill(10));
  });

  it('miss one that is gone, and keep its last state', async () => {
    const world = createWorld();
    const fleet = await startFleet(world, 5);
    await world.clock.advance(6_000);
    const [gone, ...others] = fleet;
    gone?.stop();
    gone?.unplug();
    await world.clock.advance(10_000);
    for (const driver of others) {
      expect(statusesIn(driver).n1).toBe('dead');
      expect(heldBy(driver, 'n1', 'storage')).toBe(50);
    }
  });

  it('take no peer for dead when their own event loop stood still', async () => {
    const world = createWorld();
    const fleet = await startFleet(world, 5);
    await world.clock.advance(6_000);
    world.clock.stall(20_000);
    await world.clock.advance(10_000);
    for (const driver of fleet) {
      expect(Object.values(statusesIn(driver))).toEqual(new Array(5).fill('alive'));
      expect(driver.events).toContainEqual({ type: 'late', lateMs: expect.any(Number) });
      expect(driver.events).not.toContainEqual(expect.objectContaining({ change: 'dead' }));
    }
  });
});

describe('a driver stores', () => {
  it('what it learns of others, at the time of the sample by the wall clock', async () => {
    const world = createWorld();
    const [, second] = await startFleet(world, 2);
    await world.clock.advance(5_000);
    const store = second?.store ?? createMemoryStore();
    const { points } = await askStore(store, { ...ALL, node: 'n1', metric: 'storage' });
    expect(points).toMatchObject([{ node: 'n1', metric: 'storage', avg: 50 }]);
    // Sampled at 250; ages travel in steps of some milliseconds.
    expect(Math.abs((points[0]?.atMs ?? 0) - (WALL_OFFSET_MS + 250))).toBeLessThan(100);
  });

  it('what is not gossiped too, and sends it to no peer', async () => {
    const world = createWorld();
    const owner = world.create('owner', { localUnits: new Map([['sockets', 'count']]) });
    const peer = world.create('peer', { seeds: [owner.address] });
    owner.machine.set('sockets', 7);
    const started = Promise.all([owner.start(), peer.start()]);
    await world.clock.advance(3_000);
    await started;
    const asked = { ...ALL, metric: 'sockets' };
    const { points } = await askStore(owner.store, asked);
    expect(points.map(({ unit, avg }) => [unit, avg])).toEqual(new Array(3).fill(['count', 7]));
    expect(heldBy(owner, 'owner', 'sockets')).toBeUndefined();
    expect(heldBy(peer, 'owner', 'storage')).toBe(50);
    expect(heldBy(peer, 'owner', 'sockets')).toBeUndefined();
    expect((await askStore(peer.store, asked)).points).toEqual([]);
  });

  it('its generation at the start, and keeps the peers of the last run', async () => {
    const world = createWorld();
    const store = createMemoryStore();
    await store.saveIdentity({ id: 'a', generation: 4, peers: ['http://b', 'http://c'] });
    const driver = world.create('a', { store, generation: 5 });
    void driver.start();
    await world.clock.advance(60_000);
    expect(await store.loadIdentity('a')).toEqual({
      id: 'a',
      generation: 5,
      peers: ['http://b', 'http://c'],
    });
  });

  it('the peers of this run within seconds, for it may be killed at any time', async () => {
    const world = createWorld();
    const fleet = await startFleet(world, 8);
    await world.clock.advance(6_000);
    for (const { id, address, store } of fleet) {
      const peers = (await store.loadIdentity(id))?.peers ?? [];
      // One at least of those known, and half of them or more.
      expect(peers.length).toBeGreaterThan(3);
      expect(peers).not.toContain(address);
    }
    await world.clock.advance(30_000);
    for (const { id, store } of fleet) {
      expect((await store.loadIdentity(id))?.peers).toHaveLength(7);
    }
  });

  it('its new generation when peers knew a later run than its clock suggested', async () => {
    const world = createWorld();
    const peer = world.create('peer');
    const before = world.create('a', { generation: 900, seeds: [peer.address] });
    void peer.start();
    void before.start();
    await world.clock.advance(3_000);
    before.stop();
    before.unplug();
    const localUnits = new Map([['sockets', 'count']]);
    const generations = new Set<number>();
    const store: Store = {
      ...createMemoryStore(),
      recordSamples: (samples) => {
        for (const { metric, generation } of samples) {
          if (metric === 'sockets') generations.add(generation);
        }
      },
    };
    const again = world.create('a', { generation: 5, seeds: [peer.address], localUnits, store });
    again.machine.set('sockets', 7);
    void again.start();
    await world.clock.advance(10_000);
    expect(again.events).toContainEqual({ type: 'regenerated', generation: 901 });
    expect(await again.store.loadIdentity('a')).toMatchObject({ generation: 901 });
    expect(peer.view.member('a')).toMatchObject({ status: 'alive', generation: 901 });
    expect([...generations].at(-1)).toBe(901);
  });
});

describe('a driver that leaves', () => {
  it('is done when its peers were told, which takes milliseconds', async () => {
    const world = createWorld();
    const [first, ...others] = await startFleet(world, 5);
    await world.clock.advance(6_000);
    let isDone = false;
    void first?.leave({ reason: 'new kernel' }).then(() => {
      isDone = true;
    });
    await world.clock.advance(100);
    expect(isDone).toBe(true);
    for (const driver of others) {
      expect(driver.view.member('n1')).toMatchObject({
        status: 'left',
        leave: { reason: 'new kernel' },
      });
    }
    first?.stop();
    first?.unplug();
    await world.clock.advance(20_000);
    for (const driver of others) expect(statusesIn(driver).n1).toBe('left');
  });

  it('waits half a second at most for peers that do not answer', async () => {
    const world = createWorld();
    const [first, second] = await startFleet(world, 2);
    await world.clock.advance(4_000);
    second?.unplug();
    world.network.listen('http://n2', () => new Promise(() => {}));
    let doneAt = Number.POSITIVE_INFINITY;
    const askedAt = world.clock.monotonicMs();
    void first?.leave({ reason: '' }).then(() => {
      doneAt = world.clock.monotonicMs();
    });
    await world.clock.advance(1_000);
    expect(doneAt - askedAt).toBeGreaterThanOrEqual(480);
    expect(doneAt - askedAt).toBeLessThanOrEqual(520);
  });

  it('is heard although urgent news used up what may be sent at once', async () => {
    const world = createWorld();
    const [first, second] = await startFleet(world, 2);
    await world.clock.advance(4_000);
    for (let i = 0; i < 50; i++) first?.publish([{ metric: 'storage', value: 50 + 20 * (i % 2) }]);
    const left = first?.leave({ reason: 'storm' }).then(() => {
      first.stop();
      first.unplug();
    });
    await world.clock.advance(500);
    await left;
    expect(statusesIn(second ?? first ?? never()).n1).toBe('left');
  });
});

const never = (): never => {
  throw new Error('the fleet is empty');
};

describe('a driver answers', () => {
  it('a request to ask another node, when that one has answered', async () => {
    const world = createWorld();
    const [first] = await startFleet(world, 3);
    await world.clock.advance(5_000);
    const target = first?.view.member('n3');
    const request = encodeMessage({
      kind: 'ping_request',
      cluster: hashText('priomon'),
      from: memberKey('n2', 1),
      target: memberKey('n3', target?.generation ?? 0),
    });
    let answer: unknown;
    void first?.gossip(request).then((body) => {
      answer = decodeResponse(body);
    });
    await world.clock.advance(5);
    expect(answer).toMatchObject({ kind: 'ack', alive: true });
  });

  it('only what it understands', async () => {
    const [first] = await startFleet(createWorld(), 1);
    await expect(first?.gossip(new Uint8Array([1, 2, 3]))).rejects.toMatchObject({
      name: 'WireError',
      code: 'malformed',
    });
  });
});

describe('a driver that is stopped', () => {
  it('leaves no timer, and asks and answers no peer', async () => {
    const world = createWorld();
    const fleet = await startFleet(world, 3);
    await world.clock.advance(4_000);
    for (const driver of fleet) driver.stop();
    await world.clock.advance(2_000);
    expect(world.clock.timers()).toBe(0);
    const before = fleet[0]?.status();
    await world.clock.advance(20_000);
    expect(fleet[0]?.status()).toEqual(before);
  });

  it('leaves no timer either when that comes in the middle of its start', async () => {
    const world = createWorld();
    const driver = world.create('a', { seeds: ['http://nobody'] });
    const started = driver.start();
    await world.clock.advance(100);
    driver.stop();
    await started;
    await driver.transport.close();
    expect(world.clock.timers()).toBe(0);
  });

  it('refuses those that still wait for an answer, and all that come later', async () => {
    const world = createWorld();
    const [first, , third] = await startFleet(world, 3);
    await world.clock.advance(5_000);
    third?.unplug();
    world.network.listen('http://n3', () => new Promise(() => {}));
    const request = encodeMessage({
      kind: 'ping_request',
      cluster: hashText('priomon'),
      from: memberKey('n2', 1),
      target: memberKey('n3', first?.view.member('n3')?.generation ?? 0),
    });
    const waiting = first?.gossip(request);
    first?.stop();
    await expect(waiting).rejects.toMatchObject({ code: 'stopped' });
    await expect(first?.gossip(request)).rejects.toMatchObject({ code: 'stopped' });
  });
});

it('a metric that is defined later is told like any other', async () => {
  const world = createWorld();
  const [first, second] = await startFleet(world, 2);
  first?.define({ ...URGENT, name: 'queue', unit: 'jobs' });
  first?.publish([{ metric: 'queue', value: 3 }]);
  await world.clock.advance(3_000);
  expect(heldBy(second ?? never(), 'n1', 'queue')).toBe(3);
  expect([...(first?.definitions().keys() ?? [])]).toContain('queue');
});
