// The order in which a loop tells its engine what happened.

import { expect, it } from 'vitest';
import type { Input } from '../../node/core/effects.ts';
import { createEngine, type Engine } from '../../node/core/engine.ts';
import { createRandom } from '../../node/core/random.ts';
import { createLoop } from '../../node/driver/loop.ts';
import { TransportError } from '../../node/errors.ts';
import type { Transport } from '../../node/ports.ts';
import { createMemoryStore } from '../../node/storage/database/memory-store.ts';
import { createInProcessNetwork } from '../../node/transport/in-process.ts';
import { FIXED } from '../core/support.ts';
import { createTestClock } from './support.ts';

/** A loop around a real engine, with all inputs by type in order. */
function setUp(exchange?: Transport['exchange']) {
  const clock = createTestClock();
  const told: Input[] = [];
  const engine = createEngine(
    {
      id: 'a',
      generation: 1,
      address: 'http://a',
      definitions: [],
      seeds: ['http://silent'],
      settings: FIXED,
      random: createRandom(1),
    },
    0,
  );
  const overheard: Engine = {
    ...engine,
    handle(input, now) {
      told.push(input);
      return engine.handle(input, now);
    },
  };
  const network = createInProcessNetwork({ clock });
  network.listen('http://silent', () => new Promise(() => {}));
  const transport = { ...network.transport(), ...(exchange && { exchange }) };
  const ports = { clock, store: createMemoryStore(), transport };
  const loop = createLoop(overheard, ports, () => {});
  return { clock, loop, told };
}

it('the loop wakes the engine for each of its rounds', async () => {
  const { clock, loop, told } = setUp();
  loop.start();
  await clock.advance(10_000);
  expect(told.filter(({ type }) => type === 'wake').length).toBeGreaterThanOrEqual(9);
});

it('the loop reports lateness before the time-outs that fell due meanwhile', async () => {
  const { clock, loop, told } = setUp();
  loop.start();
  // An exchange with the silent seed is under way by now.
  await clock.advance(300);
  told.length = 0;
  clock.stall(5_000);
  await clock.advance(0);
  expect(told[0]).toMatchObject({ type: 'late', lateMs: expect.any(Number) });
  expect(told.map(({ type }) => type)).toContain('failure');
  expect(told.filter(({ type }) => type === 'late')).toHaveLength(1);
});

it('the loop reports lateness before the first input from outside', async () => {
  const { clock, loop, told } = setUp();
  loop.start();
  await clock.advance(300);
  told.length = 0;
  clock.stall(5_000);
  loop.feed({ type: 'samples', readings: [] });
  expect(told.map(({ type }) => type)).toEqual(['late', 'samples']);
});

it('the loop reports nothing and leaves no timer once stopped, even before its start', async () => {
  const { clock, loop, told } = setUp();
  loop.stop();
  loop.start();
  loop.feed({ type: 'wake' });
  await clock.advance(10_000);
  expect(told).toEqual([]);
  expect(clock.timers()).toBe(0);
});

it.each([
  ['the peer refused another version', 'unknown_version', 'other_version'],
  ['the peer refused a key', 'wrong_key', 'rejected'],
])('the loop reports that %s', async (_, code, failure) => {
  const problem = { code, sentence: 'It says why.' };
  const { clock, loop, told } = setUp(async () => {
    throw new TransportError('rejected', 'It says why.', { problem });
  });
  loop.start();
  await clock.advance(300);
  expect(told.filter(({ type }) => type === 'failure')).toContainEqual(
    expect.objectContaining({ failure }),
  );
});

it('the loop reports that an answer is of another version', async () => {
  const { clock, loop, told } = setUp(async () => new Uint8Array([0x92, 1, 1]));
  loop.start();
  await clock.advance(300);
  expect(told.filter(({ type }) => type === 'failure')).toContainEqual(
    expect.objectContaining({ failure: 'other_version' }),
  );
});
