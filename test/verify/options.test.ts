// What npm run verify is told, and which trials there are.

import { existsSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parseVerifyArguments } from './options.ts';
import { TRIALS } from './trials.ts';

const parse = (...argv: string[]) => parseVerifyArguments(argv, ['fuzz', 'soak']);

describe('the arguments', () => {
  it('choose trials and a seed', () => {
    expect(parse('--only', 'fuzz,soak', '--seed', '7')).toEqual({
      kind: 'run',
      options: { only: ['fuzz', 'soak'], isList: false, seed: 7 },
    });
    expect(parse()).toEqual({ kind: 'run', options: { only: [], isList: false } });
  });

  it.each([
    [['--only', 'fuz'], 'There is no trial called fuz; there are fuzz, soak.'],
    [['--seed', '-1'], '--seed is -1, but must be a whole number from 0 to 2147483647.'],
    [['--seed', '9999999999'], /^--seed is 9999999999, but must be/],
  ])('%j are refused in a sentence', (argv, message) => {
    expect(parse(...argv)).toEqual({
      kind: 'usage',
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    });
  });
});

it('every trial has its files', () => {
  const files = TRIALS.flatMap((trial) => trial.files);
  expect(files.filter((file) => !existsSync(file))).toEqual([]);
});
