// The files of an open database, watched: moved, replaced, cut or overwritten by another program,
// they are no longer what the connection believes, and writing on would be writing into nothing.

import {
  closeSync,
  openSync,
  readSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { OperatingError } from '../errors.ts';
import type { Fault, Place } from './place.ts';
import { databaseName } from './problems.ts';
import { turn } from './worker-system.ts';
import { createVolume, explainFault } from './worker-volume.ts';

/** Which file a path leads to. */
interface Found {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: bigint;
}

/** Of a file's first page: https://sqlite.org/fileformat.html#the_database_header */
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
/** The part of the log's index that says which frames count: zeroes make it be read anew. */
const INDEX_HEADER_BYTES = 136;

/** At once, as the driver does it: in this thread nobody waits, and it costs a tenth. */
function find(path: string): Found | undefined {
  try {
    return statSync(path, { bigint: true, throwIfNoEntry: false });
  } catch {
    return undefined;
  }
}

const isSame = (a: Found | undefined, b: Found | undefined): boolean =>
  a !== undefined && b !== undefined && a.dev === b.dev && a.ino === b.ino;

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

const SENTENCES: Record<Fault, (path: string) => string> = {
  store_gone: (path) =>
    `Database ${path} is not where it was: it was moved or its volume is gone; bring it back, ` +
    'or storing begins anew in that place.',
  store_replaced: (path) =>
    `Database ${path} was replaced by another file; storing goes on in that one, and what the ` +
    'old one held is not in it.',
  store_log_gone: (path) =>
    `The log of database ${path}, its -wal and -shm files, was taken away while in use; what ` +
    'was in it is written into the database, then storing goes on.',
  store_overwritten: (path) =>
    `Database ${path} was cut or overwritten by another program; storing goes on in what is ` +
    'there now, and what it held before is gone.',
};

const faultOf = (fault: Fault, path: string): OperatingError =>
  new OperatingError(fault, SENTENCES[fault](path));

/** The driver closes a file only when its statements are collected, and these files must be. */
async function collectClosed(): Promise<void> {
  try {
    // Rarely needed, so not loaded before.
    const [{ setFlagsFromString }, { runInNewContext }] = await Promise.all([
      import('node:v8'),
      import('node:vm'),
    ]);
    setFlagsFromString('--expose-gc');
    runInNewContext('gc')();
  } catch {
    // A runtime without such flags collects in its own time; the watch finds what that does.
  }
  await turn();
  await turn();
}

/** While work is done, files of a log that are not ours are elsewhere: a driver deletes by name. */
async function withoutForeign(paths: readonly string[], work: () => Promise<void>): Promise<void> {
  for (const path of paths) renameSync(path, `${path}.kept`);
  try {
    await work();
  } finally {
    for (const path of paths) renameSync(`${path}.kept`, path);
  }
}

/**
 * The file stays open here until the driver has closed it: closing it any sooner would take the
 * locks of the whole process away (https://sqlite.org/howtocorrupt.html#posix_close_bug). So a
 * reader, `isReader`, which ends before the writer does, never opens it; nor does it make the file.
 */
export function createPlace(url: string, isReader = false): Place | undefined {
  if (!url.startsWith('file:')) return undefined;
  const path = databaseName(url);
  const [log, index] = [`${path}-wal`, `${path}-shm`];
  const volume = createVolume(url, dirname(path));
  let files: { main: Found; log: Found | undefined; index: Found | undefined } | undefined;
  let file: number | undefined;
  let header: Header | undefined;
  let size = 0n;

  const isLogGone = (): boolean => {
    if (files === undefined) return false;
    const now = { log: find(log), index: find(index) };
    const isGone = (before: Found | undefined, after: Found | undefined): boolean =>
      before !== undefined && !isSame(before, after);
    if (isGone(files.log, now.log) || isGone(files.index, now.index)) return true;
    files = { ...files, log: now.log, index: now.index };
    return false;
  };

  /**
   * Sound: a mark from the one seen last to the newest given out, for a checkpoint may have come
   * in between, no page missing, and no other file's tables.
   */
  const isOverwritten = (main: Found, newestMark: number): boolean => {
    if (file === undefined) return false;
    const found = readHeader(file);
    // What is new has its first page in the log alone.
    if (header === undefined && size === main.size) return false;
    if (found === undefined) return true;
    const isCut = main.size < size && main.size < BigInt(found.pages) * BigInt(found.pageBytes);
    const isOther = header !== undefined && found.cookie !== header.cookie;
    const isEarlier = found.mark < (header?.mark ?? 0);
    if (isCut || isOther || isEarlier || found.mark > newestMark) return true;
    header = found;
    size = main.size;
    return false;
  };

  const note = (): void => {
    header = file === undefined ? undefined : readHeader(file);
    size = find(path)?.size ?? 0n;
  };

  const letGo = async (): Promise<void> => {
    await collectClosed();
    if (file !== undefined) closeSync(file);
    file = undefined;
    files = undefined;
  };

  return {
    async prepare() {
      if (isReader) {
        if (find(path) === undefined) throw faultOf('store_gone', path);
      } else await volume.prepare();
    },
    async opened() {
      const main = find(path);
      if (main === undefined) return;
      files = { main, log: find(log), index: find(index) };
      if (isReader) return;
      file ??= openSync(path, 'r');
      note();
    },
    async check(newestMark) {
      if (files === undefined) return;
      const main = find(path);
      const isThere = isReader || volume.isSame();
      if (main === undefined || !isThere) throw faultOf('store_gone', path);
      if (!isSame(main, files.main)) throw faultOf('store_replaced', path);
      if (isLogGone()) throw faultOf('store_log_gone', path);
      if (isOverwritten(main, newestMark)) throw faultOf('store_overwritten', path);
    },
    async accept() {
      note();
    },
    logBytes: () => Number(find(log)?.size ?? 0n),
    async discardLog() {
      if (isSame(find(log), files?.log)) truncateSync(log);
      if (!isSame(find(index), files?.index)) return;
      const written = openSync(index, 'r+');
      writeSync(written, Buffer.alloc(INDEX_HEADER_BYTES), 0, INDEX_HEADER_BYTES, 0);
      closeSync(written);
    },
    async leave(close) {
      const before = files;
      const now = { main: find(path), log: find(log), index: find(index) };
      const foreign = [
        ...(now.log !== undefined && !isSame(now.log, before?.log) ? [log] : []),
        ...(now.index !== undefined && !isSame(now.index, before?.index) ? [index] : []),
      ];
      await withoutForeign(before === undefined ? [] : foreign, async () => {
        await close();
        await letGo();
      });
      // A log that outlives its database would be taken for that of the next one there.
      if (before === undefined || isSame(now.main, before.main)) return;
      if (isSame(find(log), before.log)) rmSync(log, { force: true });
      if (isSame(find(index), before.index)) rmSync(index, { force: true });
    },
    explain: (problem) => explainFault(problem, path),
  };
}
