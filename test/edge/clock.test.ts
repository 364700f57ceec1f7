// A clock without timers but for what is due at once: an object must be able to sleep.

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { createEdgeClock } from '../../node/edge/clock.ts';

let wallMs = 1_000_000;
const setUp = () => {
  const told: string[] = [];
  const clock = createEdgeClock({ wallMs: () => wallMs, onTimer: () => told.push('timer') });
  return { clock, told, note: (word: string) => () => told.push(word) };
};

beforeEach(() => {
  wallMs = 1_000_000;
  vi.useFakeTimers();
});
afterEach(() => vi.useRealTimers());

describe('an object’s clock', () => {
  it('keeps long waits for the alarm, and holds no timer for them', () => {
    const { clock, told, note } = setUp();
    clock.after(10_000, note('later'));
    clock.after(30_000, note('much later'));
    expect(vi.getTimerCount()).toBe(0);
    expect(clock.nextDueAt()).toBe(1_010_000);
    wallMs += 9_999;
    clock.run();
    expect(told).toEqual([]);
    wallMs += 1;
    clock.run();
    clock.run();
    expect(told).toEqual(['later']);
    expect(clock.nextDueAt()).toBe(1_030_000);
  });

  it('has a timer for what is due within a second, and tells that it came', () => {
    const { clock, told, note } = setUp();
    clock.after(200, note('soon'));
    vi.advanceTimersByTime(200);
    expect(told).toEqual(['soon', 'timer']);
    expect(clock.nextDueAt()).toBe(Number.POSITIVE_INFINITY);
  });

  it('calls back once, by whichever comes first, and not at all when cancelled', () => {
    const { clock, told, note } = setUp();
    clock.after(200, note('soon'));
    const cancel = clock.after(300, note('never'));
    cancel();
    wallMs += 250;
    clock.run();
    vi.advanceTimersByTime(1_000);
    expect(told).toEqual(['soon']);
  });

  it('never goes back, whatever the wall clock does', () => {
    const { clock } = setUp();
    expect(clock.monotonicMs()).toBe(1_000_000);
    wallMs -= 5_000;
    expect(clock.monotonicMs()).toBe(1_000_000);
  });
});
