// What a node says when none of its seeds is there.

import { expect, it } from 'vitest';
import { warnWhenAlone } from '../../../node/host/network/isolation-warning.ts';
import { createLog } from '../../../node/host/process/log.ts';
import { createWorld } from '../../driver/support.ts';

function setUp(seeds: readonly string[]) {
  const world = createWorld();
  const driver = world.create('a', { seeds });
  const lines: string[] = [];
  const log = createLog('a', 'info', (line) => lines.push(line.replace(/^\S+ /, '')));
  const watch = warnWhenAlone(driver.view, seeds, world.clock, log);
  return { world, driver, lines, watch };
}

it('names the seed once, after a while, and says what to look at', async () => {
  const { world, driver, lines } = setUp(['http://b']);
  void driver.start();
  await world.clock.advance(4_900);
  expect(lines).toEqual([]);
  await world.clock.advance(60_000);
  expect(lines).toEqual([
    'warn a: The seed http://b does not answer; this node runs alone and keeps trying: ' +
      'is --join right, and is a node running there?\n',
  ]);
});

it('names all seeds when there are several', async () => {
  const { world, lines } = setUp(['http://b', 'http://c']);
  await world.clock.advance(5_000);
  expect(lines[0]).toContain('None of the seeds http://b, http://c answers;');
});

it('leaves out seeds whose reason not to take part was logged already', async () => {
  const world = createWorld();
  const driver = world.create('a', { seeds: ['http://b', 'http://c'] });
  const lines: string[] = [];
  const log = createLog('a', 'info', (line) => lines.push(line));
  const refusing = new Set(['http://b']);
  const look = () =>
    warnWhenAlone(driver.view, ['http://b', 'http://c'], world.clock, log, (seed) =>
      refusing.has(seed),
    );
  look();
  await world.clock.advance(5_000);
  expect(lines).toEqual([expect.stringContaining('The seed http://c does not answer')]);
  refusing.add('http://c');
  look();
  await world.clock.advance(5_000);
  expect(lines).toHaveLength(1);
});

it('says nothing of a node that has no seeds', async () => {
  const { world, lines } = setUp([]);
  await world.clock.advance(10_000);
  expect(lines).toEqual([]);
});

it('says nothing when any peer was found in time', async () => {
  const { world, driver, lines } = setUp(['http://b']);
  const peer = world.create('b');
  void peer.start();
  void driver.start();
  await world.clock.advance(10_000);
  expect(lines).toEqual([]);
});

it('says nothing, and leaves no timer, when the node ends before', async () => {
  const { world, lines, watch } = setUp(['http://b']);
  await watch.close();
  expect(world.clock.timers()).toBe(0);
  await world.clock.advance(10_000);
  expect(lines).toEqual([]);
});
