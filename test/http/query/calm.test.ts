// Quorums on a calm cluster: thirty nodes in virtual time whose values tremble below their deltas
// and are told anew all the time, so that some node is always a version behind.

import { expect, it } from 'vitest';
import { type App, createApp } from '../../../node/app.ts';
import { createRandom } from '../../../node/core/random.ts';
import type { QueryAnswer } from '../../../node/http/answers/shapes.ts';
import { FIXED } from '../../core/support.ts';
import { createWorld } from '../../driver/support.ts';
import { fixture } from '../fixture.ts';

const NODES = 30;
const QUORUMS = 200;
/** Told anew after 3 s, which is less than it takes to reach all. */
const SETTINGS = { ...FIXED, refreshMs: 3_000 };

async function calmCluster() {
  const world = createWorld();
  const random = createRandom(7);
  const fleet = Array.from({ length: NODES }, (_, i) =>
    world.create(`n${i + 1}`, {
      settings: SETTINGS,
      seeds: i === 0 ? [] : ['http://n1'],
      // The delta of cpu is 5, that of storage 10.
      collect: async () => [
        { metric: 'cpu', value: 10 + 4 * random.next() },
        { metric: 'storage', value: 50 + 4 * random.next() },
      ],
    }),
  );
  const started = Promise.all(fleet.map((driver) => driver.start()));
  await world.clock.advance(20_000);
  await started;
  const { deps } = fixture();
  const apps = new Map<string, App>();
  const ask = async (address: string, path: string): Promise<unknown> =>
    (await apps.get(address)?.request(path))?.json();
  const peers = { ask, random, settings: SETTINGS };
  for (const { address, view } of fleet) {
    apps.set(address, createApp({ ...deps, view, clock: world.clock, peers }));
  }
  return { world, random, apps: [...apps.values()] };
}

it('200 of 200 quorums agree at once, though most nodes are a version behind', async () => {
  const { world, random, apps } = await calmCluster();
  const outcomes: Record<string, number> = {};
  let mixed = 0;
  for (let i = 0; i < QUORUMS; i++) {
    await world.clock.advance(1_000 * random.next());
    const app = apps[Math.floor(NODES * random.next())];
    const path = `/query?node=n${1 + Math.floor(NODES * random.next())}&quorum=10&tries=1`;
    const response = await app?.request(path);
    const { quorum }: Partial<QueryAnswer> = (await response?.json()) ?? {};
    const outcome = quorum?.outcome ?? 'refused';
    outcomes[outcome] = (outcomes[outcome] ?? 0) + 1;
    if (new Set(quorum?.votes.map(({ version }) => version)).size > 1) mixed++;
  }
  expect(outcomes).toEqual({ agreed: QUORUMS });
  expect(mixed).toBeGreaterThan(QUORUMS / 2);
});
