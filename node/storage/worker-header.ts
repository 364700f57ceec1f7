// The header of an open database file: whether it is still what this node, or another program by
// the rules of SQLite, wrote there.

import { closeSync, openSync, readSync, statSync } from 'node:fs';

/** Which file a path leads to. */
export interface Found {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: bigint;
}

/** At once, as the driver does it: in this thread nobody waits, and it costs a tenth. */
export function find(path: string): Found | undefined {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

/** https://sqlite.org/fileformat.html#the_database_header */
interface Header {
  readonly pageBytes: number;
  readonly pages: number;
  /** Raised with each change of the tables, and by whatever copies a database by SQL. */
  readonly cookie: number;
  /** `user_version`: raised with each transaction of ours. */
  readonly mark: number;
}

const HEADER_BYTES = 100;
const MAGIC = 'SQLite format 3\0';

function readHeader(file: number): Header | undefined {
  const buffer = Buffer.alloc(HEADER_BYTES);
  const isWhole = readSync(file, buffer, 0, HEADER_BYTES, 0) === HEADER_BYTES;
  if (!isWhole || buffer.toString('latin1', 0, 16) !== MAGIC) return undefined;
  const units = buffer.readUInt16BE(16);
  return {
    pageBytes: units === 1 ? 65_536 : units,
    pages: buffer.readUInt32BE(28),
    cookie: buffer.readUInt32BE(40),
    mark: buffer.readUInt32BE(60),
  };
}

export interface HeaderWatch {
  open(): void;
  /** Takes the header as it is now. */
  note(): void;
  /** Whether somebody else wrote this, or cut it. */
  isForeign(size: bigint, newestMark: number): boolean;
  close(): void;
}

/**
 * The file stays open here until the driver has closed it: closing it any sooner would take the
 * locks of the whole process away (https://sqlite.org/howtocorrupt.html#posix_close_bug). So who
 * only reads, and ends before the writer does, never opens it.
 */
export function createHeaderWatch(path: string): HeaderWatch {
  let file: number | undefined;
  let header: Header | undefined;
  let noted = 0n;

  const note = (): void => {
    header = file === undefined ? undefined : readHeader(file);
    noted = find(path)?.size ?? 0n;
  };

  return {
    open() {
      file ??= openSync(path, 'r');
      note();
    },
    note,
    /**
     * Sound: a mark from the one seen last to the newest given out, for a checkpoint may have come
     * in between, no page missing, and no other file's tables.
     */
    isForeign(size, newestMark) {
      if (file === undefined) return false;
      const found = readHeader(file);
      // What is new has its first page in the log alone.
      if (header === undefined && size === noted) return false;
      if (found === undefined) return true;
      const isCut = size < noted && size < BigInt(found.pages) * BigInt(found.pageBytes);
      const isOther = header !== undefined && found.cookie !== header.cookie;
      const isEarlier = found.mark < (header?.mark ?? 0);
      if (isCut || isOther || isEarlier || found.mark > newestMark) return true;
      header = found;
      noted = size;
      return false;
    },
    close() {
      if (file !== undefined) closeSync(file);
      file = undefined;
    },
  };
}
