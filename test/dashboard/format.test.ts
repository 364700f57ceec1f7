import { describe, expect, it } from 'vitest';
import { CPU, NETWORK } from '../../node/config/metrics.ts';
import { levelOf, reachOf } from '../../node/dashboard/fleet.ts';
import { formatAge, formatValue } from '../../node/dashboard/format.ts';
import { reading } from '../http/fixture.ts';

describe('formatValue', () => {
  it.each([
    [42, '%', '42.0 %'],
    [0, 'B/s', '0 B/s'],
    [999, 'B/s', '999 B/s'],
    [1_000, 'B/s', '1.0 kB/s'],
    [999_600, 'B/s', '1.0 MB/s'],
    [1_234_560, 'B/s', '1.2 MB/s'],
    [12_345_600, 'B', '12 MB'],
    [5e18, 'B', '5000 PB'],
    [1_234.567, 'jobs', '1,234.57 jobs'],
    [0.42, '', '0.42 '],
    [0.0042, 's', '0.0042 s'],
    [-0.00125, 'V', '-0.0013 V'],
    [0.04, '%', '0.04 %'],
    [0, '%', '0.0 %'],
  ])('writes %d %s as "%s"', (value, unit, expected) => {
    expect(formatValue(value, unit).join(' ')).toBe(expected);
  });
});

describe('the value of a metric', () => {
  it.each([
    [12.340000000000002, '%', 0.1, '12.3 %'],
    [42, '%', 0.1, '42.0 %'],
    [0.1234, 's', 0.001, '0.123 s'],
    [0.30000000000000004, '', 0.01, '0.3 '],
    [1_234.567, 'jobs', 1, '1,235 jobs'],
    [99.9995, '%', 0.0001, '99.9995 %'],
    [1_234_560, 'B/s', 128, '1.2 MB/s'],
  ])('%d %s in steps of %d is written as "%s"', (value, unit, resolution, expected) => {
    expect(formatValue(value, unit, resolution).join(' ')).toBe(expected);
  });
});

describe('formatAge', () => {
  it.each([
    [0, 'now'],
    [999, 'now'],
    [3_200, '3 s ago'],
    [89_000, '89 s ago'],
    [120_000, '2 min ago'],
    [2 * 3_600_000, '2 h ago'],
    [100 * 86_400_000, '100 d ago'],
  ])('writes %d ms as "%s"', (ageMs, expected) => {
    expect(formatAge(ageMs)).toBe(expected);
  });
});

describe('levels', () => {
  it.each([
    [59.9, 'ok'],
    [60, 'warm'],
    [79.9, 'warm'],
    [80, 'hot'],
  ])('%d %% is %s', (value, level) => {
    expect(levelOf(reading(CPU, value))).toBe(level);
  });

  it('are for shares alone; a rate is drawn beside the largest', () => {
    expect(levelOf(reading(NETWORK, 1e9))).toBe('flat');
    expect(reachOf(reading(NETWORK, 50), 200)).toBe(26);
    expect(reachOf(reading(NETWORK, 0), 0)).toBe(0);
    expect(reachOf(reading(CPU, 0.1), 1)).toBe(2);
    expect(reachOf(reading(CPU, 250), 1)).toBe(100);
  });
});
