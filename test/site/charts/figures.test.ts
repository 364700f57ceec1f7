import { describe, expect, it } from 'vitest';
import type { Figure, View } from '../../../analysis-site/src/charts/figure.ts';
import { FIGURES, SECTIONS } from '../../../analysis-site/src/charts/index.ts';
import { emptyRows } from '../../../analysis-site/src/data/experiments.ts';
import { dataFor } from './grids.ts';
import { draw } from './support.ts';

const PHONE: View = { width: 336 };

const rowsOf = (figure: Figure) => figure.rows(dataFor(figure.id));

/** One element a line, so that a difference shows where it is. */
const lines = (svg: string): string => `${svg.replaceAll('><', '>\n<')}\n`;

describe('the list of figures', () => {
  it('names each once, and each section', () => {
    const ids = FIGURES.map(({ id }) => id);
    expect(new Set(ids).size).toBe(ids.length);
    expect(SECTIONS.every(({ figures }) => figures.length > 0)).toBe(true);
    for (const id of [...ids, ...SECTIONS.map((section) => section.id)]) {
      expect(id).toMatch(/^[a-z]+(-[a-z]+)*$/);
    }
  });
});

describe.each(FIGURES.map((figure) => [figure.id, figure] as const))('%s', (id, figure) => {
  it('looks as recorded', async () => {
    const svg = lines(draw(figure, rowsOf(figure)).outerHTML);
    expect(svg.length).toBeLessThan(40_000);
    await expect(svg).toMatchFileSnapshot(`recorded/${id}.svg`);
  });

  it('is described for readers that cannot see it', () => {
    const rows = rowsOf(figure);
    const svg = draw(figure, rows);
    const caption = figure.caption(rows);
    expect(svg.getAttribute('role')).toBe('img');
    expect(svg.getAttribute('aria-label')).toBe(`${figure.title}. ${caption}`);
    expect(caption).toMatch(/^[A-Z].*\d.*\.$/);
    expect(caption).not.toMatch(/NaN|undefined|Infinity|null/);
  });

  it('gives rows of plain cells for the table and the download', () => {
    const rows = rowsOf(figure);
    const keys = figure.columns.map(({ key }) => key);
    expect(rows.length).toBeGreaterThan(0);
    for (const row of rows) {
      expect(Object.keys(row)).toEqual(expect.arrayContaining(keys));
      for (const cell of Object.values(row)) {
        expect(typeof cell === 'number' ? Number.isFinite(cell) : true).toBe(true);
      }
    }
  });

  it('reads no table but those that it says it needs', () => {
    const data = dataFor(id);
    const needed = Object.fromEntries(figure.needs.map((table) => [table, data.rows[table]]));
    expect(figure.rows({ ...data, rows: { ...emptyRows(), ...needed } })).toEqual(rowsOf(figure));
  });

  it('draws the same twice, and leaves its rows as they are', () => {
    const rows = Object.freeze(rowsOf(figure).map((row) => Object.freeze(row)));
    expect(draw(figure, rows).outerHTML).toBe(draw(figure, rows).outerHTML);
  });

  it('has a legend of all its series, each with a look of its own', () => {
    const rows = rowsOf(figure);
    const legend = figure.legend(rows);
    const looks = legend.map(({ color, dash, symbol }) => `${color} ${dash} ${symbol}`);
    const { seriesKey } = figure.options;
    if (seriesKey === undefined || legend.length === 0) return;
    expect(new Set(looks).size).toBe(legend.length);
    const names = new Set(rows.map((row) => row[seriesKey]));
    expect(legend.map(({ name }) => name)).toEqual(expect.arrayContaining([...names]));
  });

  it('fits a phone', () => {
    const svg = draw(figure, rowsOf(figure), PHONE);
    expect(svg.getAttribute('width')).toBe('336');
    // About 6 px a letter: axis labels stand on one line, from one edge to the other.
    const labels = [...svg.querySelectorAll('[aria-label$="axis label"] text')];
    for (const { textContent } of labels) expect(textContent?.length).toBeLessThanOrEqual(50);
  });

  it('puts the shown series alone', () => {
    const rows = rowsOf(figure);
    const { seriesKey } = figure.options;
    const names = [...new Set(rows.map((row) => `${row[seriesKey ?? '']}`))];
    if (seriesKey === undefined || names.length < 2) return;
    const shown = (chosen: string[]): string =>
      draw(figure, rows, { width: 640, shownSeries: new Set(chosen) }).outerHTML;
    expect(shown(names.slice(0, 1))).not.toBe(draw(figure, rows).outerHTML);
    expect(shown([])).toContain('</svg>');
  });

  it('switches its scale, if it says so', () => {
    if (!figure.options.canSwitchScale) return;
    const rows = rowsOf(figure);
    const [linear, log] = (['linear', 'log'] as const).map(
      (scale) => draw(figure, rows, { width: 640, scale }).outerHTML,
    );
    expect(linear).not.toBe(log);
    expect([linear, log]).toContain(draw(figure, rows).outerHTML);
  });
});
