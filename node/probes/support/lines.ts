// Reads long text files of the kernel line by line, so that their length costs time and no memory.

import { closeSync, openSync, readSync } from 'node:fs';
import { type FileHandle, open } from 'node:fs/promises';
import { StringDecoder } from 'node:string_decoder';
import { isAbsent, unreadable } from './text.ts';

const CHUNK_BYTES = 16 * 1024;

/** Takes a line without its end; true: it has seen enough. */
export type TakeLine = (line: string) => boolean | undefined;

/** Blocks until `take` has seen enough, or all. Throws an OperatingError when it cannot read. */
export function scanLines(path: string, take: TakeLine): void {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  const split = createSplitter(take);
  let file: number | undefined;
  try {
    file = openSync(path, 'r');
    for (;;) {
      const length = readSync(file, buffer, 0, buffer.length, null);
      if (length === 0 || split(buffer.subarray(0, length))) break;
    }
    split();
  } catch (cause) {
    if (!isAbsent(cause)) throw unreadable(path, cause);
  } finally {
    if (file !== undefined) closeSync(file);
  }
}

export interface Extent {
  readonly bytes: number;
  /** There was more than `maxBytes`. */
  readonly isCut: boolean;
}

/**
 * The same without blocking for longer than a piece takes, up to `maxBytes`. Undefined where this
 * kernel has no such file.
 */
export async function readLines(
  path: string,
  maxBytes: number,
  take: TakeLine,
): Promise<Extent | undefined> {
  const buffer = Buffer.allocUnsafe(CHUNK_BYTES);
  const split = createSplitter(take);
  let file: FileHandle | undefined;
  let bytes = 0;
  try {
    file = await open(path, 'r');
    while (bytes < maxBytes) {
      const { bytesRead } = await file.read(buffer, 0, buffer.length, null);
      bytes += bytesRead;
      if (bytesRead > 0 && !split(buffer.subarray(0, bytesRead))) continue;
      split();
      return { bytes, isCut: false };
    }
    return { bytes, isCut: true };
  } catch (cause) {
    if (isAbsent(cause)) return undefined;
    throw unreadable(path, cause);
  } finally {
    await file?.close();
  }
}

/** Hands on whole lines of what it is given; without anything it is given the end. */
function createSplitter(take: TakeLine): (chunk?: Buffer) => boolean {
  const decoder = new StringDecoder('utf8');
  let rest = '';
  let isDone = false;
  return (chunk) => {
    if (isDone) return true;
    const text = rest + (chunk === undefined ? decoder.end() : decoder.write(chunk));
    let start = 0;
    for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n', start)) {
      if (take(text.slice(start, end))) isDone = true;
      if (isDone) return true;
      start = end + 1;
    }
    rest = text.slice(start);
    // A last line that has no end was cut, or is all there is: the parser will see.
    if (chunk === undefined && rest !== '') take(rest);
    return false;
  };
}
