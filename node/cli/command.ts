// Runs a command: the one place of the command line that prints mistakes and sets the exit code.

import { CONFIG_INVALID, ConfigError, SETTING_CODES } from '../config/problem.ts';
import { printable, printableLines } from '../core/wire/printable.ts';
import { OperatingError } from '../errors.ts';
import { BAD_USAGE, type Parser } from './arguments.ts';

/** The part of a process that a command touches; tests hand in another. */
export interface Terminal {
  readonly argv: readonly string[];
  out(text: string): void;
  error(text: string): void;
  exitWith(code: number): void;
}

export const EXIT_FAILED = 1;
export const EXIT_USAGE = 2;

const USER_MISTAKES: ReadonlySet<string> = new Set([BAD_USAGE, CONFIG_INVALID, ...SETTING_CODES]);

/** The longest that timers take is 24 days. */
const LONG_MS = 24 * 3_600_000;

const processTerminal: Terminal = {
  argv: process.argv.slice(2),
  out: (text) => process.stdout.write(text),
  error: (text) => process.stderr.write(text),
  exitWith: (code) => {
    // Not process.exit: what was written may still be on its way.
    process.exitCode = code;
  },
};

/**
 * `main` may return an exit code. An OperatingError becomes one sentence on standard error; any
 * other error is a fault of the program and stays one.
 */
export async function runCommand<Options>(
  parse: Parser<Options>,
  main: (options: Options) => Promise<number | undefined>,
  terminal: Terminal = processTerminal,
): Promise<void> {
  const parsed = parse(terminal.argv);
  if (parsed.kind === 'help') return terminal.out(parsed.text);
  if (parsed.kind === 'usage') {
    terminal.error(`${printable(parsed.message)}\n`);
    return terminal.exitWith(EXIT_USAGE);
  }
  // What a command waits for may be kept alive by nothing, as a thread's answer or a timer that is
  // let go: the runtime would end in the middle of it, with a warning and code 13.
  const alive = setInterval(() => undefined, LONG_MS);
  try {
    const code = await main(parsed.options);
    if (code !== undefined) terminal.exitWith(code);
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
    // Sentences quote what users and peers wrote. A configuration has one a line.
    const isConfig = error instanceof ConfigError;
    const shown = isConfig ? printableLines(error.message) : printable(error.message);
    terminal.error(`${shown}\n`);
    // By its code: an error of another process comes as code and sentence.
    terminal.exitWith(USER_MISTAKES.has(error.code) ? EXIT_USAGE : EXIT_FAILED);
  } finally {
    clearInterval(alive);
  }
}
