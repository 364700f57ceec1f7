// The token bucket bounds how many urgent messages leave: a burst at once, then a steady rate.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { createBucket, readyAt, take } from '../../../node/core/broadcast/token-bucket.ts';

describe('a token bucket', () => {
  it('lets a burst through, then one token per 1 s / rate', () => {
    const bucket = createBucket(40, 0);
    const takenAt = (now: number): boolean => take(bucket, 1, 20, 40, now);
    for (let i = 0; i < 40; i++) expect(takenAt(0)).toBe(true);
    expect(takenAt(0)).toBe(false);
    expect(takenAt(49)).toBe(false);
    expect(takenAt(50)).toBe(true);
    expect(takenAt(51)).toBe(false);
  });

  it('never saves up more than a burst', () => {
    const bucket = createBucket(0, 0);
    let taken = 0;
    while (take(bucket, 1, 20, 40, 3_600_000)) taken++;
    expect(taken).toBe(40);
  });

  it('gains nothing when time stands still or seems to go back', () => {
    const bucket = createBucket(0, 1_000);
    expect(take(bucket, 1, 20, 40, 0)).toBe(false);
    expect(take(bucket, 1, 20, 40, 1_000)).toBe(false);
    expect(bucket.filledAt).toBe(1_000);
  });

  it('keeps the rate over any stretch of time', () => {
    const steps = fc.array(fc.double({ min: 0, max: 500, noNaN: true }), { maxLength: 200 });
    const rate = fc.integer({ min: 1, max: 200 });
    fc.assert(
      fc.property(steps, rate, fc.integer({ min: 1, max: 50 }), (waits, perSecond, burst) => {
        const bucket = createBucket(burst, 0);
        let now = 0;
        let taken = 0;
        for (const wait of waits) {
          now += wait;
          while (take(bucket, 1, perSecond, burst, now)) taken++;
          expect(taken).toBeLessThanOrEqual(burst + (now / 1_000) * perSecond + 1e-3);
        }
      }),
    );
  });

  it('has the token at the moment it said it would, so that no wake is in vain', () => {
    const times = fc.array(fc.double({ min: 0, max: 2_000, noNaN: true }), { maxLength: 50 });
    const rate = fc.double({ min: 0.1, max: 1_000, noNaN: true });
    fc.assert(
      fc.property(times, rate, fc.double({ min: 0, max: 1e9, noNaN: true }), (waits, per, from) => {
        const bucket = createBucket(0, from);
        let now = from;
        for (const wait of waits) {
          now += wait;
          if (take(bucket, 1, per, 10, now)) continue;
          now = Math.max(now, readyAt(bucket, 1, per));
          expect(take(bucket, 1, per, 10, now)).toBe(true);
        }
      }),
      { numRuns: 500 },
    );
  });

  it('is ready now while it holds a token', () => {
    expect(readyAt(createBucket(3, 700), 1, 20)).toBe(700);
    expect(readyAt(createBucket(0.5, 700), 1, 20)).toBe(725);
  });
});
