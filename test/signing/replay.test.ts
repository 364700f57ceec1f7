// The memory of what was received: nothing twice, and never more than fits.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createReplayMemory } from '../../node/signing/replay.ts';
import { NOON_MS, TOLERANCE_MS } from './support.ts';

const nonce = (number: number): Uint8Array => {
  const body = new Uint8Array(8);
  new DataView(body.buffer).setBigUint64(0, BigInt(number));
  return body;
};

describe('a replay memory', () => {
  it('takes a nonce once, for as long as its time is within the tolerance', () => {
    const step = fc.record({
      number: fc.nat(5),
      // Of the message, against the clock of who receives it.
      offMs: fc.integer({ min: -TOLERANCE_MS, max: TOLERANCE_MS }),
      passesMs: fc.nat(TOLERANCE_MS),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), (steps) => {
        const memory = createReplayMemory(TOLERANCE_MS);
        const taken: { number: number; timeMs: number }[] = [];
        let nowMs = NOON_MS;
        for (const { number, offMs, passesMs } of steps) {
          nowMs += passesMs;
          // Each that could still be sent again is, and it is refused.
          for (const { number: old, timeMs } of taken) {
            if (Math.abs(timeMs - nowMs) <= TOLERANCE_MS) {
              expect(memory.take(nonce(old), timeMs, nowMs)).toBe(false);
            }
          }
          const timeMs = nowMs + offMs;
          if (memory.take(nonce(number), timeMs, nowMs)) taken.push({ number, timeMs });
        }
        expect(taken.length).toBeGreaterThanOrEqual(Math.min(1, steps.length));
      }),
    );
  });

  it('forgets what is out of tolerance', () => {
    const memory = createReplayMemory(TOLERANCE_MS);
    for (let i = 0; i < 10_000; i++) {
      const nowMs = NOON_MS + i * 1_000;
      expect(memory.take(nonce(i), nowMs, nowMs)).toBe(true);
    }
    // One a second: a tolerance and a slot's width of them.
    expect(memory.size()).toBeLessThanOrEqual(TOLERANCE_MS / 1_000 + 31);
  });

  it('holds no more than its capacity, and takes honest messages through a flood', () => {
    const memory = createReplayMemory(TOLERANCE_MS, 1_000);
    let number = 0;
    for (let second = 0; second < 600; second++) {
      const nowMs = NOON_MS + second * 1_000;
      for (const offMs of [-TOLERANCE_MS, -60_000, 0]) {
        for (let i = 0; i < 10; i++) memory.take(nonce(number++), nowMs + offMs, nowMs);
      }
      expect(memory.take(nonce(number++), nowMs, nowMs)).toBe(true);
      expect(memory.size()).toBeLessThanOrEqual(1_000);
    }
  });

  it('refuses what it had no room to remember, and all that is as old', () => {
    const memory = createReplayMemory(TOLERANCE_MS, 10);
    const oldMs = NOON_MS - 100_000;
    expect(memory.take(nonce(1), oldMs, NOON_MS)).toBe(true);
    for (let i = 2; i <= 11; i++) expect(memory.take(nonce(i), NOON_MS, NOON_MS)).toBe(true);
    expect(memory.take(nonce(1), oldMs, NOON_MS)).toBe(false);
    expect(memory.take(nonce(99), oldMs, NOON_MS)).toBe(false);
    // One more is too much for its own slot: that is refused from then on, and the next is open.
    expect(memory.take(nonce(12), NOON_MS, NOON_MS)).toBe(true);
    expect(memory.take(nonce(13), NOON_MS, NOON_MS)).toBe(false);
    expect(memory.take(nonce(14), NOON_MS + 40_000, NOON_MS + 40_000)).toBe(true);
  });
});
