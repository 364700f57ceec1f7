// How late the event loop was, on a clock that the test turns.

import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { watchLateness } from '../../../node/experiment/emulation/lateness.ts';

beforeEach(() => void vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] }));
afterEach(() => void vi.useRealTimers());

/** The event loop stands still: time passes, and no timer fires until it is over. */
function stall(forMs: number): void {
  vi.setSystemTime(Date.now());
  const now = performance.now();
  vi.spyOn(performance, 'now').mockImplementation(() => now + forMs);
}

it('is nothing while every beat comes in time, and each beat is told', () => {
  const beats = vi.fn();
  const lateness = watchLateness(100, beats);
  vi.advanceTimersByTime(1_000);
  expect(beats).toHaveBeenCalledTimes(10);
  expect([lateness.worstMs(), lateness.p99Ms()]).toEqual([0, 0]);
  lateness.stop();
  vi.advanceTimersByTime(1_000);
  expect(beats).toHaveBeenCalledTimes(10);
});

it('is what a standstill made of the beat that fell into it', () => {
  const lateness = watchLateness(100);
  stall(350);
  vi.advanceTimersByTime(100);
  expect(lateness.worstMs()).toBe(250);
  expect(lateness.p99Ms()).toBe(250);
  lateness.stop();
  vi.restoreAllMocks();
});
