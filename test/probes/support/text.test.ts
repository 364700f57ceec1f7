import { expect, test } from 'vitest';
import { parseCount, readText } from '../../../node/probes/support/text.ts';
import { createMachine } from '../machine.ts';

test('a text longer than the first buffer comes whole, and one beyond the bound not at all', () => {
  const machine = createMachine();
  const long = 'line of a large machine\n'.repeat(10_000);
  machine.write('proc/long', long);
  // Or memory that held the same text before could stand in for what was read.
  machine.write('proc/other', 'y'.repeat(long.length));
  expect(readText(`${machine.roots.proc}/long`)).toBe(long);
  machine.write('proc/endless', 'x'.repeat(5 * 1024 * 1024));
  expect(() => readText(`${machine.roots.proc}/endless`)).toThrow('endless is longer than');
});

test('only the head is read when only the head is asked for', () => {
  const machine = createMachine();
  machine.write('proc/stat', 'cpu  1 2 3 4\n');
  expect(readText(`${machine.roots.proc}/stat`, 5)).toBe('cpu  ');
});

test('a count is digits and nothing else', () => {
  expect(parseCount('18446744073709551615')).toBe(2 ** 64);
  for (const text of ['', '-1', '1.5', '1e9', ' 1', 'NaN', 'Infinity', '9'.repeat(400)]) {
    expect(parseCount(text), text).toBeUndefined();
  }
});
