// What the store of a running node is told of its peers' clocks.

import { expect, it } from 'vitest';
import { createMemoryStore } from '../../node/storage/database/memory-store.ts';
import { createWorld } from './support.ts';

const DAY_MS = 86_400_000;
/** What one way takes is within this. */
const WAY_MS = 50;

it("a store hears how far the median of the live peers' clocks is from its node's", async () => {
  const world = createWorld();
  const heard = new Map<string, (number | undefined)[]>();
  const off: (number | undefined)[] = [];
  const fleet = [0, 0, 0, 30].map((aheadDays, index) => {
    const told: (number | undefined)[] = [];
    heard.set(`n${index + 1}`, told);
    return world.create(`n${index + 1}`, {
      clock: { ...world.clock, wallMs: () => world.clock.wallMs() + aheadDays * DAY_MS },
      store: { ...createMemoryStore(), noteSkew: (skewMs) => void told.push(skewMs) },
      seeds: index === 0 ? [] : ['http://n1'],
      onEvent: (event) => {
        if (event.type !== 'clock_off') return;
        expect(index).toBe(3);
        off.push(event.skewMs);
      },
    });
  });
  const started = Promise.all(fleet.map((driver) => driver.start()));
  await world.clock.advance(300);
  await started;
  const last = (id: string): number | undefined => heard.get(id)?.at(-1);

  await world.clock.advance(65_000);
  expect(Math.abs((last('n4') ?? 0) + 30 * DAY_MS)).toBeLessThan(WAY_MS);
  expect(Math.abs((off.at(-1) ?? 0) + 30 * DAY_MS)).toBeLessThan(WAY_MS);
  // One that is wrong among three does not move the middle.
  expect(Math.abs(last('n1') ?? DAY_MS)).toBeLessThan(WAY_MS);

  for (const driver of fleet.slice(0, 3)) {
    driver.stop();
    driver.unplug();
  }
  await world.clock.advance(65_000);
  expect(last('n4')).toBeUndefined();
  // Told once that nobody says so any more.
  expect(off.filter((skewMs) => skewMs === undefined)).toHaveLength(1);
  // Twice a minute, and not with every sample.
  expect(heard.get('n4')?.length).toBeLessThan(8);
  fleet[3]?.stop();
});

it.each([-3, 3])(
  'of three nodes the one that is %i days off is told, and not the others',
  async (days) => {
    const world = createWorld();
    const told: { index: number; skewMs: number | undefined }[] = [];
    const fleet = [0, 0, days].map((aheadDays, index) =>
      world.create(`n${index + 1}`, {
        clock: { ...world.clock, wallMs: () => world.clock.wallMs() + aheadDays * DAY_MS },
        seeds: index === 0 ? [] : ['http://n1'],
        onEvent: (event) => {
          if (event.type === 'clock_off') told.push({ index, skewMs: event.skewMs });
        },
      }),
    );
    const started = Promise.all(fleet.map((driver) => driver.start()));
    await world.clock.advance(300);
    await started;
    await world.clock.advance(65_000);

    expect(new Set(told.map(({ index }) => index))).toEqual(new Set([2]));
    expect(Math.abs((told.at(-1)?.skewMs ?? 0) + days * DAY_MS)).toBeLessThan(WAY_MS);
    for (const driver of fleet) driver.stop();
  },
);

it('a node whose clock is set says so with its next sample, and when it is set right', async () => {
  const world = createWorld();
  const told: (number | undefined)[] = [];
  let aheadMs = 0;
  const fleet = [0, 1, 2].map((index) =>
    world.create(`n${index + 1}`, {
      ...(index === 2 && {
        clock: { ...world.clock, wallMs: () => world.clock.wallMs() + aheadMs },
      }),
      seeds: index === 0 ? [] : ['http://n1'],
      onEvent: (event) => {
        if (event.type === 'clock_off') told.push(event.skewMs);
      },
    }),
  );
  const started = Promise.all(fleet.map((driver) => driver.start()));
  await world.clock.advance(300);
  await started;
  await world.clock.advance(31_000);
  for (const days of [2, -3, 0]) {
    told.length = 0;
    aheadMs = days * DAY_MS;
    await world.clock.advance(2_500);
    if (days === 0) expect(told).toEqual([undefined]);
    else expect(Math.abs((told.at(-1) ?? 0) + aheadMs)).toBeLessThan(WAY_MS);
  }
  for (const driver of fleet) driver.stop();
});
