// The metrics of all members at once are a second's work where a view is full: nothing that is
// asked of a node, and nothing that it does now and then, reads them.

import { expect, it } from 'vitest';
import type { ClusterView } from '../../../node/core/model.ts';
import { createIdentityWriter } from '../../../node/driver/identity.ts';
import { createPeerClocks } from '../../../node/driver/peer-clocks.ts';
import type { Identity } from '../../../node/ports.ts';
import { createMemoryStore } from '../../../node/storage/database/memory-store.ts';
import { historyOf } from '../../support/points.ts';
import { fixture, MONOTONIC_MS, member, storeOf, WALL_MS } from '../fixture.ts';

const NODES = [member('n1'), member('n2', { heardAt: 5, skewMs: 7 }), member('n3', { heardAt: 9 })];
const CLOCK = { wallMs: () => WALL_MS, monotonicMs: () => MONOTONIC_MS, after: () => () => {} };

function watched(view: ClusterView): { view: ClusterView; reads: () => number } {
  let reads = 0;
  const members = (): never => {
    reads++;
    throw new Error('the whole view was read');
  };
  return { view: { ...view, members }, reads: () => reads };
}

it('no question reads the metrics of all nodes', async () => {
  const { view, reads } = watched(fixture({}, NODES).view);
  const store = storeOf([], {
    history: async ({ fromMs, toMs }) => ({
      ...{ ...historyOf([]), fromMs, toMs, stored: { nodes: [], metrics: [] } },
    }),
  });
  const { app } = fixture({ view, store }, NODES);
  for (const [path, status] of [
    ['/history', 200],
    ['/history?metric=nosuch', 404],
    ['/history?node=nosuch', 404],
    ['/state?metric=nosuch', 200],
    ['/query?node=n2&quorum=9', 409],
    ['/members', 200],
    ['/', 200],
    ['/readyz', 200],
  ] as const) {
    expect((await app.request(path)).status, path).toBe(status);
  }
  expect(reads()).toBe(0);
});

it('the lists of peers and of their clocks do not read the metrics of all nodes', async () => {
  const { view } = watched(fixture({}, NODES).view);
  const saved: Identity[] = [];
  const skews: (number | undefined)[] = [];
  const store = {
    ...createMemoryStore(),
    saveIdentity: async (identity: Identity) => void saved.push(identity),
    noteSkew: (skewMs: number | undefined) => void skews.push(skewMs),
  };
  const engine = { view, facts: () => [] };
  createIdentityWriter({ clock: CLOCK, store, id: 'n1', generation: 3 }, engine).save(3);
  createPeerClocks({ clock: CLOCK, store, onEvent: () => {} }, view).tellWhenDue();
  await Promise.resolve();
  expect(saved.map(({ peers }) => peers)).toEqual([[NODES[2]?.address, NODES[1]?.address]]);
  expect(skews).toEqual([7]);
});
