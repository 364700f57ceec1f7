// A command: records this machine's own metrics as a trace that experiments replay.
//
//   npm exec -- node node/experiment/workloads/traces/record.ts --seconds 900 --out my-trace.csv
//
// It ends by itself; Ctrl-C ends it early and keeps what was recorded.

import { open } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { printable } from '../../../core/wire/printable.ts';
import { OperatingError } from '../../../errors.ts';
import { systemClock } from '../../../host/process/clock.ts';
import { createMachine } from '../../../host/process/measuring.ts';
import { record } from './recording.ts';

const PERIOD_MS = 1_000;
/** A day, which the reader takes. */
const MAX_SECONDS = 86_400;
const USAGE = 'record.ts --seconds <1 to 86400> --out <file.csv> [--node <name>]';

interface Options {
  readonly seconds: number;
  readonly out: string;
  readonly node: string;
}

/** Throws an OperatingError with the code `bad_usage`. */
function readOptions(): Options {
  const { seconds, out, node } = readArguments();
  if (!/^\d{1,5}$/.test(seconds) || Number(seconds) < 1 || Number(seconds) > MAX_SECONDS) {
    const rule = `must be a whole number from 1 to ${MAX_SECONDS}`;
    throw badUsage(`--seconds is ${seconds || 'missing'}, but ${rule}`);
  }
  if (out === '') throw badUsage('--out is missing; name the file to write');
  if (!/^[\w.-]{1,64}$/.test(node)) {
    throw badUsage(`--node is ${node || 'empty'}, but must be of letters, digits and . _ -`);
  }
  return { seconds: Number(seconds), out, node };
}

function readArguments(): { seconds: string; out: string; node: string } {
  const text = (fallback: string) => ({ type: 'string', default: fallback }) as const;
  try {
    const options = { seconds: text(''), out: text(''), node: text('host') };
    return parseArgs({ options, strict: true }).values;
  } catch (error) {
    const reason = error instanceof Error ? error.message.split('. ')[0] : String(error);
    throw badUsage(`${reason}`);
  }
}

const badUsage = (problem: string) =>
  new OperatingError('bad_usage', `${problem}. Usage: ${USAGE}`);

async function create(path: string) {
  try {
    // Never over an older recording, which nobody can make again.
    return await open(path, 'wx');
  } catch (cause) {
    const exists = cause instanceof Error && 'code' in cause && cause.code === 'EEXIST';
    const reason = exists ? 'exists already' : 'cannot be created';
    const message = `--out ${path} ${reason}; name another file.`;
    throw new OperatingError('trace_file', message, { cause });
  }
}

async function main(): Promise<void> {
  const { seconds, out, node } = readOptions();
  const file = await create(out);
  const stop = new AbortController();
  process.once('SIGINT', () => stop.abort());
  const rows = await record({
    machine: createMachine([]),
    clock: systemClock,
    node,
    count: seconds,
    periodMs: PERIOD_MS,
    write: (lines) => file.appendFile(lines),
    signal: stop.signal,
  }).finally(() => file.close());
  process.stdout.write(`${rows} rows in ${printable(out)}\n`);
}

try {
  await main();
} catch (error) {
  if (!(error instanceof OperatingError)) throw error;
  process.stderr.write(`${printable(error.message)}\n`);
  process.exitCode = error.code === 'bad_usage' ? 2 : 1;
}
