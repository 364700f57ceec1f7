// What a node stores of a time in which it stood still: nothing, and that it knows nothing of it.

import { expect, it } from 'vitest';
import { everything } from '../contract/rows.ts';
import { askStore } from '../support/points.ts';
import { createWorld, startFleet, WALL_OFFSET_MS } from './support.ts';

/** Means of the storage of n1 as it saw them, in steps of 5 s, after it was held for so long. */
async function meansAfter(stallMs: number): Promise<(number | null)[]> {
  const world = createWorld();
  const [owner] = await startFleet(world, 2);
  if (owner === undefined) throw new Error('there is no node');
  await world.clock.advance(9_700);
  world.clock.stall(stallMs);
  await world.clock.advance(30_000 - stallMs);
  const { points } = await askStore(owner.store, {
    ...everything({ node: 'n1', metric: 'storage', stepMs: 5_000 }),
    ...{ observer: 'n1', fromMs: WALL_OFFSET_MS + 5_000, toMs: WALL_OFFSET_MS + 39_999 },
  });
  return points.map(({ avg }) => avg);
}

it("a node's own lines have a gap while it stood still, and go on after it", async () => {
  expect(await meansAfter(20_000)).toEqual([50, 50, null, null, null, 50, 50]);
});

it("a node's own lines have no gap where the event loop was only late", async () => {
  expect(await meansAfter(2_000)).toEqual([50, 50, 50, 50, 50, 50, 50]);
});
