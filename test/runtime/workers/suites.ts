// Runs the suites of this folder inside workerd, and tells what came of each test.

import { execFile } from 'node:child_process';
import { type Outcome, outcomesOf, plainEnvironment } from '../reports.ts';

const LIMIT_MS = 120_000;
const VITEST = 'node_modules/vitest/vitest.mjs';
const ROOT = 'test/runtime/workers';

/** Rejects when there is no report at all. */
export const runInWorkerd = (): Promise<Outcome[]> => outcomesOf('workerd', runVitest);

const runVitest = (words: readonly string[], folder: string): Promise<string> =>
  new Promise((done) => {
    const env = { ...plainEnvironment(), XDG_CONFIG_HOME: folder, WRANGLER_SEND_METRICS: 'false' };
    const all = [VITEST, 'run', '--root', ROOT, ...words];
    execFile(process.execPath, all, { timeout: LIMIT_MS, env }, (_, out, error) =>
      done(`${out}${error}`),
    );
  });
