// Runs the suites of this folder inside workerd, and tells what came of each test.

import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';

export interface Outcome {
  readonly file: string;
  readonly name: string;
  readonly status: string;
  /** Empty for what passed. */
  readonly why: string;
}

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly failureMessages: readonly string[] | null;
    }[];
  }[];
}

const LIMIT_MS = 120_000;
const ROOT = 'test/runtime/workers';

/** Rejects when there is no report at all. */
export async function runInWorkerd(): Promise<Outcome[]> {
  const folder = mkdtempSync(join(tmpdir(), 'priomon-workerd-'));
  const file = join(folder, 'report.json');
  const said = await runVitest(['--reporter', 'json', '--outputFile', file], folder);
  try {
    const { testResults } = JSON.parse(readFileSync(file, 'utf8')) as Report;
    return testResults.flatMap(({ name: path, message, assertionResults }) => {
      const suite = basename(path);
      if (assertionResults.length === 0)
        return [{ file: suite, name: 'loads', status: 'failed', why: message }];
      return assertionResults.map(({ fullName: name, status, failureMessages }) => ({
        ...{ file: suite, name, status },
        why: (failureMessages ?? []).join('\n'),
      }));
    });
  } catch (cause) {
    throw new Error(`workerd ran no suite: ${said}`, { cause });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

/** To its end, whatever the exit code: failures stand in the report. */
const runVitest = (words: readonly string[], folder: string): Promise<string> =>
  new Promise((done) => {
    const env = { ...environment(), XDG_CONFIG_HOME: folder, WRANGLER_SEND_METRICS: 'false' };
    const all = ['node_modules/vitest/vitest.mjs', 'run', '--root', ROOT, ...words];
    execFile(process.execPath, all, { timeout: LIMIT_MS, env }, (_, out, error) =>
      done(`${out}${error}`),
    );
  });

/** Without what this test runner tells its own children. */
const environment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(VITEST|NODE_OPTIONS|TEST$)/.test(name)),
  );
