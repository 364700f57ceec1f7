// The frame itself: what breaks a rule is found, named by a seed, and found again by it.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { target } from './fuzz.ts';

const broken = target('any number (but small ones)', fc.nat(10_000), (number) => {
  if (number >= 100) throw new RangeError(`${number} is too large`);
});

describe('a target', () => {
  it('holds for as many inputs as were wanted', async () => {
    let inputs = 0;
    const counting = target('any number', fc.nat(), () => inputs++);
    expect(await counting.run({ seed: 1, numRuns: 50 })).toEqual({ cases: 50 });
    expect(inputs).toBe(50);
  });

  it('tells the smallest input that breaks it, why, and the line that replays it', async () => {
    const { failure } = await broken.run({ seed: 7, numRuns: 1_000 });
    expect(failure?.message).toContain('Counterexample: [100]');
    expect(failure?.cause).toMatchObject({ message: '100 is too large' });
    expect(failure?.message).toMatch(
      /\nFUZZ_SEED=7 FUZZ_PATH=[\d:]+ npm exec .* --testNamePattern "any number .but small ones."$/,
    );
  });

  it('breaks by that line at once', async () => {
    const { failure: first } = await broken.run({ seed: 7, numRuns: 1_000 });
    const path = /FUZZ_PATH=([\d:]+)/.exec(first?.message ?? '')?.[1] ?? '';
    const { failure } = await broken.run({ seed: 7, numRuns: 1, path });
    expect(failure?.message).toContain('Counterexample: [100]');
  });

  it('breaks where a promise is rejected, too', async () => {
    const late = target('any number', fc.nat(), async () => {
      throw new Error('no');
    });
    expect((await late.run({ seed: 1, numRuns: 1 })).failure?.cause).toMatchObject({
      message: 'no',
    });
  });

  it('breaks where an input takes too much processor time', async () => {
    const slow = target('any number', fc.constant(1), () => {
      const before = process.threadCpuUsage().user;
      while (process.threadCpuUsage().user - before < 300_000);
    });
    const { failure } = await slow.run({ seed: 1, numRuns: 1 });
    expect(String(failure?.cause)).toMatch(/It took \d{3,} ms of processor time/);
  });
});
