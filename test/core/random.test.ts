// The seed names the run: the same one gives the same choices, another one others, all fair.

import { describe, expect, it } from 'vitest';
import { createRandom, sample } from '../../node/core/random.ts';

const first = (seed: number, count: number): number[] => {
  const random = createRandom(seed);
  return Array.from({ length: count }, () => random.next());
};

describe('the generator', () => {
  it('repeats itself for a seed', () => {
    expect(first(7, 50)).toEqual(first(7, 50));
  });

  it('goes the same way in every version, or no recorded seed could be replayed', () => {
    const outputs = first(1, 4).map((value) => value * 2 ** 32);
    expect(outputs).toEqual([3_359_835_970, 1_182_520_828, 4_267_878_529, 3_063_500_945]);
  });

  it('goes another way for every other seed, neighbours and large ones too', () => {
    const seeds = [0, 1, 2, 3, -1, 2 ** 31, 2 ** 32, 2 ** 32 + 1, 2 ** 33, 2 ** 40, 2 ** 53 - 1];
    const starts = seeds.map((seed) => first(seed, 4).join());
    expect(new Set(starts).size).toBe(seeds.length);
  });

  it('stays in [0, 1) and is roughly uniform', () => {
    const buckets = new Array<number>(20).fill(0);
    for (const value of first(3, 20_000)) {
      expect(value).toBeGreaterThanOrEqual(0);
      expect(value).toBeLessThan(1);
      const at = Math.floor(value * 20);
      buckets[at] = (buckets[at] ?? 0) + 1;
    }
    // 1,000 each; seven standard deviations either way.
    for (const count of buckets) expect(Math.abs(count - 1_000)).toBeLessThan(220);
  });

  it('does not begin with a trace of its seed', () => {
    const starts = Array.from({ length: 2_000 }, (_, seed) => first(seed, 1)[0] ?? 0);
    const mean = starts.reduce((sum, value) => sum + value, 0) / starts.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.05);
  });

  it('picks every integer below a bound, and none beyond', () => {
    const random = createRandom(5);
    const seen = new Set(Array.from({ length: 500 }, () => random.below(7)));
    expect([...seen].sort()).toEqual([0, 1, 2, 3, 4, 5, 6]);
    expect(random.below(1)).toBe(0);
  });
});

describe('a sample', () => {
  const items = Array.from({ length: 10 }, (_, i) => i);

  it('holds different items, as many as asked for or as there are', () => {
    const random = createRandom(1);
    expect(new Set(sample(random, items, 4)).size).toBe(4);
    expect(sample(random, items, 99).sort()).toEqual(items);
    expect(sample(random, [], 3)).toEqual([]);
    expect(sample(random, items, 0)).toEqual([]);
  });

  it('leaves the list as it is', () => {
    sample(createRandom(1), items, 10);
    expect(items).toEqual([0, 1, 2, 3, 4, 5, 6, 7, 8, 9]);
  });

  it('prefers no item, neither as one of three nor as the first', () => {
    const random = createRandom(2);
    const chosen = new Array<number>(10).fill(0);
    const firsts = new Array<number>(10).fill(0);
    for (let turn = 0; turn < 10_000; turn++) {
      const picked = sample(random, items, 3);
      for (const item of picked) chosen[item] = (chosen[item] ?? 0) + 1;
      const head = picked[0] ?? 0;
      firsts[head] = (firsts[head] ?? 0) + 1;
    }
    for (const count of chosen) expect(Math.abs(count - 3_000)).toBeLessThan(350);
    for (const count of firsts) expect(Math.abs(count - 1_000)).toBeLessThan(220);
  });
});
