// Aggregates against formulas that are slow and obvious, and what they answer at their edges.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { QueryRow } from '../../../node/http/answers/shapes.ts';
import {
  createFigures,
  createRanking,
  type GroupedRow,
  isAggregate,
  summarize,
} from '../../../node/http/query/aggregate.ts';
import { createRoom } from '../../../node/http/query/room.ts';

const row = (node: string, value: number, changes: Partial<QueryRow> = {}): QueryRow => ({
  node,
  status: 'alive',
  metric: 'cpu',
  value,
  unit: '%',
  kind: 'gauge',
  ...{ description: '', priority: 1, delta: 5, version: 1 },
  since: '2026-01-31T12:00:00.000Z',
  sampledAt: '2026-01-31T12:00:00.000Z',
  ageMs: 0,
  generation: 1,
  incarnation: 0,
  ...changes,
});

const values = fc.array(fc.double({ min: -1e6, max: 1e6, noNaN: true }), { minLength: 1 });
const naiveSum = (numbers: readonly number[]) => numbers.reduce((a, b) => a + b, 0);
/** Beside a large sum, 14 digits and the order of adding leave this much. */
const closeTo = (actual: number | null | undefined, expected: number, scale: number) =>
  expect(Math.abs((actual ?? Number.NaN) - expected)).toBeLessThanOrEqual(1e-9 * (1 + scale));

describe('summarize', () => {
  it('counts, adds, averages and finds the ends as the formulas say', () => {
    fc.assert(
      fc.property(values, (numbers) => {
        const found = summarize(numbers, ['count', 'sum', 'avg', 'min', 'max']);
        const scale = naiveSum(numbers.map(Math.abs));
        expect(found.count).toBe(numbers.length);
        closeTo(found.sum, naiveSum(numbers), scale);
        closeTo(found.avg, naiveSum(numbers) / numbers.length, scale);
        closeTo(found.min, Math.min(...numbers), scale);
        closeTo(found.max, Math.max(...numbers), scale);
      }),
    );
  });

  it('puts a percentile where that share of the way through the ranks is passed', () => {
    fc.assert(
      fc.property(values, fc.integer({ min: 0, max: 100 }), (numbers, percent) => {
        const found = summarize(numbers, [`p${percent}`])[`p${percent}`];
        const sorted = numbers.toSorted((a, b) => a - b);
        // The line through the points (i / (n − 1), sorted[i]), walked piece by piece.
        const last = sorted.length - 1;
        const at = (percent * last) / 100;
        const i = Math.min(Math.floor(at), Math.max(0, last - 1));
        const [from = 0, to = from] = sorted.slice(i, i + 2);
        closeTo(found, from + (to - from) * (at - i), naiveSum(numbers.map(Math.abs)));
      }),
    );
  });

  it.each<[string, number]>([
    ['p0', 1],
    ['p25', 1.75],
    ['p50', 2.5],
    ['p90', 3.7],
    ['p99.9', 3.997],
    ['p100', 4],
  ])('answers the %s of 1, 2, 3, 4 as R and NumPy do', (name, expected) => {
    expect(summarize([4, 1, 3, 2], [name])).toEqual({ [name]: expected });
  });

  it('leaves out what is no finite number, and defines what is left of nothing', () => {
    const all = ['count', 'sum', 'avg', 'min', 'max', 'p50'];
    const none = { count: 0, sum: 0, avg: null, min: null, max: null, p50: null };
    expect(summarize([Number.NaN, Number.POSITIVE_INFINITY], all)).toEqual(none);
    expect(summarize([], all)).toEqual(none);
    expect(summarize([3, Number.NaN, -3], ['count', 'avg'])).toEqual({ count: 2, avg: 0 });
  });

  it('says null for a sum beyond floats, and still knows the mean', () => {
    const large = [Number.MAX_VALUE / 2, Number.MAX_VALUE / 2, Number.MAX_VALUE / 2];
    const { sum, avg } = summarize(large, ['sum', 'avg']);
    expect(sum).toBeNull();
    expect((avg ?? 0) / (Number.MAX_VALUE / 2)).toBeCloseTo(1);
  });

  it('drops the noise of binary fractions', () => {
    expect(summarize([0.1, 0.2], ['sum'])).toEqual({ sum: 0.3 });
  });
});

it.each([
  ...['count', 'min', 'max', 'avg', 'sum', 'p0', 'p5', 'p50', 'p99', 'p99.99', 'p100'].map(
    (name) => [name, true] as const,
  ),
  ...['median', 'p', 'p101', 'p100.1', 'p-1', 'p1e1', 'p050', 'P50', ' avg', '__proto__'].map(
    (name) => [name, false] as const,
  ),
])('%s is an aggregate: %s', (name, expected) => {
  expect(isAggregate(name)).toBe(expected);
});

const aggregate = (rows: readonly GroupedRow[], names: readonly string[]) => {
  const figures = createFigures(names, createRoom().open());
  for (const each of rows) figures.add(each);
  return [...figures.rows()].filter((each) => typeof each !== 'number');
};

const highest = (rows: readonly GroupedRow[], count: number) => {
  const ranking = createRanking(count, createRoom().open());
  for (const each of rows) ranking.add(each);
  return [...ranking.rows()].filter((each) => typeof each !== 'number');
};

describe('groups', () => {
  it('never mixes metrics, units or labels', () => {
    const rows = [
      { row: row('a', 1), group: 'eu', resolution: 0.1 },
      { row: row('b', 3), group: 'eu', resolution: 0.1 },
      { row: row('c', 5), group: null, resolution: 0.1 },
      { row: row('d', 7, { unit: 'jobs' }), group: 'eu', resolution: 0.1 },
      { row: row('e', 9, { metric: 'memory' }), group: 'eu', resolution: 0.1 },
    ];
    expect(aggregate(rows, ['sum', 'count'])).toEqual([
      { metric: 'cpu', unit: '%', group: 'eu', values: { sum: 4, count: 2 } },
      { metric: 'cpu', unit: '%', group: null, values: { sum: 5, count: 1 } },
      { metric: 'cpu', unit: 'jobs', group: 'eu', values: { sum: 7, count: 1 } },
      { metric: 'memory', unit: '%', group: 'eu', values: { sum: 9, count: 1 } },
    ]);
  });

  it('ranks within each, the highest first, ties in the order of names', () => {
    const rows = [
      ...[row('n10', 5), row('n2', 5), row('n1', 1), row('n3', 9)],
      row('n1', 2, { metric: 'memory' }),
    ].map((each) => ({ row: each, group: null, resolution: 0.1 }));
    expect(highest(rows, 3).map(({ metric, node }) => `${metric} ${node}`)).toEqual([
      ...['cpu n3', 'cpu n2', 'cpu n10'],
      'memory n1',
    ]);
  });

  it('rank as a sort of all rows does, however many come', () => {
    const entries = fc.array(fc.integer({ min: 0, max: 9 }), { maxLength: 60 });
    fc.assert(
      fc.property(entries, fc.integer({ min: 1, max: 7 }), (given, count) => {
        const rows = given.map((value, i) => ({
          row: row(`n${i}`, value),
          group: null,
          resolution: 0.1,
        }));
        const sorted = rows.map((each) => each.row).toSorted((a, b) => b.value - a.value);
        expect(highest(rows, count)).toEqual(sorted.slice(0, count));
      }),
    );
  });

  it('are refused when there are too many', () => {
    const figures = createFigures(['avg'], createRoom().open());
    expect(() => {
      for (let i = 0; i <= 5_000; i++)
        figures.add({ row: row('a', 1), group: `rack ${i}`, resolution: 0.1 });
    }).toThrow('There are more than 5000 groups');
    const ranking = createRanking(1_000, createRoom().open());
    expect(() => {
      for (let i = 0; i <= 40_000; i++) {
        ranking.add({ row: row('a', 1), group: `rack ${i % 100}`, resolution: 0.1 });
      }
    }).toThrow('More than 32000 rows are ranked');
  });

  it('say what it takes to sort their values, of which there is a bound', () => {
    const figures = createFigures(['p50'], createRoom().open());
    const add = (count: number) => {
      for (let i = 0; i < count; i++)
        figures.add({ row: row('a', i), group: null, resolution: 0.1 });
    };
    add(100_000);
    // Much more than a slice of an answer has: others have their turn before the next group.
    expect([...figures.rows()][0]).toBeGreaterThan(1_024);
    expect(() => add(1)).toThrow('A group has more than 100000 values');
  });
});
