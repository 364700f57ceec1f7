// What a quorum takes for agreement where nodes hold different versions of one metric.

import { describe, expect, it } from 'vitest';
import { held, holding, run } from './world.ts';

describe('an agreement', () => {
  it('is not disturbed by a value told anew, or moved by less than the delta', () => {
    const anew = (version: number, value = 40) =>
      holding(9, { metrics: [held('cpu', value, version)] });
    const told = run({ me: anew(4), a: anew(5), b: anew(6, 44.9) }).result;
    expect(told).toMatchObject({ outcome: 'agreed', tries: 1 });
    expect(told.agreed.toSorted()).toEqual(['a', 'b', 'me']);
    // A change by the delta is one that the owner had to tell.
    expect(run({ me: anew(4), a: anew(5), b: anew(6, 45) }).result).toMatchObject({
      ...{ outcome: 'disagreed', agreed: ['b'], agreedOn: undefined },
    });
  });

  it('counts a relative delta from the value held, and not below its floor', () => {
    const network = (version: number, value: number) =>
      holding(9, { metrics: [held('network', value, version, { delta: '15% min 4096' })] });
    const outcome = (a: number, b: number) =>
      run({ me: network(4, a), a: network(5, b) }, { quorum: 2 }).result.outcome;
    expect(outcome(100_000, 114_999)).toBe('agreed');
    expect(outcome(100_000, 115_000)).toBe('disagreed');
    expect(outcome(0, 4_095)).toBe('agreed');
    expect(outcome(0, 4_096)).toBe('disagreed');
  });

  it("is answered with what as many nodes hold, or hold newer, not with one node's news", () => {
    const anew = (version: number, value: number) =>
      holding(9, { metrics: [held('cpu', value, version)] });
    const world = { me: anew(4, 40), a: anew(5, 41), liar: anew(1_000, 44) };
    const two = run(world, { quorum: 3 }).result;
    expect(two).toMatchObject({ outcome: 'agreed', newest: { metrics: [{ version: 1_000 }] } });
    expect(two.agreedOn?.metrics).toEqual([held('cpu', 40, 4)]);
    const freshest = run({ me: anew(4, 40), a: anew(4, 40), b: anew(5, 41) }, { quorum: 2 }).result;
    expect(freshest.agreedOn?.metrics).toEqual([held('cpu', 40, 4)]);
  });
});
