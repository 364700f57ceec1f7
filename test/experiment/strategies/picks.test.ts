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

/** Labels and eight cards. */
const OPENED = 9;

/** Told labels and cards first, the low metrics at 1,000, the high ones at 2,000. */
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
    const { versions, chunks, cut } = picked(DIGEST, [[engine, { watermark: OPENED }]], 27);
    expect([versions, cut]).toEqual([[[15, 16, 17]], true]);
    expect(chunks).toMatchObject([{ from: OPENED, to: 17 }]);
  });

  it('tells first of the members that changed last', () => {
    const [early, late] = [telling('n1'), telling('n2')];
    late.handle(samples(['w', 80]), 2_900);
    const given = [early, late].map((engine) => [engine, { watermark: 16 }] as const);
    expect(picked(DIGEST, given, 22).versions).toEqual([[], [17, 18]]);
    expect(picked(DIGEST, given, 400).versions).toEqual([[17], [17, 18]]);
  });

  it('leaves out no card, for without it no reader knows what the values mean', () => {
    const { versions } = picked(DIGEST, [[telling('n1'), { watermark: 0 }]], 120);
    const opened = Array.from({ length: OPENED }, (_, i) => i + 1);
    expect(versions[0]?.slice(0, OPENED)).toEqual(opened);
    expect(versions[0]?.at(-1)).toBe(17);
    expect(versions[0]?.length).toBeLessThan(17);
  });
});

describe('strict', () => {
  it('tells the important without a gap, and nothing else while there is more of it', () => {
    const { versions, chunks } = picked(STRICT, [[telling('n1'), { watermark: OPENED }]], 28);
    expect(versions).toEqual([[14, 15, 16]]);
    expect(chunks).toMatchObject([{ lane: 9, from: OPENED, to: 16 }]);
  });

  it('tells the older first between equals', () => {
    const [early, late] = [telling('n1'), telling('n2')];
    late.handle(samples(...HIGH.map((name): [string, number] => [name, 80])), 2_900);
    const given = [late, early].map((engine) => [engine, { watermark: OPENED }] as const);
    const { versions } = picked(STRICT, given, 36);
    expect(versions[0]).toEqual([]);
    expect(versions[1]?.length).toBeGreaterThan(0);
  });
});

describe('full', () => {
  it('tells a record whole, whatever of it is held', () => {
    const { versions, chunks } = picked(FULL, [[telling('n1'), { watermark: 16 }]], 1_000);
    expect(versions).toEqual([Array.from({ length: 17 }, (_, i) => i + 1)]);
    expect(chunks).toMatchObject([{ from: 0, to: 17 }]);
  });

  it('tells nothing of members with nothing newer, and no part of a record', () => {
    const engine = telling('n1');
    expect(picked(FULL, [[engine, { watermark: 17 }]], 1_000)).toMatchObject({
      chunks: [],
      cut: false,
    });
    expect(picked(FULL, [[engine, { watermark: 0 }]], 60)).toMatchObject({ chunks: [], cut: true });
  });
});
