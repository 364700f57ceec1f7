import { describe, expect, it } from 'vitest';
import { isoTime, roundTo } from '../../../node/http/answers/number.ts';

describe('roundTo', () => {
  it.each([
    [12.300000001, 0.1, 12.3],
    [0.1 + 0.2, 0.1, 0.3],
    [3 * 0.1, 0.1, 0.3],
    [12.34, 0.25, 12.25],
    [1_234_560, 128, 1_234_560],
    [1_234_600, 128, 1_234_560],
    [-0.123456, 1e-3, -0.123],
    [5e-10, 1e-10, 5e-10],
    [1e300, 0.1, 1e300],
    [7.7, 0, 7.7],
  ])('writes %d in steps of %d as %d', (value, resolution, expected) => {
    expect(roundTo(value, resolution)).toBe(expected);
  });
});

describe('isoTime', () => {
  it('ends at the edge of the calendar', () => {
    expect(isoTime(1e300)).toBe('+275760-09-13T00:00:00.000Z');
    expect(isoTime(-1e300)).toBe('-271821-04-20T00:00:00.000Z');
  });
});
