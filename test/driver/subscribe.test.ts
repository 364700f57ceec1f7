// A listener of a driver hears all that happens, and holds up no other.

import { describe, expect, it } from 'vitest';
import type { DriverEvent } from '../../node/driver/events.ts';
import { createSubscribers } from '../../node/driver/subscribers.ts';
import { createMemoryStore } from '../../node/storage/database/memory-store.ts';
import { everything } from '../contract/rows.ts';
import { askStore } from '../support/points.ts';
import { createTestClock, createWorld, heldBy, startFleet, WALL_OFFSET_MS } from './support.ts';

const ofType = <Type extends DriverEvent['type']>(events: readonly DriverEvent[], type: Type) =>
  events.filter((event) => event.type === type) as Extract<DriverEvent, { type: Type }>[];

describe('a listener of a driver', () => {
  it('hears what the node learned, which members came and went, and what it sampled', async () => {
    const world = createWorld();
    const fleet = await startFleet(world, 3);
    const [first, second] = fleet;
    const heard: DriverEvent[] = [];
    first?.subscribe((event) => void heard.push(event));
    second?.publish([{ metric: 'storage', value: 95 }]);
    await world.clock.advance(1_500);
    const learned = ofType(heard, 'learned').flatMap(({ readings, wallOffsetMs }) =>
      readings.map(({ id, definition, value }) => [id, definition.name, value, wallOffsetMs]),
    );
    expect(learned).toContainEqual(['n2', 'storage', 95, WALL_OFFSET_MS]);
    expect(ofType(heard, 'sampled')[0]).toMatchObject({
      readings: [
        { metric: 'storage', value: 50 },
        { metric: 'cpu', value: 10 },
      ],
      generation: 1,
      atMs: expect.any(Number),
    });
    second?.stop();
    second?.unplug();
    await world.clock.advance(20_000);
    const changes = ofType(heard, 'member').map(({ id, change }) => [id, change]);
    expect(changes).toContainEqual(['n2', 'dead']);
  });

  it('hears what users post here, as what was sampled', async () => {
    const world = createWorld();
    const driver = world.create('a');
    const heard: DriverEvent[] = [];
    driver.subscribe((event) => void heard.push(event));
    driver.publish([{ metric: 'queue', value: 3 }]);
    expect(ofType(heard, 'sampled')[0]?.readings).toEqual([{ metric: 'queue', value: 3 }]);
  });

  it('hears nothing more once it has ended its subscription', async () => {
    const world = createWorld();
    const driver = world.create('a');
    let calls = 0;
    const end = driver.subscribe(() => void calls++);
    driver.publish([{ metric: 'cpu', value: 3 }]);
    const before = calls;
    end();
    driver.publish([{ metric: 'cpu', value: 90 }]);
    expect(before).toBeGreaterThan(0);
    expect(calls).toBe(before);
    expect(driver.status().listeners.subscribed).toBe(1);
  });

  it('that throws is dropped and counted; the node, its storage and others go on', async () => {
    const world = createWorld();
    const store = createMemoryStore();
    const peer = world.create('n2');
    const driver = world.create('n1', { store, seeds: [peer.address] });
    const heard: DriverEvent[] = [];
    driver.subscribe(() => {
      throw new Error('a fault of the listener');
    }, 'broken');
    driver.subscribe(async () => {
      throw new Error('a fault of the listener');
    }, 'broken later');
    driver.subscribe((event) => void heard.push(event));
    void peer.start();
    void driver.start();
    await world.clock.advance(5_000);
    expect(driver.events.filter(({ type }) => type === 'listener_dropped')).toEqual(
      ['broken', 'broken later'].map((name) => ({
        ...{ type: 'listener_dropped', name },
        error: new Error('a fault of the listener'),
      })),
    );
    expect(driver.status().listeners).toMatchObject({ subscribed: 2, dropped: 2 });
    expect(heardOf(heard, 'n2')).toBe(true);
    expect(heldBy(driver, 'n2', 'storage')).toBe(50);
    const { points } = await askStore(store, everything({ toMs: Number.MAX_SAFE_INTEGER }));
    expect(points.map(({ node }) => node)).toContain('n2');
  });
});

const heardOf = (events: readonly DriverEvent[], id: string): boolean =>
  ofType(events, 'learned').some(({ readings }) => readings.some((each) => each.id === id));

const sampled = (value: number, readings = 1) => ({
  type: 'sampled' as const,
  readings: Array.from({ length: readings }, () => ({ metric: 'cpu', value })),
  ...{ generation: 1, atMs: 0 },
});

describe('a slow listener', () => {
  function setUp() {
    const clock = createTestClock();
    const subscribers = createSubscribers({ clock, onDropped: () => {} });
    const quick: DriverEvent[] = [];
    return { clock, subscribers, quick };
  }

  it('that waits is skipped ahead, told how much it missed, and holds up no other', async () => {
    const { subscribers, quick, clock } = setUp();
    const slow: DriverEvent[] = [];
    let release = (): void => {};
    subscribers.subscribe((event) => {
      slow.push(event);
      return new Promise<void>((resolve) => {
        release = resolve;
      });
    });
    subscribers.subscribe((event) => void quick.push(event));
    for (let i = 0; i < 100; i++) subscribers.tell(sampled(i, 999));
    expect(quick).toHaveLength(100);
    expect(slow).toHaveLength(1);
    // 16 events of 1,000 readings may wait.
    expect(subscribers.counts()).toEqual({ subscribed: 2, dropped: 0, skippedEvents: 83 });
    release();
    await clock.advance(0);
    expect(slow[1]).toEqual({ type: 'skipped', events: 83 });
    release();
    await clock.advance(0);
    expect(slow[2]).toEqual(sampled(84, 999));
  });

  it('that holds the event loop gets a tenth of the time, and misses little', async () => {
    const { subscribers, clock } = setUp();
    const calls: number[] = [];
    subscribers.subscribe(() => {
      calls.push(clock.monotonicMs());
      clock.stall(50);
    });
    for (let i = 0; i < 40; i++) {
      subscribers.tell(sampled(i));
      await clock.advance(10);
    }
    await clock.advance(4_600);
    expect(calls.length).toBeLessThanOrEqual(12);
    expect(calls.length).toBeGreaterThanOrEqual(9);
    for (const [i, at] of calls.entries()) {
      if (i > 0) expect(at - (calls[i - 1] ?? 0)).toBeGreaterThanOrEqual(500);
    }
    expect(subscribers.counts().skippedEvents).toBe(0);
  });

  it('gets what waits when the node stops, for what is learned last is to be stored too', () => {
    const { subscribers, clock } = setUp();
    const heard: DriverEvent[] = [];
    subscribers.subscribe((event) => {
      heard.push(event);
      clock.stall(50);
    });
    for (let i = 0; i < 5; i++) subscribers.tell(sampled(i));
    expect(heard).toHaveLength(1);
    subscribers.close();
    expect(heard).toHaveLength(5);
    expect(subscribers.counts().subscribed).toBe(0);
  });

  it('is one of 64 at most', () => {
    const { subscribers } = setUp();
    for (let i = 0; i < 64; i++) subscribers.subscribe(() => {});
    expect(() => subscribers.subscribe(() => {})).toThrow(/^64 listeners receive /);
  });
});
