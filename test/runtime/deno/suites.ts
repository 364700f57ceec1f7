// Runs suites of this folder's configuration in the real Deno, and tells what came of each test.

import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';
import { DENO } from '../runtimes.ts';

export interface Outcome {
  /** Path of the suite's file. */
  readonly file: string;
  readonly name: string;
  readonly status: string;
  /** Empty for what passed. */
  readonly why: string;
}

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    /** Why the file as a whole failed. */
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[] | null;
    }[];
  }[];
}

const LIMIT_MS = 60_000;
const VITEST = 'node_modules/vitest/vitest.mjs';
const CONFIG = 'test/runtime/deno/vitest.config.ts';

/** Rejects when there is no report at all. */
export async function runUnderDeno(): Promise<Outcome[]> {
  const folder = mkdtempSync(join(tmpdir(), 'priomon-deno-'));
  const file = join(folder, 'report.json');
  const words = ['run', '--config', CONFIG, '--root', '.', '--reporter', 'json'];
  const said = await finish([...words, '--outputFile', file]);
  try {
    return outcomesOf(JSON.parse(readFileSync(file, 'utf8')) as Report);
  } catch (cause) {
    throw new Error(`Deno ran no suite: ${said}`, { cause });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Runs to its end, whatever the exit code: failures stand in the report. */
const finish = (words: readonly string[]): Promise<string> =>
  new Promise((done) => {
    const options = { timeout: LIMIT_MS, env: environment() };
    execFile(DENO, ['run', '--allow-all', VITEST, ...words], options, (_, out, error) =>
      done(`${out}${error}`),
    );
  });

/** Without what this test runner tells its own children. */
const environment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(VITEST|NODE_OPTIONS|TEST$)/.test(name)),
  );

function outcomesOf({ testResults }: Report): Outcome[] {
  return testResults.flatMap(({ name: path, message, assertionResults }) => {
    const file = relative(resolve('.'), path);
    if (assertionResults.length === 0)
      return [{ file, name: 'loads', status: 'failed', why: message }];
    return assertionResults.map(({ fullName: name, status, failureMessages }) => ({
      file,
      name,
      status,
      why: (failureMessages ?? []).join('\n'),
    }));
  });
}
