// The bench's own arithmetic and words; what it measures is no test's business.

import { describe, expect, it } from 'vitest';
import type { Outcome, Row } from './benchmark.ts';
import { parseBenchArguments } from './options.ts';
import { RIVALS } from './rivals.ts';
import { median, quantile } from './support/statistics.ts';
import { markdownTable, round, textTable } from './table.ts';

const outcomeOf = (...rows: Row[]): Outcome => ({ name: 'made', seconds: 1, rows });

const lastCells = (outcome: Outcome): string[] => {
  const line = markdownTable([outcome], 'caption').split('\n')[4] ?? '';
  return line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim());
};

describe('order statistics', () => {
  it('take the middle, or the mean of both middles', () => {
    expect(median([9, 1, 5])).toBe(5);
    expect(median([1, 2, 4, 9])).toBe(3);
  });

  it('give the smallest value that the share of all values do not exceed', () => {
    const hundred = Array.from({ length: 100 }, (_, i) => 100 - i);
    expect(quantile(hundred, 0.5)).toBe(50);
    expect(quantile(hundred, 0.99)).toBe(99);
    expect(quantile(hundred, 1)).toBe(100);
  });
});

describe('the table', () => {
  it('says median, least and most, the aim, the rival and how many times less we need', () => {
    const row = { what: 'bytes', values: [300, 100, 200], unit: 'B/s', rival: RIVALS.bytes20 };
    expect(lastCells(outcomeOf({ ...row, aim: 400 }))).toEqual([
      'bytes',
      '200 (100–300) B/s',
      '≤ 400',
      'meets',
      'PrioMon (Python) 10,681 [1]',
      '53.4 ×',
    ]);
  });

  it('marks a figure that misses its aim', () => {
    const cells = lastCells(outcomeOf({ what: 'start', values: [6.1], unit: 's', aim: 6 }));
    expect(cells.slice(1, 4)).toEqual(['6.1 s', '≤ 6', 'misses']);
  });

  it('says what could not be measured, and why', () => {
    const text = textTable([{ name: 'death', seconds: 1, problem: 'nobody died' }], 'caption');
    expect(text).toMatch(/death +could not be measured +failed +\[1\]/);
    expect(text).toContain('[1] nobody died');
  });

  it('says a note once, however many rows share it', () => {
    const row = { what: 'a', values: [1], unit: 's', note: 'by the clock' };
    const text = textTable([outcomeOf(row, { ...row, what: 'b' })], 'caption');
    expect(text.match(/by the clock/g)).toHaveLength(1);
    expect(text).toContain('b [1]');
  });

  it('keeps three digits, and whole numbers whole', () => {
    expect([0.01234, 2.345, 99.96, 10_681.4].map(round)).toEqual([
      '0.0123',
      '2.35',
      '100',
      '10,681',
    ]);
  });
});

describe('the arguments', () => {
  it('name the benchmarks there are when one is unknown', () => {
    expect(parseBenchArguments(['--only', 'start,strat'], ['start', 'cost'])).toEqual({
      kind: 'usage',
      message: 'There is no benchmark called strat; there are start, cost.',
    });
  });
});
