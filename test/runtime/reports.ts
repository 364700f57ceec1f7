// Vitest run inside another runtime: its environment, and its report as outcomes of single tests.

import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, relative, resolve } from 'node:path';

export interface Outcome {
  /** Path of the suite's file, from the project's root. */
  readonly file: string;
  readonly name: string;
  readonly status: string;
  /** Empty for what passed. */
  readonly why: string;
  /** Of what was skipped, if it told. */
  readonly lacks?: string;
}

interface Report {
  readonly testResults: readonly {
    readonly name: string;
    /** Why the file as a whole failed. */
    readonly message: string;
    readonly assertionResults: readonly {
      readonly fullName: string;
      readonly status: string;
      readonly meta: { readonly lacks?: string };
      readonly failureMessages: readonly string[] | null;
    }[];
  }[];
}

/**
 * `run` gets the words that make Vitest report and a folder for its own use; it resolves with what
 * was printed, whatever the exit code. Rejects when there is no report at all.
 */
export async function outcomesOf(
  runtime: string,
  run: (words: readonly string[], folder: string) => Promise<string>,
): Promise<Outcome[]> {
  const folder = mkdtempSync(join(tmpdir(), 'priomon-suites-'));
  const file = join(folder, 'report.json');
  const said = await run(['--reporter', 'json', '--outputFile', file], folder);
  try {
    return readReport(JSON.parse(readFileSync(file, 'utf8')) as Report);
  } catch (cause) {
    throw new Error(`${runtime} ran no suite: ${said}`, { cause });
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}

function readReport({ testResults }: Report): Outcome[] {
  return testResults.flatMap(({ name: path, message, assertionResults }) => {
    const file = relative(resolve('.'), path);
    if (assertionResults.length === 0)
      return [{ file, name: 'loads', status: 'failed', why: message }];
    return assertionResults.map(({ fullName: name, status, meta, failureMessages }) => ({
      ...{ file, name, status },
      ...meta,
      why: (failureMessages ?? []).join('\n'),
    }));
  });
}

/** Without what this test runner tells its own children. */
export const plainEnvironment = (): NodeJS.ProcessEnv =>
  Object.fromEntries(
    Object.entries(process.env).filter(([name]) => !/^(VITEST|NODE_OPTIONS|TEST$)/.test(name)),
  );
