// The files of an open database, watched: moved, replaced, cut or overwritten by another program,
// they are no longer what the connection believes, and writing on would be writing into nothing.

import {
  closeSync,
  openSync,
  renameSync,
  rmSync,
  statSync,
  truncateSync,
  writeSync,
} from 'node:fs';
import { dirname } from 'node:path';
import { OperatingError } from '../../errors.ts';
import type { Fault, Place } from '../database/place.ts';
import { databaseName } from '../database/problems.ts';
import { turn } from '../thread/system.ts';
import { createContentWatch } from './content.ts';
import { createVolume, explainFault } from './volume.ts';

/** Which file a path leads to. */
interface Found {
  readonly dev: bigint;
  readonly ino: bigint;
  readonly size: bigint;
}

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

const SENTENCES: Record<Fault, (path: string) => string> = {
  store_gone: (path) =>
    `Database ${path} is not where it was: it was moved or its volume is gone; bring it back, ` +
    'or a new database begins in its place.',
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
 * A reader, `isReader`, which ends before the writer does, never opens the file itself, and does
 * not make it: see `content.ts` for why.
 */
export function createPlace(url: string, isReader = false): Place | undefined {
  if (!url.startsWith('file:')) return undefined;
  const path = databaseName(url);
  const [log, index] = [`${path}-wal`, `${path}-shm`];
  const volume = createVolume(url, dirname(path));
  const content = createContentWatch(path);
  let files: { main: Found; log: Found | undefined; index: Found | undefined } | undefined;

  const isLogGone = (): boolean => {
    if (files === undefined) return false;
    const now = { log: find(log), index: find(index) };
    const isGone = (before: Found | undefined, after: Found | undefined): boolean =>
      before !== undefined && !isSame(before, after);
    if (isGone(files.log, now.log) || isGone(files.index, now.index)) return true;
    files = { ...files, log: now.log, index: now.index };
    return false;
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
      if (!isReader) content.open();
    },
    async check(newest) {
      if (files === undefined) return;
      const main = find(path);
      const isThere = isReader || volume.isSame();
      if (main === undefined || !isThere) throw faultOf('store_gone', path);
      if (!isSame(main, files.main)) throw faultOf('store_replaced', path);
      if (isLogGone()) throw faultOf('store_log_gone', path);
      if (content.isOverwritten(main.size, newest)) throw faultOf('store_overwritten', path);
    },
    accept: async () => content.note(),
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
        await collectClosed();
        content.close();
        files = undefined;
      });
      // A log that outlives its database would be taken for that of the next one there.
      if (before === undefined || isSame(now.main, before.main)) return;
      if (isSame(find(log), before.log)) rmSync(log, { force: true });
      if (isSame(find(index), before.index)) rmSync(index, { force: true });
    },
    explain: (problem) => explainFault(problem, path),
  };
}
