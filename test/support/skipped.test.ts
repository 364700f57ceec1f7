import { execFile } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { plainEnvironment } from '../runtime/reports.ts';

/** Runs one file of `skipping/`, with the reporter of this project. */
function run(file: string, ...words: string[]): Promise<{ code: number; out: string }> {
  const config = 'test/support/skipping/vitest.config.ts';
  const all = ['run', '--config', config, '--root', '.', ...words, `${file}.fixture.ts`];
  const env = { ...plainEnvironment(), NO_COLOR: '1' };
  return new Promise((resolve) => {
    execFile(process.execPath, ['node_modules/vitest/vitest.mjs', ...all], { env }, (error, out) =>
      resolve({ code: Number(error?.code ?? 0), out }),
    );
  });
}

describe.concurrent('the last lines of a run', () => {
  it('name each skipped test under what it lacks, and what shows less', async () => {
    const { code, out } = await run('told');
    expect(code).toBe(0);
    const file = 'test/support/skipping/told.fixture.ts';
    expect(out.trimEnd().split('\n').slice(-10)).toEqual([
      '4 tests skipped:',
      '  only root may do this',
      `    ${file} > a group > has a test`,
      `    ${file} > a group > within > has another`,
      '  there is no ip here',
      `    ${file} > alone`,
      `    ${file} > that finds out itself`,
      '1 test showed less than elsewhere:',
      '  there is no iptables',
      `    ${file} > in a simpler way`,
    ]);
  });

  it('make a run fail that skips without a reason', async () => {
    const { code, out } = await run('silent');
    expect(code).toBe(1);
    expect(out.trimEnd().split('\n').slice(-3)).toEqual([
      '1 test skipped:',
      '  without a reason: give it one, by skip(reason) or test/support/lacking.ts',
      '    test/support/skipping/silent.fixture.ts > without a word',
    ]);
  });

  it('leave out tests that were not asked for by name', async () => {
    const { code, out } = await run('silent', '--testNamePattern', 'that runs');
    expect(code).toBe(0);
    expect(out).not.toContain('without a word');
  });
});
