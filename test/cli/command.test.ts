// What a command prints and which exit code it ends with.

import { spawnSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import type { Parsed } from '../../node/cli/arguments.ts';
import { badUsage } from '../../node/cli/arguments.ts';
import { runCommand } from '../../node/cli/command.ts';
import { createPaint } from '../../node/cli/terminal/paint.ts';
import { ConfigError, SETTING_CODES } from '../../node/config/problem.ts';
import { OperatingError } from '../../node/errors.ts';

const RUN: Parsed<string> = { kind: 'run', options: 'x' };

async function outcomeOf(
  parsed: Parsed<string>,
  main: (options: string) => Promise<number | undefined> = async () => undefined,
) {
  const seen = { out: '', error: '', code: 0 };
  await runCommand(() => parsed, main, {
    argv: [],
    out: (text) => {
      seen.out += text;
    },
    error: (text) => {
      seen.error += text;
    },
    exitWith: (code) => {
      seen.code = code;
    },
  });
  return seen;
}

const failWith = (error: Error) => outcomeOf(RUN, () => Promise.reject(error));

describe('runCommand', () => {
  it('runs the command with its options and ends with 0', async () => {
    const got: string[] = [];
    const outcome = await outcomeOf(RUN, async (options) => {
      got.push(options);
      return undefined;
    });
    expect(got).toEqual(['x']);
    expect(outcome).toEqual({ out: '', error: '', code: 0 });
  });

  it('ends with the code that the command returns', async () => {
    expect((await outcomeOf(RUN, async () => 1)).code).toBe(1);
  });

  it('help goes to standard output, code 0', async () => {
    const outcome = await outcomeOf({ kind: 'help', text: 'Usage' });
    expect(outcome).toEqual({ out: 'Usage', error: '', code: 0 });
  });

  it.each([...SETTING_CODES, 'config_invalid', 'bad_usage'])(
    'an impossible input of the user (%s) ends with 2, wherever it was found',
    async (code) => {
      const outcome = await failWith(new OperatingError(code, 'tls.ca is x, but there is none.'));
      expect(outcome).toEqual({ out: '', error: 'tls.ca is x, but there is none.\n', code: 2 });
    },
  );

  it('bad usage is one sentence on standard error, code 2', async () => {
    const outcome = await outcomeOf({ kind: 'usage', message: 'No.' });
    expect(outcome).toEqual({ out: '', error: 'No.\n', code: 2 });
  });

  it('an operating error is its sentence without a stack, code 1', async () => {
    const outcome = await failWith(new OperatingError('port_taken', 'Port 1 is taken.'));
    expect(outcome).toEqual({ out: '', error: 'Port 1 is taken.\n', code: 1 });
  });

  it('a wrong configuration, or usage found late, has code 2', async () => {
    const problems = ['A.', 'B.'].map((message) => ({ setting: 'a', where: 'b', message }));
    expect(await failWith(new ConfigError(problems))).toMatchObject({ error: 'A.\nB.\n', code: 2 });
    expect(await failWith(badUsage('No.'))).toMatchObject({ error: 'No.\n', code: 2 });
  });

  it('a fault of the program is rethrown', async () => {
    await expect(failWith(new TypeError('oops'))).rejects.toThrow(TypeError);
  });
});

it('a command waits for what keeps no process alive, instead of ending in its middle', () => {
  // As a thread's answer, or a timer that lets the process go.
  const program = `
    import { setTimeout } from 'node:timers';
    import { runCommand } from './node/cli/command.ts';
    const later = () => new Promise((resolve) => setTimeout(resolve, 100, 3).unref());
    await runCommand(() => ({ kind: 'run', options: 0 }), later);
  `;
  const words = ['--input-type=module', '--eval', program];
  const { status, stderr } = spawnSync(process.execPath, words, { encoding: 'utf8' });
  expect([status, stderr]).toEqual([3, '']);
});

describe('colours', () => {
  const terminal = { isTTY: true };

  it('are used on a terminal', () => {
    expect(createPaint(terminal, {})('red', 'x')).toBe('\u001b[31mx\u001b[39m');
  });

  it.each([
    ['a pipe', { isTTY: false }, {}],
    ['NO_COLOR', terminal, { NO_COLOR: '1' }],
    ['a dumb terminal', terminal, { TERM: 'dumb' }],
  ])('are not for %s', (_, stream, environment) => {
    const paint = createPaint(stream, environment);
    expect(paint.hasColors).toBe(false);
    expect(paint('red', 'x')).toBe('x');
  });

  it('an empty NO_COLOR asks for nothing', () => {
    expect(createPaint(terminal, { NO_COLOR: '' }).hasColors).toBe(true);
  });
});
