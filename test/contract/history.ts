// What every store answers about the past.

import * as fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Store } from '../../node/ports.ts';
import { askStore } from '../support/points.ts';
import { specifyAbsence } from './absence.ts';
import { at, HOUR, keepIn, MINUTE, means, SECOND, seen, span } from './minutes.ts';
import { expectedOf, type Told, told, toldOfItself } from './oracle.ts';
import { specifyPaging } from './paging.ts';
import { everything, pointsOf, START_MS, sample } from './rows.ts';

const CASES = 40;

/** Each test has a store that nothing was put into. */
export function specifyHistory(fresh: () => Store): void {
  const keep = keepIn(fresh);

  describe('in steps', () => {
    it('weighs a value by the time that it held, not by the rows there are', async () => {
      const store = await keep([at(0, 20), at(1_800, 30), at(3_600, 80)]);
      const [step] = await pointsOf(store, span(30 * SECOND, 30 * SECOND));
      expect(step).toMatchObject({ min: 20, max: 80, count: 3, atMs: START_MS });
      expect(step?.avg).toBeCloseTo(73.4, 9);
    });

    it('carries the last value through steps without a row, and into the span', async () => {
      const store = await keep([at(-90_000, 40), at(150_000, 10)]);
      expect(await pointsOf(store, span(4 * MINUTE, MINUTE))).toMatchObject([
        { min: 40, avg: 40, max: 40, count: 0 },
        { avg: 40, count: 0 },
        { min: 10, avg: 25, max: 40, count: 1 },
        { avg: 10, count: 0 },
      ]);
    });

    it('has a gap before the first value', async () => {
      const store = await keep([at(90_000, 40)]);
      const points = await pointsOf(store, span(3 * MINUTE, MINUTE));
      expect(means(points.slice(-2))).toEqual([40, 40]);
      for (const { min, avg, max, count } of points.slice(0, -2)) {
        expect({ min, avg, max, count }).toEqual({ min: null, avg: null, max: null, count: 0 });
      }
    });

    it('has a gap after a metric ended, though its node lives on', async () => {
      const store = await keep([at(0, 40)]);
      const ended = { ...span(3 * MINUTE, MINUTE), holdMs: 90 * SECOND };
      expect(means(await pointsOf(store, ended))).toEqual([40, 40, null]);
      const longer = { ...ended, holdsMs: new Map([['cpu', 3 * MINUTE]]) };
      expect(means(await pointsOf(store, longer))).toEqual([40, 40, 40]);
    });

    it('has a gap while the node was dead, and until its next run told something', async () => {
      const run = { node: 'n2', generation: 7 };
      const store = await keep(
        [at(0, 50, run), at(210_000, 70, { node: 'n2', generation: 8 })],
        [seen('dead', 60_000), seen('alive', 200_000, { generation: 8 })],
      );
      const points = await pointsOf(store, { node: 'n2', ...span(5 * MINUTE, MINUTE) });
      expect(means(points)).toEqual([50, null, null, 70, 70]);
    });

    it('has that gap too where the next run tells an older value', async () => {
      const store = await keep(
        [at(0, 50, { node: 'n2', generation: 7 }), at(10_000, 70, { node: 'n2', generation: 8 })],
        [seen('dead', 60_000), seen('alive', 180_000, { generation: 8 })],
      );
      const points = await pointsOf(store, { node: 'n2', ...span(4 * MINUTE, MINUTE) });
      expect(means(points).slice(1)).toEqual([null, null, 70]);
    });

    it('takes a value up again when a death was none', async () => {
      const store = await keep(
        [at(0, 50, { node: 'n2', generation: 7 })],
        [seen('suspect', 50_000), seen('dead', 60_000), seen('alive', 120_000)],
      );
      const points = await pointsOf(store, { node: 'n2', ...span(3 * MINUTE, MINUTE) });
      expect(means(points)).toEqual([50, null, 50]);
    });

    it('counts both times that passed where a clock was set back within the hour', async () => {
      const every = (from: number, until: number, value: number, version: number) =>
        Array.from({ length: (until - from) * 6 }, (_, index) =>
          sample(version + index, {
            value,
            sampledAtMs: START_MS + from * MINUTE + index * 10_000,
          }),
        );
      const store = await keep([...every(0, 40, 0, 1), ...every(20, 50, 100, 1_000)]);
      const around = async (minutes: number): Promise<(number | null)[]> =>
        means(await pointsOf(store, span(minutes * MINUTE, 5 * MINUTE))).map(
          (value) => value && Math.round(value / 10) * 10,
        );
      const both = [0, 0, 0, 0, 50, 50, 50, 50, 100, 100];
      expect(await around(50)).toEqual(both);
      // Where the question ends before the clock was set back, too.
      for (const steps of [5, 6, 7]) expect(await around(5 * steps)).toEqual(both.slice(0, steps));
    });

    it('goes on in one line through restarts, hours and values of any size', async () => {
      const restarted = { generation: START_MS + HOUR };
      const store = await keep([
        at(0, -2e-9),
        at(HOUR - SECOND, 3e12),
        at(HOUR, 1 / 3, restarted),
        at(HOUR + SECOND, 9.000_001, restarted),
      ]);
      const points = await pointsOf(store, { ...span(2 * HOUR, HOUR), observer: 'n9', limit: 9 });
      expect(points).toMatchObject([
        { min: -2e-9, max: 3e12, count: 2, atMs: START_MS },
        { min: 1 / 3, max: 9.000_001, count: 2, atMs: START_MS + HOUR },
      ]);
    });

    const expectAsOracle = async (
      store: Store,
      query: Told['query'],
      { samples, events }: Omit<Told, 'query'>,
    ): Promise<void> => {
      const { points, fromMs } = await askStore(store, query);
      const known = samples.filter(({ sampledAtMs }) => sampledAtMs + query.holdMs >= fromMs);
      const expected = known.some(({ sampledAtMs }) => sampledAtMs <= query.toMs)
        ? expectedOf(samples, events, { ...query, fromMs })
        : [];
      const values = points.map(({ node: _, metric: __, unit: ___, ...value }) => value);
      expect(values.filter(({ avg }) => avg !== null)).toEqual(
        expected
          .filter(({ avg }) => avg !== null)
          .map((point) => ({ ...point, avg: expect.closeTo(point.avg ?? 0, 9) })),
      );
    };
    const allOf = (cases: readonly Told[]): Omit<Told, 'query'> => ({
      samples: cases.flatMap(({ samples }) => samples),
      events: cases.flatMap(({ events }) => events),
    });

    it('answers as an observer of each second would', async () => {
      let number = 0;
      const node = fc.constant(0).map(() => `case-${++number}`);
      const cases = fc.sample(node.chain(told), { numRuns: CASES, seed: 5 });
      const { samples, events } = allOf(cases);
      const store = await keep(samples, events);
      for (const each of cases) await expectAsOracle(store, each.query, each);
    });

    it('answers so as well about a node that asks itself, through its restarts', async () => {
      let number = 0;
      const day = fc.constant(0).map(() => ++number % (2 * CASES));
      const cases = fc
        .sample(day.chain(toldOfItself), { numRuns: CASES, seed: 6 })
        .filter(({ samples }) => samples.length > 0);
      const all = allOf(cases);
      const store = await keep(all.samples, all.events);
      for (const { query } of cases) await expectAsOracle(store, query, all);
    });
  });

  describe('through restarts of the observer', () => specifyAbsence(keep));

  describe('page by page', () => specifyPaging(keep));

  describe('in bounds', () => {
    const steady = () => Array.from({ length: 120 }, (_, minute) => at(minute * MINUTE, minute));

    it('tells the newest points where the limit cuts, gaps among them, and says so', async () => {
      const store = await keep([...steady(), at(0, 1, { node: 'n2' })]);
      const asked = everything({ ...span(2 * HOUR, MINUTE), limit: 20 });
      const one = await askStore(store, { ...asked, node: 'n1' });
      expect(means(one.points)).toEqual(Array.from({ length: 20 }, (_, i) => 100 + i));
      expect(one).toMatchObject({ limited: 'points', fromMs: START_MS + 100 * MINUTE });
      // n2 was silent for longer than a value holds.
      expect(means((await askStore(store, asked)).points)).toEqual(means(one.points));
      const ample = await askStore(store, { ...asked, node: 'n1', limit: 120 });
      expect(ample.points).toHaveLength(120);
      expect(ample.limited).toBeUndefined();
    });

    it('gives no more points than the limit when there are more lines', async () => {
      const nodes = ['a', 'b', 'c', 'd'];
      const store = await keep(nodes.map((node) => at(0, 1, { node })));
      const asked = everything({ ...span(3 * MINUTE, MINUTE), limit: 3 });
      const { points, limited } = await askStore(store, asked);
      expect(points.map(({ node }) => node)).toEqual(['a', 'b', 'c']);
      expect(limited).toBe('points');
    });

    it('tells nothing of the ages before the first row', async () => {
      const store = await keep(steady());
      const asked = { fromMs: 0, toMs: START_MS + 2 * HOUR - 1, stepMs: SECOND, limit: 10_000 };
      const { points, fromMs } = await askStore(store, everything(asked));
      expect(points).toHaveLength(7_200);
      expect(fromMs).toBe(START_MS);
      expect(points.every(({ avg }) => avg !== null)).toBe(true);
    });

    it('tells the newest rows as stored where the limit cuts, and says so', async () => {
      const store = await keep(steady());
      const cut = await askStore(store, everything({ limit: 2 }));
      expect(means(cut.points)).toEqual([118, 119]);
      expect(cut.limited).toBe('points');
      expect((await askStore(store, everything({ limit: 120 }))).limited).toBeUndefined();
      expect(await pointsOf(store, { limit: 0 })).toEqual([]);
      const earlier = { toMs: START_MS + HOUR + MINUTE, limit: 3 };
      expect(means(await pointsOf(store, earlier))).toEqual([59, 60, 61]);
    });
  });

  it('tells names that nothing is stored of from times of which nothing is', async () => {
    const store = await keep([at(0, 1), at(0, 1, { node: 'n2', metric: 'memory' })]);
    const before = { toMs: START_MS - HOUR };
    for (const stepMs of [0, MINUTE]) {
      const unknown = await askStore(store, everything({ node: 'zzz', stepMs }));
      expect(unknown.points).toEqual([]);
      expect(unknown.newestMs).toBeUndefined();
      expect(unknown.stored?.nodes.toSorted()).toEqual(['n1', 'n2']);
      expect(unknown.stored?.metrics.toSorted()).toEqual(['cpu', 'memory']);
      const empty = await askStore(store, everything({ node: 'n1', stepMs, ...before }));
      expect(empty).toMatchObject({ points: [], newestMs: START_MS });
      expect(empty.stored).toBeUndefined();
    }
  });
}
