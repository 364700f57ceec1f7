// What each strategy puts into one message, when there is more than it may hold.

import { describe, expect, it } from 'vitest';
import type { Marks } from '../../../node/core/data/source.ts';
import type { Engine } from '../../../node/core/engine.ts';
import type { Strategy } from '../../../node/core/exchange/strategy.ts';
import { createRandom } from '../../../node/core/random.ts';
import { DIGEST } from '../../../node/experiment/strategies/digest.ts';
import { FULL } from '../../../node/experiment/strategies/full.ts';
import { STRICT } from '../../../node/experiment/strategies/strict.ts';
import { metric, samples, startEngine } from '../../core/support.ts';

const LOW = ['a', 'b', 'c', 'd'];
const HIGH = ['w', 'x', 'y', 'z'];

/** Told its record first, the low metrics at 1,000, the high ones at 2,000. */
function telling(id: string): Engine {
  const definitions = [
    ...LOW.map((name) => metric(name, { priority: 1 })),
    ...HIGH.map((name) => metric(name, { priority: 9 })),
  ];
  const engine = startEngine(id, { definitions });
  engine.handle(samples(...LOW.map((name): [string, number] => [name, 1])), 1_000);
  engine.handle(samples(...HIGH.map((name): [string, number] => [name, 2])), 2_000);
  return engine;
}

/** Versions that go to somebody who holds the marks, by engine. */
function picked(
  { pick }: Strategy,
  given: readonly (readonly [Engine, Marks])[],
  budgetBytes: number,
) {
  const { chunks, bytes, cut } = pick({
    lacking: given.map(([{ state }, marks]) => [state.self, marks]),
    ...{ refOf: ({ key }) => key, budgetBytes, reserveShare: 0.15, random: createRandom(1) },
    now: 3_000,
  });
  expect(bytes).toBeLessThanOrEqual(budgetBytes);
  const of = ({ state }: Engine) =>
    chunks
      .filter(({ ref }) => ref === state.self.key)
      .flatMap(({ entries }) => entries.map(({ version }) => version));
  return { cut, chunks, versions: given.map(([engine]) => of(engine)) };
}

describe('digest', () => {
  it('tells the newest, and says that it told all', () => {
    const engine = telling('n1');
    const { versions, chunks, cut } = picked(DIGEST, [[engine, { base: 1 }]], 27);
    expect([versions, cut]).toEqual([[[7, 8, 9]], true]);
    expect(chunks).toMatchObject([{ from: 1, to: 9 }]);
  });

  it('tells of who changed last first', () => {
    const [early, late] = [telling('n1'), telling('n2')];
    late.handle(samples(['w', 80]), 2_900);
    const given = [early, late].map((engine) => [engine, { base: 8 }] as const);
    expect(picked(DIGEST, given, 22).versions).toEqual([[], [9, 10]]);
    expect(picked(DIGEST, given, 400).versions).toEqual([[9], [9, 10]]);
  });

  it('leaves out no record, for without it nobody could tell what the values are of', () => {
    const { versions } = picked(DIGEST, [[telling('n1'), { base: 0 }]], 100);
    expect(versions[0]?.[0]).toBe(1);
    expect(versions[0]?.at(-1)).toBe(9);
    expect(versions[0]?.length).toBeLessThan(9);
  });
});

describe('strict', () => {
  it('tells the important without a gap, and nothing else while there is more of it', () => {
    const { versions, chunks } = picked(STRICT, [[telling('n1'), { base: 1 }]], 28);
    expect(versions).toEqual([[6, 7, 8]]);
    expect(chunks).toMatchObject([{ lane: 9, from: 1, to: 8 }]);
  });

  it('tells the older first between equals', () => {
    const [early, late] = [telling('n1'), telling('n2')];
    late.handle(samples(...HIGH.map((name): [string, number] => [name, 80])), 2_900);
    const given = [late, early].map((engine) => [engine, { base: 1 }] as const);
    const { versions } = picked(STRICT, given, 36);
    expect(versions[0]).toEqual([]);
    expect(versions[1]?.length).toBeGreaterThan(0);
  });
});

describe('full', () => {
  it('tells a record whole, whatever of it is held', () => {
    const { versions, chunks } = picked(FULL, [[telling('n1'), { base: 8 }]], 1_000);
    expect(versions).toEqual([[1, 2, 3, 4, 5, 6, 7, 8, 9]]);
    expect(chunks).toMatchObject([{ from: 0, to: 9 }]);
  });

  it('tells nothing of who has nothing newer, and no part of a record', () => {
    const engine = telling('n1');
    expect(picked(FULL, [[engine, { base: 9 }]], 1_000)).toMatchObject({ chunks: [], cut: false });
    expect(picked(FULL, [[engine, { base: 0 }]], 60)).toMatchObject({ chunks: [], cut: true });
  });
});
