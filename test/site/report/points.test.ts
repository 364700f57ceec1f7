// Runs become points, points become estimates and a table, estimates become a headline.

import { describe, expect, it } from 'vitest';
import {
  sharedConditions,
  variedConditions,
} from '../../../analysis-site/src/report/conditions.ts';
import { estimate } from '../../../analysis-site/src/report/estimate.ts';
import { countText, estimateText } from '../../../analysis-site/src/report/format.ts';
import { headlineOf, headlineSentence } from '../../../analysis-site/src/report/headline.ts';
import { columnsOf, estimator, pointsOf } from '../../../analysis-site/src/report/points.ts';
import { pointTable } from '../../../analysis-site/src/report/table.ts';
import type { MeasureRow, RunRow } from '../../../node/storage/results/rows.ts';
import { madeRun } from '../fixtures.ts';

const run = (id: number, changes: Partial<RunRow> = {}): RunRow => ({ ...madeRun, id, ...changes });
const measure = (
  runId: number,
  name: string,
  value: number | null,
  label = '',
  unit = 'B/s',
): MeasureRow => ({ runId, name, label, value, unit, count: 1 });

describe('points', () => {
  it('gather repetitions of the same conditions, and leave out what did not end well', () => {
    const runs = [
      run(1, { nodes: 20, repeat: 1 }),
      run(2, { nodes: 50, repeat: 1 }),
      run(3, { nodes: 20, repeat: 2, seed: 9 }),
      run(4, { nodes: 20, repeat: 3, state: 'failed' }),
    ];
    const points = pointsOf(runs);
    expect(points.map((point) => point.runs.map(({ id }) => id))).toEqual([[1, 3], [2]]);
    const conditions = points.map((point) => point.conditions);
    expect(variedConditions(conditions).map(({ key }) => key)).toEqual(['nodes']);
    expect(sharedConditions(conditions)).toHaveLength(12);
  });

  it('have nothing varied and nothing shared when there are none', () => {
    expect(variedConditions([])).toEqual([]);
    expect(sharedConditions([])).toEqual([]);
  });
});

describe('estimates', () => {
  it('are the mean with half of its 95 % interval by Student, and n', () => {
    const { mean, half, n } = estimate([1, 2, 3]);
    expect({ mean, n }).toEqual({ mean: 2, n: 3 });
    // t(0.975, 2) = 4.303, s = 1.
    expect(half).toBeCloseTo(4.303 / Math.sqrt(3), 2);
  });

  it('count what was never seen, and never take it for 0', () => {
    const found = estimate([4, null, 4]);
    expect(found).toMatchObject({ mean: 4, n: 2, missing: 1 });
    expect(countText(found)).toBe('n = 2, never in 1');
    expect(estimate([null])).toEqual({ mean: null, half: null, n: 0, missing: 1 });
    expect(estimate([Number.NaN, Number.POSITIVE_INFINITY]).mean).toBe(null);
  });

  it('of one run have no interval', () => {
    expect(estimateText(estimate([12.345]))).toBe('12.3');
    expect(estimateText(estimate([1_234, 1_234]))).toBe('1,234 ± 0');
    expect(estimateText(estimate([]))).toBe('–');
  });

  it('are looked up by run, measure and label', () => {
    const estimateOf = estimator([measure(1, 'cpu', 3), measure(1, 'error', 7, 'cpu')]);
    const [point] = pointsOf([run(1)]);
    if (point === undefined) throw new Error('There is a point.');
    expect(estimateOf(point, { name: 'cpu', label: '', unit: '' }).mean).toBe(3);
    expect(estimateOf(point, { name: 'error', label: 'cpu', unit: '' }).mean).toBe(7);
    expect(estimateOf(point, { name: 'error', label: 'disk', unit: '' }).n).toBe(0);
  });
});

describe('the table of points', () => {
  it('stands in the order of the measures, labels in natural order, unknown ones left out', () => {
    const rows = [
      measure(1, 'wire_bytes', 5),
      measure(1, 'update_p95_ms', 2, '10', 'ms'),
      measure(1, 'update_p95_ms', 1, '2', 'ms'),
      measure(1, 'of_another_program', 1),
    ];
    const columns = columnsOf(rows);
    const table = pointTable(pointsOf([run(1), run(2)]), columns, estimator(rows));
    expect(table.groups).toEqual([
      { name: 'update_p95_ms', unit: 'ms', labels: ['2', '10'] },
      { name: 'wire_bytes', unit: 'B/s', labels: [''] },
    ]);
    expect(table.lines[0]?.cells).toEqual([
      { text: '1', count: 'n = 1' },
      { text: '2', count: 'n = 1' },
      { text: '5', count: 'n = 1' },
    ]);
    expect(table.lines[0]?.runs).toBe(2);
  });
});

describe('the headline', () => {
  const rowsOf = (bytes: readonly (readonly [run: RunRow, bytes: number, error?: number])[]) =>
    bytes.flatMap(([{ id }, value, error]) => [
      measure(id, 'wire_bytes', value),
      ...(error === undefined ? [] : [measure(id, 'error_deltas', error, 'cpu', 'deltas')]),
    ]);
  const headline = (list: readonly (readonly [run: RunRow, bytes: number, error?: number])[]) => {
    const rows = rowsOf(list);
    return headlineOf(pointsOf(list.map(([row]) => row)), columnsOf(rows), estimator(rows));
  };

  it('compares points that differ in the strategy alone, and tells the median pair', () => {
    const found = headline([
      [run(1, { strategy: 'full', nodes: 20 }), 1_000, 0.1],
      [run(2, { strategy: 'full', nodes: 50 }), 5_000, 0.1],
      [run(3, { strategy: 'priomon', nodes: 20 }), 100, 0.2],
      [run(4, { strategy: 'priomon', nodes: 50 }), 250, 0.4],
      [run(5, { strategy: 'priomon', nodes: 99 }), 1, 9],
    ]);
    expect(found?.savings.at(-1)).toEqual({
      strategy: 'priomon',
      baseline: 'full',
      factor: 15,
      leastFactor: 10,
      mostFactor: 20,
      pairs: 2,
      runs: 2,
      error: 0.30000000000000004,
      bytes: 175,
    });
    expect(found && headlineSentence(found)).toBe(
      'priomon sent 15 × fewer bytes than full (10 to 20 × over 2 points), at a mean error of ' +
        '0.3 deltas; n = 2 runs.',
    );
  });

  it('does not boast where nothing was saved', () => {
    const found = headline([
      [run(1, { strategy: 'full' }), 100],
      [run(2, { strategy: 'priomon' }), 200],
    ]);
    expect(found && headlineSentence(found)).toBe(
      'No strategy sent fewer bytes than full; priomon sent more.',
    );
  });

  it.each([
    ['one strategy', [[run(1), 100]]],
    [
      'no common point',
      [
        [run(1, { strategy: 'full' }), 9],
        [run(2, { nodes: 5 }), 1],
      ],
    ],
    [
      'no bytes',
      [
        [run(1, { strategy: 'full' }), 0],
        [run(2), 0],
      ],
    ],
    ['no run', []],
  ] as const)('is missing where there is %s', (_, list) => {
    expect(headline(list)).toBeUndefined();
  });
});
