// Means with their intervals, and quantiles, against values worked out elsewhere.

import { describe, expect, it } from 'vitest';
import { createRandom } from '../../../node/core/random.ts';
import { quantile, summarize } from '../../../node/experiment/measures/statistics.ts';

describe('summarize', () => {
  it('gives the interval of Student for few values', () => {
    // R: t.test(c(4, 5, 6, 7, 9))
    const { count, mean, low, high, sd } = summarize([4, 5, 6, 7, 9]);
    expect(count).toBe(5);
    expect(mean).toBeCloseTo(6.2, 9);
    expect(sd).toBeCloseTo(1.923538, 6);
    expect(low).toBeCloseTo(3.8116, 3);
    expect(high).toBeCloseTo(8.5884, 3);
  });

  it.each([
    [31, 2.0395],
    [40, 2.0211],
    [60, 2.0003],
    [120, 1.9799],
    [1_000, 1.9623],
  ])('knows t for %i degrees of freedom', (degrees, t) => {
    // Half of the values 1, the others -1: the interval is t × sd / √n.
    const values = Array.from({ length: degrees + 1 }, (_, i) => (i % 2) * 2 - 1);
    const { mean, high, sd, count } = summarize(values);
    expect(Math.abs(((high - mean) * Math.sqrt(count)) / sd - t)).toBeLessThan(0.002);
  });

  it('holds the true mean in 95 of 100 samples, of three values already', () => {
    const random = createRandom(5);
    // Twelve uniform values add up to nearly a normal one.
    const normal = () => Array.from({ length: 12 }, () => random.next()).reduce((a, b) => a + b);
    const trials = 4_000;
    let hits = 0;
    for (let trial = 0; trial < trials; trial++) {
      const { low, high } = summarize([normal(), normal(), normal()]);
      if (low <= 6 && 6 <= high) hits++;
    }
    expect(hits / trials).toBeGreaterThan(0.94);
    expect(hits / trials).toBeLessThan(0.96);
  });

  it('of one value has a mean and no interval, of none nothing', () => {
    const none = { low: Number.NaN, high: Number.NaN, sd: Number.NaN, dropped: 0 };
    expect(summarize([7])).toEqual({ ...none, count: 1, mean: 7 });
    expect(summarize([])).toEqual({ ...none, count: 0, mean: Number.NaN });
  });

  it('leaves NaN and the infinities out, and counts them', () => {
    const wild = [Number.NaN, 2, Number.POSITIVE_INFINITY, 4, Number.NEGATIVE_INFINITY];
    expect(summarize(wild)).toMatchObject({ count: 2, dropped: 3, mean: 3 });
  });

  it('of equal values has an interval without width', () => {
    expect(summarize([3, 3, 3])).toMatchObject({ mean: 3, low: 3, high: 3, sd: 0 });
  });
});

describe('quantile', () => {
  it.each([
    [0, 1],
    [0.25, 1.75],
    [0.5, 2.5],
    [0.9, 3.7],
    [1, 4],
    [2, 4],
  ])('%d of 1, 2, 3, 4 is %d', (p, expected) => {
    expect(quantile([1, 2, 3, 4], p)).toBeCloseTo(expected, 12);
  });

  it('of one value is that value, of none NaN', () => {
    expect(quantile([5], 0.99)).toBe(5);
    expect(quantile([], 0.5)).toBeNaN();
  });
});
