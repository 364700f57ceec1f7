// Runs suites of this folder's configuration in the real Deno, and tells what came of each test.

import { execFile } from 'node:child_process';
import { type Outcome, outcomesOf, plainEnvironment } from '../reports.ts';
import { DENO } from '../runtimes.ts';

const LIMIT_MS = 60_000;
const VITEST = 'node_modules/vitest/vitest.mjs';
const CONFIG = 'test/runtime/deno/vitest.config.ts';

/** Rejects when there is no report at all. */
export const runUnderDeno = (): Promise<Outcome[]> => outcomesOf('Deno', runVitest);

const runVitest = (words: readonly string[]): Promise<string> =>
  new Promise((done) => {
    const options = { timeout: LIMIT_MS, env: plainEnvironment() };
    const all = ['run', '--allow-all', VITEST, 'run', '--config', CONFIG, '--root', '.', ...words];
    execFile(DENO, all, options, (_, out, error) => done(`${out}${error}`));
  });
