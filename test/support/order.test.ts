// Files in the order in which two workers begin them.

import { existsSync } from 'node:fs';
import { expect, it } from 'vitest';
import { KNOWN_FILES, orderOf } from './order.ts';

const ordered = (...files: string[]): string[] => orderOf(files, (file) => file);

it('the longest that waits begins with the longest that computes, and short ones come last', () => {
  const files = [
    'test/a.test.ts',
    'test/sim/stories/promises.test.ts',
    'test/sim/stories/stories.test.ts',
    'test/netns/hosts.test.ts',
    'test/e2e/commands.test.ts',
  ];
  const [first, second, ...others] = ordered(...files);
  expect([first, second]).toEqual([
    'test/e2e/commands.test.ts',
    'test/sim/stories/stories.test.ts',
  ]);
  expect(others.sort()).toEqual([
    'test/a.test.ts',
    'test/netns/hosts.test.ts',
    'test/sim/stories/promises.test.ts',
  ]);
});

it('every file begins once, whichever there are', () => {
  for (const files of [[], ['test/a.test.ts'], ['test/netns/hosts.test.ts', 'test/b.test.ts']]) {
    expect(ordered(...files).sort()).toEqual(files.sort());
  }
});

it('every file whose time is known is there', () => {
  expect(KNOWN_FILES.filter((file) => !existsSync(file))).toEqual([]);
});
