// How a node notices that its own event loop stood still.

import { expect, it } from 'vitest';
import { createLateness } from '../../node/driver/lateness.ts';
import { createTestClock } from './support.ts';

function setUp() {
  const clock = createTestClock();
  const late: number[] = [];
  const lateness = createLateness(clock, (lateMs) => late.push(lateMs));
  lateness.start();
  return { clock, late, lateness };
}

it('the lateness meter says nothing while beats come in time', async () => {
  const { clock, late } = setUp();
  await clock.advance(10_000);
  expect(late).toEqual([]);
});

it('the lateness meter says nothing of ordinary jitter', async () => {
  const { clock, late } = setUp();
  await clock.advance(1_000);
  clock.stall(250 + 99);
  await clock.advance(0);
  expect(late).toEqual([]);
});

it('the lateness meter says by how much a beat came late, once', async () => {
  const { clock, late } = setUp();
  await clock.advance(1_000);
  clock.stall(3_000);
  await clock.advance(1_000);
  expect(late).toEqual([2_750]);
});

it('the lateness meter says so when asked before the beat itself runs, and only once', () => {
  const { clock, late, lateness } = setUp();
  clock.stall(1_250);
  lateness.check();
  lateness.check();
  expect(late).toEqual([1_000]);
});

it('the lateness meter leaves no timer when stopped', () => {
  const { clock, late, lateness } = setUp();
  lateness.stop();
  clock.stall(10_000);
  lateness.check();
  expect(clock.timers()).toBe(0);
  expect(late).toEqual([]);
});
