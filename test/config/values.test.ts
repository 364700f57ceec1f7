// How values may be written.

import * as v from 'valibot';
import { describe, expect, it } from 'vitest';
import { nearestName } from '../../node/config/nearest.ts';
import {
  bytes,
  duration,
  formatDuration,
  integer,
  list,
  readDuration,
  readNumber,
  share,
  toggle,
} from '../../node/config/values.ts';

describe('a duration', () => {
  it.each([
    ['500ms', 500],
    ['2s', 2_000],
    ['1.5s', 1_500],
    ['5m', 300_000],
    ['24h', 86_400_000],
    ['7d', 604_800_000],
    ['1w', 604_800_000],
    ['0.2ms', 0.2],
    [' 2 s ', 2_000],
    [1, 1_000],
    ['0.5', 500],
  ])('%j is %d ms', (written, expected) => {
    expect(readDuration(written)).toBe(expected);
  });

  it.each([
    '',
    's',
    '1h30m',
    '1 week',
    '0x10',
    '1e3',
    '-',
    '-5',
    '-5s',
    null,
    true,
    [],
    {},
    Number.NaN,
  ])('%j is none', (written) => {
    expect(readDuration(written)).toBeUndefined();
  });

  it('is none when no number holds it', () => {
    expect(readDuration(`${'9'.repeat(400)}h`)).toBeUndefined();
  });

  it.each([1, 999, 1_000, 90_000, 3_600_000, 86_400_000, 604_800_000])(
    '%d ms is written so that it reads back',
    (durationMs) => {
      expect(readDuration(formatDuration(durationMs))).toBe(durationMs);
    },
  );

  it('is held to its range, both ends included', () => {
    const value = duration(1_000, 5_000);
    expect(v.parse(value, '1s')).toBe(1_000);
    expect(v.parse(value, '5s')).toBe(5_000);
    expect(v.is(value, '999ms')).toBe(false);
    expect(v.is(value, '5001ms')).toBe(false);
  });
});

describe('numbers', () => {
  it.each([
    ['4KiB', 4_096],
    ['1.5 KiB', 1_536],
    [4096, 4_096],
    ['100b', 100],
  ])('%j are %d bytes', (written, expected) => {
    expect(v.parse(bytes(1, 1e6), written)).toBe(expected);
  });

  it.each(['4KB', '4.5', '1.0001KiB', '', null])('%j are no bytes', (written) => {
    expect(v.is(bytes(1, 1e6), written)).toBe(false);
  });

  it.each([
    ['12.5%', 0.125],
    ['0.125', 0.125],
    [0.5, 0.5],
  ])('%j is the share %d', (written, expected) => {
    expect(v.parse(share(0, 1), written)).toBe(expected);
  });

  it.each(['%', 'x%', '101%', '1.1', '-1%', null])('%j is no share', (written) => {
    expect(v.is(share(0, 1), written)).toBe(false);
  });

  it('whole numbers are never rounded into being', () => {
    expect(v.is(integer(1, 9), '1.5')).toBe(false);
    expect(v.is(integer(1, 9), '')).toBe(false);
    expect(readNumber('9'.repeat(400))).toBeUndefined();
  });
});

describe('switches and lists', () => {
  it.each([
    ...[true, 'true', 'YES', 'on', '1', 1].map((written) => [written, true] as const),
    ...[false, 'false', 'No', 'off', '0', 0].map((written) => [written, false] as const),
  ])('%j switches %j', (written, expected) => {
    expect(v.parse(toggle(), written)).toBe(expected);
  });

  it.each(['constructor', 'toString', '', 2, null])('%j switches nothing', (written) => {
    expect(v.is(toggle(), written)).toBe(false);
  });

  it('lists come from YAML, from one value and from text with commas, without repeats', () => {
    const numbers = list(integer(1, 9));
    expect(v.parse(numbers, [1, 2])).toEqual([1, 2]);
    expect(v.parse(numbers, 3)).toEqual([3]);
    expect(v.parse(numbers, ' 1, 2,,2 ')).toEqual([1, 2]);
    expect(v.parse(numbers, '')).toEqual([]);
    expect(v.is(numbers, '1,10')).toBe(false);
  });
});

describe('the nearest name', () => {
  const names = ['round', 'max_round', 'port', 'join', 'priority'];

  it.each([
    ['ruond', 'round'],
    ['Round', 'round'],
    ['maxround', 'max_round'],
    ['prority', 'priority'],
    ['jion', 'join'],
  ])('of %s is %s', (written, expected) => {
    expect(nearestName(written, names)).toBe(expected);
  });

  it.each(['x', 'id', 'zzzzzz', 'pr', 'p'.repeat(1_000)])('%.20s has none', (written) => {
    expect(nearestName(written, names)).toBeUndefined();
  });
});
