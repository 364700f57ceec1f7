// What a question costs in a large fleet: to read all metrics of all nodes at once would hold up
// gossip, so whoever needs the nodes alone, or the names alone, asks for no more.

import { expect, it } from 'vitest';
import { createApp } from '../../../node/app.ts';
import type { MembersAnswer } from '../../../node/http/answers/shapes.ts';
import { createFleetNode } from '../hostile/fleet.ts';

const deps = createFleetNode();
const app = createApp({
  ...deps,
  view: {
    ...deps.view,
    members: () => {
      throw new Error('every value of the fleet is read');
    },
  },
});

it.each([
  ['/history?metric=cpuu', 404],
  ['/history?node=zzz', 404],
  ['/history?metric=cpu&step=1m', 200],
  ['/query?node=n1&quorum=2&tries=1&timeout=100ms', 200],
  ['/query?where=cpu%3E1', 200],
  ['/state?metric=cpuu', 200],
  ['/members', 200],
  ['/', 200],
])('%s reads no more than it tells', async (path, status) => {
  expect((await app.request(path)).status).toBe(status);
});

it('/members reads no metric of another node', async () => {
  const read: string[] = [];
  const member = (id: string) => {
    if (id !== deps.view.selfId) read.push(id);
    return deps.view.member(id);
  };
  const counting = createApp({ ...deps, view: { ...deps.view, member } });
  const { members } = (await (await counting.request('/members')).json()) as MembersAnswer;
  expect(members).toHaveLength(1_000);
  expect(read).toEqual([]);
});
