// What an open database holds, watched by its first page: whether another program has cut it or
// written over it in place.

import { closeSync, openSync, readSync, statSync } from 'node:fs';
import type { Content } from '../database/place.ts';

/** Of a file's first page: https://sqlite.org/fileformat.html#the_database_header */
interface Header extends Content {
  readonly pageBytes: number;
  readonly pages: number;
}

export interface ContentWatch {
  open(): void;
  /** What the file holds now is as it should be. */
  note(): void;
  /** `size` is the file's, bytes; `newest` what its log may bring into it with a checkpoint. */
  isOverwritten(size: bigint, newest: Content): boolean;
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

  const note = (): void => {
    header = file === undefined ? undefined : readHeader(file);
    knownSize = statSync(path, { bigint: true, throwIfNoEntry: false })?.size ?? 0n;
  };

  return {
    open() {
      file ??= openSync(path, 'r');
      note();
    },
    note,
    /**
     * Sound: mark and cookie from those seen last to the newest, for a checkpoint may have come in
     * between, and no page missing. Of a new database, or one that was brought to newer tables,
     * the file has the tables only after the first checkpoint.
     */
    isOverwritten(size, newest) {
      if (file === undefined) return false;
      const found = readHeader(file);
      // What is new has its first page in the log alone.
      if (header === undefined && knownSize === size) return false;
      if (found === undefined) return true;
      const isCut = size < knownSize && size < BigInt(found.pages) * BigInt(found.pageBytes);
      const isEarlier = found.mark < (header?.mark ?? 0) || found.cookie < (header?.cookie ?? 0);
      const isLater = found.mark > newest.mark || found.cookie > newest.cookie;
      if (isCut || isEarlier || isLater) return true;
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
