// The files that `npm run results` writes and reads; what the disk refuses becomes one sentence.

import { createWriteStream } from 'node:fs';
import { mkdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { printableLines } from '../../core/wire/printable.ts';
import { OperatingError } from '../../errors.ts';

/** One text of V8 holds no more. */
const MAX_IMPORT_BYTES = 500 * 2 ** 20;

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file or folder; check the path',
  EACCES: 'this user may not use it; change its permissions',
  EROFS: 'it is on a read-only disk; choose another path',
  EISDIR: 'it is a folder; name a file',
  ENOTDIR: 'a part of it is a file, not a folder; choose another path',
  EEXIST: 'a file is in its place; choose another path',
  ENOSPC: 'the disk is full; free some space',
};

function refusal(error: unknown, path: string, done: string): OperatingError {
  if (error instanceof OperatingError) return error;
  const { code = '', message } = error as NodeJS.ErrnoException;
  if (code === '') throw error;
  const reason = REASONS[code] ?? message;
  return new OperatingError('results_file', `${path} cannot be ${done}: ${reason}.`, {
    cause: error,
  });
}

/** The whole text, or the file that was there before. */
export async function writeText(path: string, pieces: AsyncIterable<string>): Promise<void> {
  const unfinished = `${path}.part`;
  try {
    await mkdir(dirname(resolve(path)), { recursive: true });
    // Renaming a file onto a folder is refused only after all has been written.
    if ((await stat(path).catch(() => undefined))?.isDirectory()) {
      throw Object.assign(new Error('folder'), { code: 'EISDIR' });
    }
    await pipeline(Readable.from(pieces), createWriteStream(unfinished));
    await rename(unfinished, path);
  } catch (error) {
    await rm(unfinished, { force: true }).catch(() => undefined);
    throw refusal(error, path, 'written');
  }
}

/** A file a table in the folder, which is made if need be. */
export async function writeTables(
  folder: string,
  tables: readonly (readonly [name: string, pieces: AsyncIterable<string>])[],
): Promise<void> {
  for (const [name, pieces] of tables) await writeText(join(folder, `${name}.csv`), pieces);
}

async function* forTerminal(pieces: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const piece of pieces) yield printableLines(piece);
}

/** As it is into a pipe or file; a terminal gets nothing that it would obey. */
export async function printText(pieces: AsyncIterable<string>): Promise<void> {
  const text = process.stdout.isTTY ? forTerminal(pieces) : pieces;
  try {
    await pipeline(Readable.from(text), process.stdout, { end: false });
  } catch (error) {
    // `head` has seen enough.
    const code = error instanceof Error && 'code' in error ? error.code : '';
    if (code !== 'EPIPE' && code !== 'ERR_STREAM_PREMATURE_CLOSE') throw error;
  }
}

export async function readText(path: string): Promise<string> {
  try {
    const { size } = await stat(path);
    if (size <= MAX_IMPORT_BYTES) return await readFile(path, 'utf8');
  } catch (error) {
    throw refusal(error, path, 'read');
  }
  throw new OperatingError(
    'results_file',
    `${path} cannot be read: it is larger than ${MAX_IMPORT_BYTES / 2 ** 20} MiB; copy the ` +
      'database file instead, or export fewer experiments at once.',
  );
}
