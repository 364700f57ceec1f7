// How long a suspect may stay silent: the maximum for one confirmer, the minimum once enough others
// confirm, and no waiting for confirmations where no node is left to give them.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { suspicionTimeoutMs } from '../../../../node/core/membership/detection/suspicion.ts';

const MIN = 2_000;
const MAX = 6_000;

describe('the suspicion timeout', () => {
  // log(confirmations + 1) / log(4) of the way from the maximum down to the minimum.
  it.each([
    [1, 100, 6_000],
    [2, 100, 4_000],
    [3, 100, 2_830],
    [4, 100, 2_000],
    [9, 100, 2_000],
    [0, 100, 6_000],
    [1, 4, 6_000],
    [2, 4, 3_476],
    [3, 4, 2_000],
    [1, 3, 6_000],
    [2, 3, 2_000],
    [1, 2, 2_000],
    [1, 1, 2_000],
  ])('with %i confirmers among %i members is %i ms', (confirmers, members, expected) => {
    expect(suspicionTimeoutMs(MIN, MAX, confirmers, members)).toBeCloseTo(expected, -1);
  });

  const count = fc.nat(50);
  const times = fc.tuple(fc.nat(10_000), fc.nat(60_000)).map(([min, more]) => [min, min + more]);

  it('never grows with more confirmers, and stays between its bounds', () => {
    fc.assert(
      fc.property(times, count, count, ([min = 0, max = 0], confirmers, members) => {
        const timeout = suspicionTimeoutMs(min, max, confirmers, members);
        expect(timeout).toBeGreaterThanOrEqual(min);
        expect(timeout).toBeLessThanOrEqual(max);
        expect(suspicionTimeoutMs(min, max, confirmers + 1, members)).toBeLessThanOrEqual(timeout);
      }),
    );
  });
});
