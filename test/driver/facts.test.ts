// A restart takes no fact back: what a node told and kept stands in its store, and its next run
// tells it again.

import { describe, expect, it } from 'vitest';
import type { HistoryEvent, StoredFact } from '../../node/ports.ts';
import { createMemoryStore } from '../../node/storage/database/memory-store.ts';
import { createWorld, startFleet, type TestDriver, type World } from './support.ts';

const NOTE = { key: 'note', value: '"here"', priority: 7 };
const SILENCE = { key: 'silence', value: 'true', priority: 255, ttlMs: 60_000, isKept: true };

const factsOf = ({ view }: TestDriver) =>
  view.facts('').map(({ author, key, value }) => `${author} ${key} ${value}`);

const storedOf = async ({ id, store }: TestDriver): Promise<readonly StoredFact[]> =>
  (await store.loadIdentity(id))?.facts ?? [];

/** Killed, and started again with what its store holds. */
async function restart(world: World, { id, store, stop, unplug }: TestDriver, seeds: string[]) {
  stop();
  unplug();
  const facts = (await store.loadIdentity(id))?.facts ?? [];
  return world.create(id, { store, generation: 2, seeds, facts });
}

describe('facts across a restart', () => {
  it('are published again before the first round, for the time that they had left', async () => {
    const world = createWorld();
    const [author, peer] = await startFleet(world, 2);
    if (author === undefined || peer === undefined) throw new Error('two were started');
    author.publishFact(NOTE);
    author.publishFact({ ...SILENCE, isKept: false });
    await world.clock.advance(20_000);

    const again = await restart(world, author, [peer.address]);
    void again.start();
    await world.clock.advance(1);
    expect(factsOf(again)).toEqual(['n1 note "here"', 'n1 silence true']);
    await world.clock.advance(10_000);
    expect(factsOf(peer)).toEqual(['n1 note "here"', 'n1 silence true']);
    await world.clock.advance(31_000);
    expect(factsOf(peer)).toEqual(['n1 note "here"']);
  });

  it('are kept for others too, when all nodes that kept them start again', async () => {
    const world = createWorld();
    const fleet = await startFleet(world, 3);
    fleet[0]?.publishFact(SILENCE);
    await world.clock.advance(10_000);
    for (const { stop, unplug } of fleet) {
      stop();
      unplug();
    }
    const [, second] = fleet;
    if (second === undefined) throw new Error('three were started');
    expect(await storedOf(second)).toMatchObject([{ key: 'silence', origin: { author: 'n1' } }]);

    const again = await restart(world, second, []);
    void again.start();
    await world.clock.advance(1_000);
    expect(factsOf(again)).toEqual(['n1 silence true']);
    await world.clock.advance(60_000);
    expect(factsOf(again)).toEqual([]);
  });

  it('stay away when their time is over meanwhile, and when they were taken back', async () => {
    const world = createWorld();
    const [author] = await startFleet(world, 1);
    if (author === undefined) throw new Error('one was started');
    author.publishFact(NOTE);
    author.publishFact(SILENCE);
    author.endFact('note');
    await world.clock.advance(1);
    author.stop();
    await world.clock.advance(60_001);
    const again = await restart(world, author, []);
    void again.start();
    await world.clock.advance(1);
    expect(factsOf(again)).toEqual([]);
  });

  it('last no longer than they were told for, though the clock was set back', async () => {
    const world = createWorld();
    const fact = { ...SILENCE, endsAtMs: Number.MAX_SAFE_INTEGER };
    const driver = world.create('n1', { facts: [fact] });
    void driver.start();
    await world.clock.advance(1);
    expect(factsOf(driver)).toEqual(['n1 silence true']);
    await world.clock.advance(61_000);
    expect(factsOf(driver)).toEqual([]);
  });
});

describe('a driver stores', () => {
  it('facts as they are told and end, and those alone that their author told', async () => {
    const world = createWorld();
    const events: HistoryEvent[] = [];
    const store = {
      ...createMemoryStore(),
      recordEvents: (rows: readonly HistoryEvent[]) => {
        events.push(...rows.filter((row) => 'key' in row));
      },
    };
    const owner = world.create('owner');
    const peer = world.create('peer', { store, seeds: [owner.address] });
    const third = world.create('third', { seeds: [owner.address] });
    const started = Promise.all([owner.start(), peer.start(), third.start()]);
    await world.clock.advance(3_000);
    await started;
    owner.publishFact(SILENCE);
    owner.publishFact(NOTE);
    await world.clock.advance(5_000);
    owner.endFact('note');
    await world.clock.advance(5_000);
    const common = { node: 'owner', generation: 1, atMs: expect.any(Number) };
    expect(events).toEqual([
      { ...common, key: 'silence', change: 'told', value: 'true' },
      { ...common, key: 'note', change: 'told', value: '"here"' },
      { ...common, key: 'note', change: 'ended', value: '' },
    ]);
  });
});
