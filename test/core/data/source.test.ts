// Invariant c: honest marks. What the owner published up to a view's mark is in that view or
// superseded there; entries may run ahead of their mark, a mark never ahead of its entries.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  createSource,
  type Entry,
  entryAt,
  laneOf,
  type MemberRecord,
  markOf,
  missingEntries,
  putEntry,
  RECORD_INDEX,
  RECORD_LANE,
  type Run,
  raiseMarks,
  type Source,
  versionAt,
} from '../../../node/core/data/source.ts';
import { scaled } from '../../support/scale.ts';

/** Metrics 1 and 2 share lane 1, metric 3 has lane 10. */
const PRIORITIES = [1, 1, 10];
const RECORD: MemberRecord = {
  labels: {},
  metrics: PRIORITIES.map((priority, i) => ({ definitionKey: i, priority })),
};

const entry = (index: number, version: number): Entry => ({
  index,
  version,
  sampledAt: version * 10,
  value: index === RECORD_INDEX ? RECORD : version,
});

/** A view to which the record (version 1) and one value of each metric (2, 3, 4) came. */
function filled(): Source {
  const source = createSource();
  merge(source, { from: 0, to: 4, entries: [0, 1, 2, 3].map((i) => entry(i, i + 1)) });
  return source;
}

function merge(source: Source, run: Run): void {
  for (const item of run.entries) putEntry(source, item);
  raiseMarks(source, run);
}

const versionsOf = (entries: readonly Entry[]): number[] => entries.map((item) => item.version);

describe('an entry', () => {
  it('replaces an older one of its metric alone', () => {
    const source = filled();
    expect(putEntry(source, entry(1, 9))).toBe(true);
    expect(putEntry(source, entry(1, 9))).toBe(false);
    expect(putEntry(source, entry(1, 8))).toBe(false);
    expect(entryAt(source, 1)?.version).toBe(9);
    expect(entryAt(source, 2)?.version).toBe(3);
  });

  it('never moves a mark', () => {
    const source = filled();
    putEntry(source, entry(1, 9));
    expect(source.base).toBe(4);
    expect(source.ahead).toBeUndefined();
  });

  it('is in the lane its record says, the record in the most important one', () => {
    const source = filled();
    expect([0, 1, 2, 3, 4].map((i) => laneOf(source, i))).toEqual([
      RECORD_LANE,
      1,
      1,
      10,
      undefined,
    ]);
    expect(laneOf(createSource(), 1)).toBeUndefined();
  });
});

describe('a mark', () => {
  it('rises when a run starts where it is, or before', () => {
    const source = filled();
    expect(raiseMarks(source, { from: 4, to: 6 })).toBe(true);
    expect(raiseMarks(source, { from: 2, to: 8 })).toBe(true);
    expect(source.base).toBe(8);
  });

  it('stays when a run starts beyond a gap', () => {
    const source = filled();
    expect(raiseMarks(source, { from: 5, to: 9 })).toBe(false);
    expect(raiseMarks(source, { lane: 1, from: 5, to: 9 })).toBe(false);
    expect(source.base).toBe(4);
    expect(markOf(source, 1)).toBe(4);
  });

  it('never goes back', () => {
    const source = filled();
    raiseMarks(source, { from: 0, to: 2 });
    expect(source.base).toBe(4);
    raiseMarks(source, { lane: 1, from: 0, to: 9 });
    raiseMarks(source, { lane: 1, from: 0, to: 7 });
    expect(markOf(source, 1)).toBe(9);
  });

  it('of one lane runs ahead of the base, and of no other lane', () => {
    const source = filled();
    expect(raiseMarks(source, { lane: 10, from: 4, to: 7 })).toBe(false);
    expect([10, 1, RECORD_LANE].map((lane) => markOf(source, lane))).toEqual([7, 4, 4]);
  });

  it('of the base follows the slowest lane once all are ahead', () => {
    const source = filled();
    raiseMarks(source, { lane: 10, from: 4, to: 9 });
    raiseMarks(source, { lane: 1, from: 4, to: 7 });
    expect(source.base).toBe(4);
    expect(raiseMarks(source, { lane: RECORD_LANE, from: 4, to: 8 })).toBe(true);
    expect(source.base).toBe(7);
    expect([...(source.ahead ?? [])]).toEqual([
      [10, 9],
      [RECORD_LANE, 8],
    ]);
  });

  it('of a lane is dropped when the base passes it', () => {
    const source = filled();
    raiseMarks(source, { lane: 10, from: 4, to: 7 });
    raiseMarks(source, { from: 4, to: 6 });
    expect(markOf(source, 10)).toBe(7);
    raiseMarks(source, { from: 6, to: 7 });
    expect(source.ahead).toBeUndefined();
  });

  it('of the base waits for the record, which names the lanes', () => {
    const source = createSource();
    raiseMarks(source, { lane: 1, from: 0, to: 5 });
    raiseMarks(source, { lane: 10, from: 0, to: 5 });
    expect(source.base).toBe(0);
    putEntry(source, entry(RECORD_INDEX, 1));
    raiseMarks(source, { lane: RECORD_LANE, from: 0, to: 5 });
    expect(source.base).toBe(5);
  });
});

describe('what somebody lacks', () => {
  it('is everything above their base, oldest first', () => {
    const source = filled();
    putEntry(source, entry(1, 9));
    expect(versionsOf(missingEntries(source, { base: 0 }))).toEqual([1, 3, 4, 9]);
    expect(versionsOf(missingEntries(source, { base: 3 }))).toEqual([4, 9]);
    expect(missingEntries(source, { base: 9 })).toEqual([]);
  });

  it('leaves out what a lane of theirs covers further', () => {
    const source = filled();
    const theirs = { base: 1, ahead: new Map([[1, 3]]) };
    expect(versionsOf(missingEntries(source, theirs))).toEqual([4]);
    putEntry(source, entry(2, 6));
    expect(versionsOf(missingEntries(source, theirs))).toEqual([4, 6]);
  });

  it('includes what no record names a lane for yet', () => {
    const source = createSource();
    putEntry(source, entry(3, 4));
    expect(versionsOf(missingEntries(source, { base: 0, ahead: new Map([[10, 9]]) }))).toEqual([4]);
  });
});

/** Everything an owner ever published: the record, then values of random metrics. */
const history = fc
  .array(fc.integer({ min: 1, max: 3 }), { minLength: 1, maxLength: 30 })
  .map((indexes) => [0, ...indexes].map((index, i) => entry(index, i + 1)));

/** A run as a holder of everything up to version `top` would send it to marks at `from`. */
function runOf(told: readonly Entry[], top: number, from: number, lane: number | undefined): Run {
  const owner = createSource();
  for (const item of told.slice(0, top)) putEntry(owner, item);
  const wanted = ({ index }: Entry) => lane === undefined || laneOf(owner, index) === lane;
  const entries = missingEntries(owner, { base: from }).filter(wanted);
  return { lane, from, to: Math.max(from, top), entries };
}

const script = fc.array(
  fc.record({
    top: fc.nat(31),
    from: fc.nat(31),
    lane: fc.constantFrom(undefined, 1, 10, RECORD_LANE),
    /** The run arrives twice, or only its entries do: pushed hot. */
    fate: fc.constantFrom('once', 'twice', 'hot'),
  }),
  { maxLength: 40 },
);

function expectHonest(source: Source, told: readonly Entry[]): void {
  for (const { index, version } of told) {
    const lane = index === RECORD_INDEX ? RECORD_LANE : (PRIORITIES[index - 1] ?? 0);
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
          const before = source.base;
          if (fate === 'hot') for (const item of run.entries) putEntry(source, item);
          else merge(source, run);
          if (fate === 'twice') merge(source, run);
          expectHonest(source, told);
          expect(source.base).toBeGreaterThanOrEqual(before);
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
