// A wall clock that is set while nodes run: what peers show of it, and what it changes.

import { describe, expect, it } from 'vitest';
import type { Clock } from '../../node/ports.ts';
import { everything } from '../contract/rows.ts';
import { askStore } from '../support/points.ts';
import { createWorld, type TestDriver, WALL_OFFSET_MS, type World } from './support.ts';

const DAY_MS = 86_400_000;
/** Two rounds, and the way. */
const TWO_ROUNDS_MS = 2_500;
/** An exchange takes two milliseconds here; one way is not known. */
const NEAR_MS = 50;

interface Wall {
  /** How far it is ahead of the others, ms. */
  aheadMs: number;
}

/** Nodes of which the first has a wall clock of its own. */
async function startFleet(world: World, count: number) {
  const wall: Wall = { aheadMs: 0 };
  const clock: Clock = { ...world.clock, wallMs: () => world.clock.wallMs() + wall.aheadMs };
  const fleet = Array.from({ length: count }, (_, i) =>
    world.create(`n${i + 1}`, { seeds: i === 0 ? [] : ['http://n1'], ...(i === 0 && { clock }) }),
  );
  void Promise.all(fleet.map((driver) => driver.start()));
  await world.clock.advance(8_000);
  return { wall, fleet, first: fleet[0] as TestDriver, others: fleet.slice(1) };
}

const skewOf = (viewer: TestDriver, id: string): number =>
  viewer.view.member(id)?.skewMs ?? Number.NaN;

describe('a clock that is set while the node runs', () => {
  it.each([30 * DAY_MS, -3_600_000, 2_000])(
    'by %d ms is known to its peers within two rounds, and to the node itself at once',
    async (stepMs) => {
      const world = createWorld();
      const { wall, first, others } = await startFleet(world, 3);
      for (const other of others) expect(Math.abs(skewOf(other, 'n1'))).toBeLessThan(NEAR_MS);
      wall.aheadMs = stepMs;
      await world.clock.advance(1_000);
      for (const { id } of others) {
        expect(Math.abs(skewOf(first, id) + stepMs)).toBeLessThan(NEAR_MS);
      }
      await world.clock.advance(TWO_ROUNDS_MS);
      for (const other of others) {
        expect(Math.abs(skewOf(other, 'n1') - stepMs)).toBeLessThan(NEAR_MS);
      }
    },
  );

  it('is known to most of a larger fleet soon, and then told as seldom as before', async () => {
    const world = createWorld();
    const { wall, others } = await startFleet(world, 24);
    wall.aheadMs = DAY_MS;
    await world.clock.advance(60_000);
    const known = others.filter((other) => Math.abs(skewOf(other, 'n1') - DAY_MS) < NEAR_MS);
    expect(known.length).toBeGreaterThan(others.length / 2);
    const wrong = others.filter((other) => Math.abs(skewOf(other, 'n1')) < NEAR_MS);
    expect(wrong.length).toBeLessThan(others.length / 4);
  });

  it('gives what is stored from then on the new time', async () => {
    const world = createWorld();
    const { wall, first } = await startFleet(world, 2);
    wall.aheadMs = DAY_MS;
    await world.clock.advance(1_000);
    first.machine.set('storage', 90);
    await world.clock.advance(2_000);
    const { points } = await askStore(
      first.store,
      everything({ node: 'n1', metric: 'storage', toMs: Number.MAX_SAFE_INTEGER, limit: 10 }),
    );
    const at = (points.at(-1)?.atMs ?? 0) - WALL_OFFSET_MS;
    expect(at).toBeGreaterThan(DAY_MS + 9_000);
    expect(at).toBeLessThan(DAY_MS + 11_000);
  });

  it('from far ahead gives the node its peers, and its store the lower generation', async () => {
    const world = createWorld();
    const far = WALL_OFFSET_MS + 60 * 365 * DAY_MS;
    const wall: Wall = { aheadMs: far - WALL_OFFSET_MS };
    const clock: Clock = { ...world.clock, wallMs: () => world.clock.wallMs() + wall.aheadMs };
    const peer = world.create('peer');
    const late = world.create('late', { generation: far, seeds: [peer.address], clock });
    void Promise.all([peer.start(), late.start()]);
    await world.clock.advance(5_000);
    expect(peer.view.member('late')).toBeUndefined();
    expect(await late.store.loadIdentity('late')).toMatchObject({ generation: far });
    wall.aheadMs = 0;
    await world.clock.advance(5_000);
    const generation = peer.view.member('late')?.generation ?? 0;
    expect(peer.view.member('late')?.status).toBe('alive');
    expect(generation).toBeLessThan(WALL_OFFSET_MS + DAY_MS);
    expect(await late.store.loadIdentity('late')).toMatchObject({ generation });
  });
});
