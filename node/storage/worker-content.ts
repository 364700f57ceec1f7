// What an open database holds, watched by its first page: whether another program has cut it or
// written over it in place.

import { closeSync, openSync, readSync, statSync } from 'node:fs';

/** Of a file's first page: https://sqlite.org/fileformat.html#the_database_header */
interface Header {
  readonly pageBytes: number;
  readonly pages: number;
  /** Raised with each change of the tables, and by whatever copies a database by SQL. */
  readonly cookie: number;
  /** `user_version`: raised with each transaction of ours. */
  readonly mark: number;
}

export interface ContentWatch {
  /** `cookie`: also that of the log, which comes into the file with the next checkpoint. */
  open(cookie: number): void;
  /** What the file holds now is as it should be. */
  note(cookie: number): void;
  /** `size` is the file's, bytes; `newestMark` the last that our own writing gave out. */
  isOverwritten(size: bigint, newestMark: number): boolean;
  /** Only once the driver has closed the file. */
  close(): void;
}

const HEADER_BYTES = 100;
const MAGIC = 'SQLite format 3\0';

function readHeader(file: number): Header | undefined {
  const buffer = Buffer.alloc(HEADER_BYTES);
  if (
    readSync(file, buffer, 0, HEADER_BYTES, 0) < HEADER_BYTES ||
    buffer.toString('latin1', 0, 16) !== MAGIC
  ) {
    return undefined;
  }
  const units = buffer.readUInt16BE(16);
  return {
    pageBytes: units === 1 ? 65_536 : units,
    pages: buffer.readUInt32BE(28),
    cookie: buffer.readUInt32BE(40),
    mark: buffer.readUInt32BE(60),
  };
}

/**
 * The file stays open here until the driver has closed it: closing it any sooner would take the
 * locks of the whole process away (https://sqlite.org/howtocorrupt.html#posix_close_bug).
 */
export function createContentWatch(path: string): ContentWatch {
  let file: number | undefined;
  let header: Header | undefined;
  let knownSize = 0n;
  let loggedCookie = 0;

  const note = (cookie: number): void => {
    loggedCookie = cookie;
    header = file === undefined ? undefined : readHeader(file);
    knownSize = statSync(path, { bigint: true, throwIfNoEntry: false })?.size ?? 0n;
  };

  return {
    open(cookie) {
      file ??= openSync(path, 'r');
      note(cookie);
    },
    note,
    /**
     * Sound: a mark from the one seen last to the newest given out, for a checkpoint may have come
     * in between, no page missing, and no other file's tables.
     */
    isOverwritten(size, newestMark) {
      if (file === undefined) return false;
      const found = readHeader(file);
      // What is new has its first page in the log alone.
      if (header === undefined && knownSize === size) return false;
      if (found === undefined) return true;
      const isCut = size < knownSize && size < BigInt(found.pages) * BigInt(found.pageBytes);
      const isOther = ![loggedCookie, header?.cookie].includes(found.cookie);
      const isEarlier = found.mark < (header?.mark ?? 0);
      if (isCut || isOther || isEarlier || found.mark > newestMark) return true;
      header = found;
      knownSize = size;
      return false;
    },
    close() {
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}
