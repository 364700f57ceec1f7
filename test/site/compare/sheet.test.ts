// The comparison without a page: what can be chosen, how the address says it, what is shown.

import { describe, expect, it } from 'vitest';
import { MOST_PICKED, readChoice, writeChoice } from '../../../analysis-site/src/compare/choice.ts';
import { pack, unpackMeasures } from '../../../analysis-site/src/compare/data.ts';
import { itemsOf, sameRun } from '../../../analysis-site/src/compare/items.ts';
import { sheetOf } from '../../../analysis-site/src/compare/sheet.ts';
import { estimator } from '../../../analysis-site/src/report/points.ts';
import { reportOf } from '../../../analysis-site/src/report/report.ts';
import { madeData } from '../fixtures.ts';

const report = reportOf(madeData({ strategy: ['full', 'priomon'], nodes: [20], repeats: 2 }));
const packed = pack([report]);

describe('the file of the comparison', () => {
  it('holds every measure of every finished run, and gives them back', () => {
    expect(packed.runs).toHaveLength(4);
    const [row] = unpackMeasures(packed);
    const original = report.measures.find(
      ({ runId, name, label }) => runId === row?.runId && name === row.name && label === row.label,
    );
    expect(row?.value).toBe(original?.value);
    expect(unpackMeasures(packed).length).toBe(report.measures.length);
  });

  it('leaves out runs that did not end well', () => {
    const runs = report.runs.map((run) => ({ ...run, state: 'failed' as const }));
    expect(pack([{ ...report, runs }])).toMatchObject({ runs: [], values: [] });
  });
});

describe('what can be chosen', () => {
  const points = itemsOf(packed, 'points');
  const runs = itemsOf(packed, 'runs');

  it('is points, or single runs, by names that say experiment and number', () => {
    expect(points.map(({ name, label }) => [name, label])).toEqual([
      ['1.0', 'full'],
      ['1.2', 'priomon'],
    ]);
    expect(runs.map(({ name }) => name)).toEqual(['1.0', '1.1', '1.2', '1.3']);
    expect(runs[1]?.label).toBe('full, run 2');
  });

  it('keeps the run when points become runs, and the other way round', () => {
    const [, second] = points;
    if (second === undefined) throw new Error('There are two points.');
    expect(sameRun(second, runs)?.name).toBe('1.2');
    const found = runs.find(({ name }) => name === '1.2');
    expect(found && sameRun(found, points)?.name).toBe('1.2');
  });
});

describe('the address', () => {
  const isKnown = (name: string): boolean => /^1\.\d$/.test(name);

  it.each(['', '?pick=1.0,1.2', '?show=runs&pick=1.3&base=1.3', '?show=runs'])(
    '%s is read and written alike',
    (query) => expect(writeChoice(readChoice(query, isKnown))).toBe(query),
  );

  it('leaves out what does not exist, and what is too much', () => {
    expect(readChoice('?pick=9.9,1.0,1.0&base=9.9&show=<b>', isKnown)).toEqual({
      grain: 'points',
      picked: ['1.0'],
    });
    const isRun = (_: string, grain: string): boolean => grain === 'runs';
    expect(readChoice('?pick=1.1', isRun).picked).toEqual([]);
    expect(readChoice('?show=runs&pick=1.1', isRun).picked).toEqual(['1.1']);
    const many = Array.from({ length: 10 }, (_, i) => `1.${i}`).join();
    expect(readChoice(`?pick=${many}`, isKnown).picked).toHaveLength(MOST_PICKED);
  });
});

describe('the sheet', () => {
  const items = itemsOf(packed, 'points');
  const estimateOf = estimator(unpackMeasures(packed));
  const sheet = sheetOf(items, 0, packed.columns, estimateOf);

  it('names what differs, and once what does not', () => {
    expect(sheet.differing).toEqual([{ title: 'strategy', texts: ['full', 'priomon'] }]);
    expect(sheet.shared).toContain('nodes 20');
  });

  it('tells every measure with interval, n and the multiple of the baseline', () => {
    const bytes = sheet.rows.find(({ column }) => column.name === 'wire_bytes');
    expect(bytes?.cells.map(({ factor }) => factor)).toEqual([
      '',
      expect.stringMatching(/^0\.\d+ ×$/),
    ]);
    expect(bytes?.cells[0]).toMatchObject({ count: 'n = 2', text: expect.stringContaining(' ± ') });
    for (const { strip } of bytes?.cells ?? []) {
      expect(strip?.from).toBeLessThanOrEqual(strip?.at ?? 0);
      expect(strip?.at).toBeLessThanOrEqual(strip?.to ?? 0);
    }
  });

  it('is empty when nothing is chosen', () => {
    expect(sheetOf([], 0, packed.columns, estimateOf)).toEqual({
      differing: [],
      shared: [],
      rows: [],
    });
  });
});
