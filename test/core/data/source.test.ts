// Invariant c: honest marks. What the owner published up to a view's mark is in that view or
// superseded there; entries may run ahead of their mark, a mark never ahead of its entries.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { raiseMark, raiseMarks, settleMarks } from '../../../node/core/data/marks.ts';
import {
  CARD_LANE,
  createSource,
  type Entry,
  entryAt,
  LABELS_INDEX,
  laneOf,
  markOf,
  missingEntries,
  putEntry,
  type Run,
  type Source,
  versionAt,
} from '../../../node/core/data/source.ts';
import { scaled } from '../../support/scale.ts';
import { openedAt } from '../support.ts';

/** Slots 1 and 2 share lane 1, slot 3 has lane 10. */
const PRIORITIES = [1, 1, 10];
/** Labels and cards: versions 1 to 4. */
const OPENED = openedAt(
  10,
  PRIORITIES.map((priority, i) => ({ definitionKey: i, priority })),
);

const entry = (index: number, version: number): Entry => ({
  index,
  version,
  sampledAt: version * 10,
  value: version,
});

/** A view to which labels and cards (versions 1 to 4) and one value of each slot (5, 6, 7) came. */
function filled(): Source {
  const source = createSource();
  merge(source, { from: 0, to: 7, entries: [...OPENED, entry(1, 5), entry(2, 6), entry(3, 7)] });
  return source;
}

function merge(source: Source, run: Run): void {
  for (const item of run.entries) putEntry(source, item);
  raiseMarks(source, run);
}

const versionsOf = (entries: readonly Entry[]): number[] => entries.map((item) => item.version);

describe('an entry', () => {
  it('replaces an older one of its slot alone', () => {
    const source = filled();
    expect(putEntry(source, entry(1, 9))).toBe(true);
    expect(putEntry(source, entry(1, 9))).toBe(false);
    expect(putEntry(source, entry(1, 8))).toBe(false);
    expect(entryAt(source, 1)?.version).toBe(9);
    expect(entryAt(source, 2)?.version).toBe(6);
    expect(entryAt(source, -1)?.version).toBe(2);
  });

  it('never moves a mark', () => {
    const source = filled();
    putEntry(source, entry(1, 9));
    expect(source.watermark).toBe(7);
    expect(source.laneWatermarks).toBeUndefined();
  });

  it('is in the lane its card says, labels and cards in the most important one', () => {
    const source = filled();
    expect([1, 2, 3, 4].map((slot) => laneOf(source, slot))).toEqual([1, 1, 10, undefined]);
    for (const index of [LABELS_INDEX, -1, -3, -200]) expect(laneOf(source, index)).toBe(CARD_LANE);
    expect(laneOf(createSource(), 1)).toBeUndefined();
  });

  it('of labels leaves the cards, and one of a card the labels and the other cards', () => {
    const source = filled();
    const labels = { rack: 'r1' };
    putEntry(source, { index: LABELS_INDEX, version: 8, sampledAt: 80, value: { labels } });
    const card = { definitionKey: 9, priority: 4, labelValues: ['a'] };
    putEntry(source, { index: -2, opening: 1, version: 9, sampledAt: 90, value: card });
    expect(source.record?.labels).toEqual(labels);
    expect([1, 2, 3].map((slot) => laneOf(source, slot))).toEqual([1, 4, 10]);
    expect(entryAt(source, -2)).toEqual({
      ...{ index: -2, opening: 1, version: 9, sampledAt: 90, value: card },
    });
  });
});

describe('a mark', () => {
  it('rises when a run starts where it is, or before', () => {
    const source = filled();
    expect(raiseMarks(source, { from: 7, to: 9 })).toBe(true);
    expect(raiseMarks(source, { from: 2, to: 11 })).toBe(true);
    expect(source.watermark).toBe(11);
  });

  it('stays when a run starts beyond a gap', () => {
    const source = filled();
    expect(raiseMarks(source, { from: 8, to: 12 })).toBe(false);
    expect(raiseMarks(source, { lane: 1, from: 8, to: 12 })).toBe(false);
    expect(source.watermark).toBe(7);
    expect(markOf(source, 1)).toBe(7);
  });

  it('never goes back', () => {
    const source = filled();
    raiseMarks(source, { from: 0, to: 2 });
    expect(source.watermark).toBe(7);
    raiseMarks(source, { lane: 1, from: 0, to: 12 });
    raiseMarks(source, { lane: 1, from: 0, to: 10 });
    expect(markOf(source, 1)).toBe(12);
  });

  it('of one lane runs ahead of the watermark of all lanes, and of no other lane', () => {
    const source = filled();
    expect(raiseMarks(source, { lane: 10, from: 7, to: 10 })).toBe(false);
    expect([10, 1, CARD_LANE].map((lane) => markOf(source, lane))).toEqual([10, 7, 7]);
  });

  it('of one lane rises without a search of the entries when none was stored', () => {
    const source = filled();
    let looks = 0;
    source.cells = new Proxy(source.cells, {
      get(cells, place) {
        looks++;
        return Reflect.get(cells, place);
      },
    });
    expect(raiseMark(source, { lane: 10, from: 7, to: 10 })).toBe(true);
    expect(raiseMark(source, { lane: 10, from: 7, to: 9 })).toBe(false);
    settleMarks(source, true);
    expect(looks).toBe(0);
  });

  it('of the watermark follows the slowest lane once all are ahead', () => {
    const source = filled();
    raiseMarks(source, { lane: 10, from: 7, to: 12 });
    raiseMarks(source, { lane: 1, from: 7, to: 10 });
    expect(source.watermark).toBe(7);
    expect(raiseMarks(source, { lane: CARD_LANE, from: 7, to: 11 })).toBe(true);
    expect(source.watermark).toBe(10);
    expect([...(source.laneWatermarks ?? [])]).toEqual([
      [10, 12],
      [CARD_LANE, 11],
    ]);
  });

  it('of the watermark does not wait for the lane of a slot that was closed', () => {
    const source = filled();
    raiseMarks(source, { lane: 1, from: 7, to: 12 });
    putEntry(source, { index: -3, version: 8, sampledAt: 80, value: null });
    expect(raiseMarks(source, { lane: CARD_LANE, from: 7, to: 12 })).toBe(true);
    expect(source.watermark).toBe(12);
  });

  it('of the watermark waits for the card of a slot opened anew, which names its lane', () => {
    const source = filled();
    putEntry(source, { ...entry(3, 10), opening: 1 });
    for (const lane of [1, 10]) raiseMarks(source, { lane, from: 7, to: 12 });
    expect(raiseMarks(source, { lane: CARD_LANE, from: 7, to: 8 })).toBe(false);
    expect(source.watermark).toBe(7);
    const value = { definitionKey: 3, priority: 10, labelValues: [] };
    putEntry(source, { index: -3, opening: 1, version: 9, sampledAt: 90, value });
    expect(raiseMarks(source, { lane: CARD_LANE, from: 8, to: 12 })).toBe(true);
    expect(source.watermark).toBe(12);
  });

  it('of a lane is dropped when the watermark passes it', () => {
    const source = filled();
    raiseMarks(source, { lane: 10, from: 7, to: 10 });
    raiseMarks(source, { from: 7, to: 9 });
    expect(markOf(source, 10)).toBe(10);
    raiseMarks(source, { from: 9, to: 10 });
    expect(source.laneWatermarks).toBeUndefined();
  });

  it('of the watermark waits for the cards, which name the lanes', () => {
    const source = createSource();
    raiseMarks(source, { lane: 1, from: 0, to: 8 });
    raiseMarks(source, { lane: 10, from: 0, to: 8 });
    expect(source.watermark).toBe(0);
    for (const card of OPENED) putEntry(source, card);
    raiseMarks(source, { lane: CARD_LANE, from: 0, to: 8 });
    expect(source.watermark).toBe(8);
  });
});

describe('what a peer lacks', () => {
  it('is everything above its watermark, oldest first', () => {
    const source = filled();
    putEntry(source, entry(1, 9));
    expect(versionsOf(missingEntries(source, { watermark: 0 }))).toEqual([1, 2, 3, 4, 6, 7, 9]);
    expect(versionsOf(missingEntries(source, { watermark: 6 }))).toEqual([7, 9]);
    expect(missingEntries(source, { watermark: 9 })).toEqual([]);
  });

  it('leaves out what a watermark of one of its lanes covers', () => {
    const source = filled();
    const theirs = { watermark: 4, laneWatermarks: new Map([[1, 6]]) };
    expect(versionsOf(missingEntries(source, theirs))).toEqual([7]);
    putEntry(source, entry(2, 9));
    expect(versionsOf(missingEntries(source, theirs))).toEqual([7, 9]);
  });

  it('includes what no card names a lane for yet', () => {
    const source = createSource();
    putEntry(source, entry(3, 4));
    expect(
      versionsOf(missingEntries(source, { watermark: 0, laneWatermarks: new Map([[10, 9]]) })),
    ).toEqual([4]);
  });

  it('is not what a slot held before: its card is told, and what belongs to it', () => {
    const source = filled();
    putEntry(source, { index: -3, version: 8, sampledAt: 80, value: null });
    expect(versionsOf(missingEntries(source, { watermark: 0 }))).toEqual([1, 2, 3, 5, 6, 8]);
  });
});

/** Everything an owner ever published: labels and cards, then values of random slots. */
const history = fc
  .array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 30 })
  .map((slots) => [...OPENED, ...slots.map((slot, i) => entry(slot, OPENED.length + i + 1))]);

/** A run as a holder of everything up to version `top` would send it to marks at `from`. */
function runOf(told: readonly Entry[], top: number, from: number, lane: number | undefined): Run {
  const owner = createSource();
  for (const item of told.slice(0, top)) putEntry(owner, item);
  const wanted = ({ index }: Entry) => lane === undefined || laneOf(owner, index) === lane;
  const entries = missingEntries(owner, { watermark: from }).filter(wanted);
  return { lane, from, to: Math.max(from, top), entries };
}

const script = fc.array(
  fc.record({
    top: fc.nat(34),
    from: fc.nat(34),
    lane: fc.constantFrom(undefined, 1, 10, CARD_LANE),
    /** The run arrives twice, or only its entries do: pushed as pending. */
    fate: fc.constantFrom('once', 'twice', 'pending'),
  }),
  { maxLength: 40 },
);

function expectHonest(source: Source, told: readonly Entry[]): void {
  for (const { index, version } of told) {
    const lane = index <= LABELS_INDEX ? CARD_LANE : (PRIORITIES[index - 1] ?? 0);
    if (version > markOf(source, lane)) continue;
    expect(versionAt(source, index), `v${version}`).toBeGreaterThanOrEqual(version);
  }
}

describe('honest marks', () => {
  it('hold whatever runs arrive in whatever order, doubled or with entries alone', () => {
    fc.assert(
      fc.property(history, script, (told, steps) => {
        const source = createSource();
        for (const { top, from, lane, fate } of steps) {
          const reach = Math.min(top, told.length);
          const run = runOf(told, reach, Math.min(from, reach), lane);
          const before = source.watermark;
          if (fate === 'pending') for (const item of run.entries) putEntry(source, item);
          else merge(source, run);
          if (fate === 'twice') merge(source, run);
          expectHonest(source, told);
          expect(source.watermark).toBeGreaterThanOrEqual(before);
        }
      }),
      { numRuns: scaled(1_000, 50_000) },
    );
  });

  it('end equal in whatever order the same runs arrive (invariant e)', () => {
    const complete = history.chain((told) => {
      const cuts = fc.uniqueArray(fc.integer({ min: 1, max: told.length }), { maxLength: 6 });
      return cuts.chain((points) => {
        const runs = [...points, told.length].map((top) => runOf(told, top, 0, undefined));
        return fc.tuple(fc.constant(runs), fc.shuffledSubarray(runs, { minLength: runs.length }));
      });
    });
    fc.assert(
      fc.property(complete, ([straight, shuffled]) => {
        const [one, other] = [straight, shuffled].map((runs) => {
          const source = createSource();
          for (const run of runs) merge(source, run);
          for (const run of runs) merge(source, run);
          return source;
        });
        expect(one).toEqual(other);
      }),
    );
  });
});
