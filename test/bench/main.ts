// npm run bench: all benchmarks one after another, then one table on standard output.

import { writeFile } from 'node:fs/promises';
import { availableParallelism, cpus, loadavg, release, type } from 'node:os';
import { runCommand } from '../../node/cli/command.ts';
import { OperatingError } from '../../node/errors.ts';
import type { Outcome } from './benchmark.ts';
import { benchmarks } from './benchmarks.ts';
import { findNamespace, runIsolated } from './isolation.ts';
import { type BenchOptions, parseBenchArguments } from './options.ts';
import { markdownTable, textTable } from './table.ts';

const CLEAR_LINE = '\r\x1b[K';

async function main(options: BenchOptions): Promise<number> {
  const { only, isQuick, isMarkdown, jsonFile } = options;
  const wanted = benchmarks.filter(({ name }) => only.length === 0 || only.includes(name));
  if (options.isList) {
    for (const { name, title } of wanted) process.stdout.write(`${name.padEnd(14)}${title}\n`);
    return 0;
  }
  const caption = describeMachine(isQuick);
  // Before the measuring, for a path that cannot be written should not cost an hour first.
  if (jsonFile !== undefined) await writeRows(jsonFile, { caption, outcomes: [] });
  const namespace = findNamespace();
  const outcomes: Outcome[] = [];
  const stopped = untilStopped();
  for (const benchmark of wanted) {
    if (stopped.aborted) break;
    progress(`${outcomes.length + 1} of ${wanted.length}: ${benchmark.title} …`);
    outcomes.push(await runIsolated(benchmark, isQuick, namespace, stopped));
  }
  progress('');
  const draw = isMarkdown ? markdownTable : textTable;
  process.stdout.write(draw(outcomes, caption));
  if (jsonFile !== undefined) await writeRows(jsonFile, { caption, outcomes });
  return outcomes.every((outcome) => 'rows' in outcome) ? 0 : 1;
}

/** Ctrl-C ends the present benchmark and shows those before it; a second one ends all at once. */
function untilStopped(): AbortSignal {
  const controller = new AbortController();
  for (const name of ['SIGINT', 'SIGTERM'] as const) process.once(name, () => controller.abort());
  return controller.signal;
}

function describeMachine(isQuick: boolean): string {
  const model = cpus()[0]?.model.trim() ?? 'unknown processor';
  const load = (loadavg()[0] ?? 0).toFixed(2);
  const quick = isQuick ? ' Quick run: too short for its figures to count.' : '';
  return (
    `${availableParallelism()} cores (${model}), ${type()} ${release()}, Node.js ` +
    `${process.version}, load ${load} before the start. Measured: median (least–most).${quick}`
  );
}

/** For who waits at a terminal; nothing of it stays. */
function progress(line: string): void {
  if (process.stderr.isTTY) process.stderr.write(`${CLEAR_LINE}${line}`);
}

async function writeRows(path: string, content: object): Promise<void> {
  try {
    await writeFile(path, `${JSON.stringify(content, null, 2)}\n`);
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error);
    const sentence = `The rows could not be written to ${path}: ${reason}.`;
    throw new OperatingError('bench_file', sentence, { cause: error });
  }
}

const names = benchmarks.map(({ name }) => name);
await runCommand((argv) => parseBenchArguments(argv, names), main);
