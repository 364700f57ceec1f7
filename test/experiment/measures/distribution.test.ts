// Quantiles of a great many values in little memory, against the values themselves.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createDistribution,
  type Distribution,
} from '../../../node/experiment/measures/distribution.ts';

const value = fc.oneof(
  fc.constant(0),
  fc.double({ min: 1e-6, max: 1e9, noNaN: true }),
  fc.double({ min: 0.1, max: 100, noNaN: true }),
);
const values = fc.array(value, { minLength: 1, maxLength: 300 });
const share = fc.double({ min: 0, max: 1, noNaN: true });

function holding(all: readonly number[]): Distribution {
  const distribution = createDistribution();
  for (const one of all) distribution.add(one);
  return distribution;
}

describe('a distribution', () => {
  it('gives any quantile within 1 % of the value of that rank', () => {
    fc.assert(
      fc.property(values, share, (all, p) => {
        const sorted = [...all].sort((a, b) => a - b);
        const exact = sorted[Math.floor(p * (sorted.length - 1))] ?? 0;
        expect(Math.abs(holding(all).quantile(p) - exact)).toBeLessThanOrEqual(exact * 0.01);
      }),
      { numRuns: 500 },
    );
  });

  it('knows count, mean and largest value exactly', () => {
    const { count, mean, max } = holding([1, 2, 3, 10]);
    expect({ count, mean, max }).toEqual({ count: 4, mean: 4, max: 10 });
  });

  it('never gives more than the largest value', () => {
    expect(holding([100]).quantile(1)).toBe(100);
    expect(holding([1, 100]).quantile(1)).toBeLessThanOrEqual(100);
  });

  it('counts values that are all but 0 as 0', () => {
    const tiny = holding([0, 1e-9, 1e-7]);
    expect(tiny.zeros).toBe(3);
    expect(tiny.quantile(1)).toBe(0);
  });

  it('is 0 throughout while it is empty', () => {
    const { count, mean, max, quantile } = createDistribution();
    expect([count, mean, max, quantile(0.5)]).toEqual([0, 0, 0, 0]);
  });

  it('that another is merged into is as if it had been given all', () => {
    fc.assert(
      fc.property(values, values, share, (some, others, p) => {
        const merged = holding(some);
        merged.merge(holding(others));
        const all = holding([...some, ...others]);
        expect(merged.buckets).toEqual(all.buckets);
        expect([merged.count, merged.max, merged.zeros]).toEqual([all.count, all.max, all.zeros]);
        expect(merged.quantile(p)).toBe(all.quantile(p));
        expect(merged.mean).toBeCloseTo(all.mean, 3 - Math.log10(all.mean + 1));
      }),
    );
  });

  it.each([-1, -1e-12, Number.NaN, Number.POSITIVE_INFINITY])('refuses %d', (bad) => {
    const distribution = holding([1]);
    expect(() => distribution.add(bad)).toThrow(RangeError);
    expect(distribution.count).toBe(1);
  });
});
