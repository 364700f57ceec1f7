// Reads the kernel's text files and the numbers in them. Opening a file anew costs 4 µs more than
// keeping it open, and buys that no descriptor goes stale with its cgroup or adds up over nodes.

import { closeSync, openSync, readSync } from 'node:fs';
import { join } from 'node:path';
import { isOutOfFiles, OperatingError, RAISE_FILES } from '../../errors.ts';

/** Where this machine's files stand; a container that watches its host mounts them elsewhere. */
export interface Roots {
  readonly proc: string;
  readonly sys: string;
  /** Put before every mount point; `/` when the node sees the machine's own tree. */
  readonly files: string;
  /** Whose mounts and interfaces are the machine's, when this process has its own: `1`. */
  readonly process?: string;
}

/** Bounds what one file may cost. */
export const MAX_FILE_BYTES = 4 * 1024 * 1024;

// Shared by all probes: it is only used between two lines of synchronous code.
let buffer = Buffer.allocUnsafe(16 * 1024);

/** What was read of a file ahead, or why it could not be read. */
export type ReadAhead = { readonly text: string } | { readonly cause: unknown };

// Shared in the same way.
let ahead: ReadonlyMap<string, ReadAhead> | undefined;

/** Files that were read ahead are not opened while `work` runs, by their paths. */
export function withReadAhead<Result>(
  texts: ReadonlyMap<string, ReadAhead>,
  work: () => Result,
): Result {
  ahead = texts;
  try {
    return work();
  } finally {
    ahead = undefined;
  }
}

/** Undefined where the file was not read ahead. Throws why it could not be read. */
function textAhead(path: string): string | undefined {
  const known = ahead?.get(path);
  if (known === undefined) return undefined;
  if ('cause' in known) throw known.cause;
  return known.text;
}

/**
 * The text of a file, or of its first `headBytes`; undefined where this kernel has no such file.
 * Throws an OperatingError when the file is there and cannot be read.
 */
export function readText(path: string, headBytes?: number): string | undefined {
  let file: number | undefined;
  try {
    const known = textAhead(path);
    if (known !== undefined) return known.slice(0, headBytes);
    file = openSync(path, 'r');
    const length =
      headBytes === undefined ? fill(file, path) : readSync(file, buffer, 0, headBytes, 0);
    return buffer.toString('utf8', 0, length);
  } catch (cause) {
    if (isAbsent(cause)) return undefined;
    throw unreadable(path, cause);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

/** Whether an error says that this kernel has no such file. */
export function isAbsent(error: unknown): boolean {
  const { code } = error as NodeJS.ErrnoException;
  return code === 'ENOENT' || code === 'ENOTDIR';
}

/** For a file that is there and cannot be read; an OperatingError stays as it is. */
export function unreadable(path: string, cause: unknown): OperatingError {
  if (cause instanceof OperatingError) return cause;
  const code = (cause as NodeJS.ErrnoException).code ?? (cause as Error).message;
  const fix = isOutOfFiles(code) ? RAISE_FILES : (FIXES[code] ?? OTHER_FIX);
  const sentence = `${path} cannot be read (${code}); ${fix}`;
  return new OperatingError('probe_unreadable', sentence, { cause });
}

const PERMIT = 'let the user that runs this node read it';
const FIXES: Readonly<Record<string, string>> = { EACCES: PERMIT, EPERM: PERMIT };
const OTHER_FIX = 'look into the log of the kernel (dmesg)';

/** What can be done without: its value, or the sentence that says why there is none. */
export function attempt<Value>(
  read: () => Value,
): { readonly value: Value } | { readonly problem: string } {
  try {
    return { value: read() };
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
    return { problem: error.message };
  }
}

/**
 * Whether the runtime itself keeps a machine's files closed, whatever their permissions: Deno does
 * so with all of /proc unless it is allowed everything.
 */
export function isForbidden({ proc }: Pick<Roots, 'proc'>): boolean {
  try {
    // Nothing stands in for this one, which might hang.
    closeSync(openSync(join(proc, 'self/mountinfo'), 'r'));
    return false;
  } catch (error) {
    return error instanceof Error && error.name === 'NotCapable';
  }
}

/** The kernel hands out such files in pieces of a page, so one read is not enough. */
function fill(file: number, path: string): number {
  let length = 0;
  for (;;) {
    if (length === buffer.length) grow(path);
    const read = readSync(file, buffer, length, buffer.length - length, null);
    if (read === 0) return length;
    length += read;
  }
}

function grow(path: string): void {
  if (buffer.length >= MAX_FILE_BYTES) {
    throw tooLong(path);
  }
  const larger = Buffer.allocUnsafe(buffer.length * 4);
  buffer.copy(larger);
  buffer = larger;
}

export const tooLong = (path: string): OperatingError =>
  new OperatingError(
    'probe_unreadable',
    `${path} is longer than ${MAX_FILE_BYTES} bytes and is not read; please report it`,
  );

/** A counter or size as the kernel prints it (up to 64 bits); undefined when it is none. */
export function parseCount(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,20}$/.test(text) ? Number(text) : undefined;
}

/** For a file that is there and says something else than its kernel's documentation. */
export function malformed(file: string, expected: string, found: string): OperatingError {
  const start = JSON.stringify(found.slice(0, 40));
  return new OperatingError(
    'probe_malformed',
    `${file} is not understood: expected ${expected}, found ${found === '' ? 'nothing' : start}; ` +
      'please report it with what uname -a prints',
  );
}
