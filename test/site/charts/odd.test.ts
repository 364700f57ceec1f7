import { describe, expect, it } from 'vitest';
import type { ExperimentData, Figure, Table } from '../../../analysis-site/src/charts/figure.ts';
import { FIGURES } from '../../../analysis-site/src/charts/index.ts';
import { emptyRows } from '../../../analysis-site/src/data/experiments.ts';
import type { RunRows } from '../../../node/storage/results/rows.ts';
import { madeData, madeRun } from '../fixtures.ts';
import { dataFor } from './grids.ts';
import { dataOf, draw, figureOf } from './support.ts';

/** Every cell that is a number becomes this one; ids stay what they are. */
function withNumbers(
  data: ExperimentData,
  tables: readonly Table[],
  value: number | null,
): ExperimentData {
  const spoiled = <Row extends object>(rows: readonly Row[]): Row[] =>
    rows.map((row) => {
      const cells = Object.entries(row).map(([key, cell]) =>
        typeof cell === 'number' && !/^(runId|number|update)$/.test(key)
          ? [key, value]
          : [key, cell],
      );
      return Object.fromEntries(cells);
    });
  const rows = Object.fromEntries(
    tables.map((table) => [table, spoiled<object>(data.rows[table])]),
  );
  return { ...data, rows: { ...emptyRows(), ...rows } };
}

/** Draws what there is, in every scale, and looks for what no browser could read. */
function check(figure: Figure, data: ExperimentData): void {
  const rows = figure.rows(data);
  if (rows.length === 0) expect(figure.emptySentence(data)).toMatch(/^[A-Z].+\.$/);
  expect(figure.caption(rows)).not.toMatch(/NaN|undefined|Infinity|null/);
  for (const scale of ['linear', 'log'] as const) {
    const svg = draw(figure, rows, { width: 400, scale });
    for (const element of [svg, ...svg.querySelectorAll('*')]) {
      for (const { name, value } of element.attributes) {
        if (name !== 'aria-label') expect(value).not.toMatch(/NaN|Infinity|undefined/);
      }
    }
  }
}

describe.each(FIGURES.map((figure) => [figure.id, figure] as const))('%s', (id, figure) => {
  it('says why there is nothing to see of an experiment without rows', () => {
    const data = dataOf(
      [
        { ...madeRun, nodes: 10 },
        { ...madeRun, id: 2 },
      ],
      {},
    );
    expect(figure.rows(data)).toEqual([]);
    expect(figure.emptySentence(data)).toMatch(
      /^This experiment compared numbers of nodes, but .+\.$/,
    );
    check(figure, data);
  });

  it('says that no run has finished', () => {
    for (const data of [dataOf([], {}), failedAlone()]) {
      expect(figure.rows(data)).toEqual([]);
      expect(figure.emptySentence(data)).toBe(
        'No run of this experiment has finished, so there are no figures.',
      );
      check(figure, data);
    }
  });

  it('draws a single run', () => {
    const data = madeData({ repeats: 1 });
    for (const cell of figure.rows(data).flatMap((row) => Object.values(row))) {
      expect(cell).not.toBeNaN();
    }
    check(figure, data);
    check(figure, madeData({ repeats: 1, nodes: [1] }));
  });

  it('draws one row alone', () => {
    const rows = figure.rows(dataFor(id)).slice(0, 1);
    expect(figure.caption(rows)).not.toMatch(/NaN|undefined|Infinity|null/);
    expect(draw(figure, rows).outerHTML).not.toMatch(/NaN|Infinity/);
  });

  it.each([null, Number.NaN, 0, -1, Number.POSITIVE_INFINITY])('takes rows full of %s', (value) => {
    check(figure, withNumbers(dataFor(id), figure.needs, value));
  });

  it('leaves out what belongs to runs that failed', () => {
    const data = dataFor(id);
    const extra = madeData({ seed: 99, repeats: 1 }).rows;
    const failed = { ...madeRun, id: 10_000, state: 'failed' as const };
    const moved = Object.entries(data.rows).map(([table, rows]) => [
      table,
      [...rows, ...extra[table as keyof RunRows].map((row) => ({ ...row, runId: failed.id }))],
    ]);
    const rows = Object.fromEntries(moved) as RunRows;
    expect(figure.rows({ ...data, runs: [...data.runs, failed], rows })).toEqual(figure.rows(data));
  });
});

function failedAlone(): ExperimentData {
  const data = madeData();
  return { ...data, runs: data.runs.map((run) => ({ ...run, state: 'failed' as const })) };
}

describe('names', () => {
  const HOSTILE = `<img src=x onerror="alert('1')"> & </text></svg><script>`;

  it.each([
    ['overhead-nodes', 'series'],
    ['saved-total', 'series'],
    ['transmissions-metric', 'metric'],
    ['error-time', 'series'],
    ['convergence-heat', 'series'],
    ['replay', 'node'],
  ])('with markup and quotes stay text in %s', (id, key) => {
    const figure = figureOf(id);
    const made = figure.rows(dataFor(id)).slice(0, 20);
    const rows = made.map((row) => ({ ...row, [key]: HOSTILE, metric: HOSTILE, owner: HOSTILE }));
    const svg = draw(figure, rows);
    expect(svg.querySelectorAll('img, script')).toHaveLength(0);
    expect(svg.outerHTML.replace(/aria-label="[^"]*"/g, '')).not.toMatch(/<img|<script/);
    expect(svg.getAttribute('aria-label') ?? '').toContain(figure.title);
  });
});

describe('an experiment of thousands of windows', () => {
  it('is thinned to lines that a page can hold', () => {
    const windows = Array.from({ length: 5000 }, (_, index) => ({
      runId: 1,
      atMs: index * 1000,
      windowMs: 1000,
      kind: 'lag' as const,
      metric: 'cpu',
      priority: 1,
      count: 1,
      ...{ mean: 1, p50: 1, p95: index, p99: 1, max: 1 },
    }));
    const data = dataOf([madeRun], { ...emptyRows(), samples: windows });
    const rows = figureOf('lag-time').rows(data);
    expect(rows.length).toBeLessThanOrEqual(121);
    expect(rows[0]).toMatchObject({ x: 0, mean: 24.5 });
  });
});
