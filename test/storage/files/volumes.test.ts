// Volumes under a store: one that is full, one that is taken away and comes back.

import { spawnSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import type { Store } from '../../../node/ports.ts';
import type { WorkerStoreOptions } from '../../../node/storage/thread/messages.ts';
import { createWorkerStores } from '../../../node/storage/thread/worker.ts';
import { lacking, unless } from '../../support/lacking.ts';
import { count, eventually, FOREVER_MS, temporaryFolder, versions } from '../support.ts';

const folder = temporaryFolder();
const VOLUME_BYTES = 1_048_576;
const DROPPED = ' Rows that waited were dropped.';
const TIMES = { flushMs: 50, maxRetryMs: 100, retentionMs: FOREVER_MS, maxBytes: 100_000_000 };

const run = (program: string, ...args: string[]): boolean =>
  spawnSync(program, args, { stdio: 'ignore' }).status === 0;
const mount = (place: string, options = ''): boolean => {
  mkdirSync(place, { recursive: true });
  return run('mount', '-t', 'tmpfs', '-o', `size=${VOLUME_BYTES}${options}`, 'tmpfs', place);
};
/** Whoever has files open on it keeps them, as with a disk that is pulled out. */
const unmount = (place: string): boolean => run('umount', '--lazy', place);

const probe = join(folder, 'probe');
const canMount = mount(probe) && unmount(probe);
const NEEDS_MOUNTS = lacking(unless(canMount, 'this user may not mount file systems'));

const stores = createWorkerStores({ postMs: 20 });
const volumes: string[] = [];
const newVolume = (name: string, options?: string): string => {
  const place = join(folder, name);
  expect(mount(place, options)).toBe(true);
  volumes.push(place);
  return place;
};
const open = (options: Pick<WorkerStoreOptions, 'url' | 'spool' | 'maxQueuedRows'>) =>
  stores.open({ ...options, ...TIMES });

afterEach(() => {
  for (const place of volumes.splice(0)) unmount(place);
});
afterAll(() => stores.close());

/** Takes all room that is left, and gives it back. */
function fill(place: string): () => void {
  const filler = join(place, 'filler');
  expect(() => writeFileSync(filler, Buffer.alloc(2 * VOLUME_BYTES))).toThrow('ENOSPC');
  return () => rmSync(filler);
}

/** Takes all files that may still be made, and gives them back. */
function useUpFiles(place: string): () => void {
  const made: string[] = [];
  expect(() => {
    for (;;) {
      const path = join(place, `file ${made.length}`);
      writeFileSync(path, '');
      made.push(path);
    }
  }).toThrow('ENOSPC');
  return () => {
    for (const path of made) rmSync(path);
  };
}

function makeReadOnly(place: string): () => void {
  expect(run('mount', '-o', 'remount,ro', place)).toBe(true);
  return () => expect(run('mount', '-o', 'remount,rw', place)).toBe(true);
}

const accounted = (store: Store): number => {
  const { queuedRows, writtenRows, droppedRows } = store.health();
  return queuedRows + writtenRows + droppedRows;
};

describe('a volume that is full', NEEDS_MOUNTS, () => {
  it('stops storing alone, says so, and storing goes on when there is room', async () => {
    const place = newVolume('full');
    const path = join(place, 'n1.db');
    const store = await open({ url: pathToFileURL(path).href });
    await eventually(() => store.health().state === 'ok');
    const free = fill(place);
    store.recordSamples(versions(1, 9_000));
    await eventually(() => store.health().state === 'degraded');
    expect(store.health().problem).toBe(
      `The disk of database ${path} is full; free some space, then storing resumes.`,
    );
    store.recordSamples(versions(9_001, 9_500));
    free();
    await eventually(() => store.health().state === 'ok' && store.health().queuedRows === 0);
    expect(store.health()).toMatchObject({ writtenRows: 9_500, droppedRows: 0 });
    expect(await count(store)).toBe(9_500);
    await store.close();
  });

  it('from the start on is said to be full, and made when there is room', async () => {
    const place = newVolume('full at the start');
    const free = fill(place);
    const path = join(place, 'n1.db');
    const store = await open({ url: pathToFileURL(path).href });
    await eventually(() => store.health().state === 'degraded');
    expect(store.health().problem).toContain(`The disk of database ${path} is full; free some`);
    free();
    await eventually(() => store.health().state === 'ok');
    await store.close();
  });

  it('leaves what a server does not take in memory, bounded and counted', async () => {
    const place = newVolume('full spool');
    const spool = { url: pathToFileURL(join(place, 'n1.spool.db')).href, maxBytes: 10_000_000 };
    const store = await open({ url: 'http://127.0.0.1:9', spool, maxQueuedRows: 5_000 });
    const free = fill(place);
    for (let first = 1; first <= 40_001; first += 2_000) {
      store.recordSamples(versions(first, first + 1_999));
      await eventually(() => store.health().queuedRows + store.health().droppedRows >= first);
    }
    await eventually(() => /is full/.test(store.health().problem ?? ''));
    // Told as well as soon as rows are dropped, which may be now or later.
    expect(store.health().problem?.replace(DROPPED, '')).toBe(
      'Database server http://127.0.0.1:9 does not answer; start it or check LIBSQL_URL. ' +
        `The disk of database ${join(place, 'n1.spool.db')} is full; free some space, then ` +
        'storing resumes. Until then what the server does not take waits in memory alone.',
    );
    await eventually(() => store.health().droppedRows > 0);
    expect(store.health().problem).toContain(DROPPED);
    expect(accounted(store)).toBe(42_000);
    free();
    store.recordSamples(versions(42_001, 42_001));
    await eventually(() => !/is full/.test(store.health().problem ?? ''));
    await eventually(() => store.health().queuedRows === store.health().spooledRows);
    expect(accounted(store)).toBe(42_001);
    await store.close();
  });
});

describe('a start on a volume that takes nothing', NEEDS_MOUNTS, () => {
  /** A database of an earlier run is there, or not. */
  async function prepare(name: string, hasDatabase: boolean, options?: string) {
    const place = newVolume(name, options);
    const path = join(place, 'n1.db');
    const url = pathToFileURL(path).href;
    if (hasDatabase) {
      // With a thread of its own, which takes all that is open with it.
      const run = createWorkerStores({ postMs: 20 });
      const earlier = await run.open({ url, ...TIMES });
      earlier.recordSamples(versions(1, 10));
      await earlier.flush();
      await run.close();
    }
    return { place, path, url };
  }

  const FULL = (path: string): string =>
    `The disk of database ${path} is full; free some space, then storing resumes.`;
  const READ_ONLY = (path: string): string =>
    `The file system of database ${path} is read-only; mount its volume there, or mount it ` +
    'writable, after a check if an error made it so; then storing resumes.';

  const obstacles = [
    { what: 'is full', options: '', obstruct: fill, sentence: FULL },
    {
      ...{ what: 'has no room for another file', options: ',nr_inodes=4' },
      ...{ obstruct: useUpFiles, sentence: FULL },
    },
    { what: 'is read-only', options: '', obstruct: makeReadOnly, sentence: READ_ONLY },
  ];
  const starts = obstacles.flatMap((obstacle) => [
    { ...obstacle, name: `${obstacle.what}, where a database is`, hasDatabase: true },
    { ...obstacle, name: `${obstacle.what}, where none is yet`, hasDatabase: false },
  ]);

  it.each(starts)('that $name, says so, and stores when that is over', async (start) => {
    const { name, hasDatabase, options, obstruct, sentence } = start;
    const { place, path, url } = await prepare(name, hasDatabase, options);
    const mend = obstruct(place);
    const store = await open({ url });
    store.recordSamples(versions(11, 15));
    await eventually(() => store.health().problem !== undefined);
    expect(store.health().problem).toBe(sentence(path));
    mend();
    await eventually(() => store.health().state === 'ok' && store.health().writtenRows === 5);
    expect(await count(store)).toBe(hasDatabase ? 15 : 5);
    await store.close();
  });

  it('names a folder that cannot be made for the same reason', async () => {
    const { place } = await prepare('full of folders', false);
    makeReadOnly(place);
    const store = await open({ url: pathToFileURL(join(place, 'data', 'n1.db')).href });
    expect(store.health().problem).toContain(
      `The file system of data folder ${join(place, 'data')} is read-only; mount its volume`,
    );
    await store.close();
  });
});

describe('a volume that is taken away', NEEDS_MOUNTS, () => {
  it('is missed, nothing is written in its place, and it is found when it is back', async () => {
    const place = newVolume('gone');
    // What lies on the volume outlives its mount, as a disk does.
    const kept = join(folder, 'kept');
    mkdirSync(kept);
    const data = join(place, 'data');
    const store = await open({ url: pathToFileURL(join(data, 'n1.db')).href });
    store.recordSamples(versions(1, 10));
    await eventually(() => store.health().writtenRows === 10);
    expect(run('mount', '--bind', place, kept)).toBe(true);
    volumes.push(kept);

    expect(unmount(place)).toBe(true);
    store.recordSamples(versions(11, 15));
    await eventually(() => /The volume of data folder/.test(store.health().problem ?? ''));
    expect(store.health().problem).toBe(
      `The volume of data folder ${data} is gone; mount it again, then storing resumes.`,
    );
    expect(store.health()).toMatchObject({ queuedRows: 5, droppedRows: 0 });
    expect(readdirSync(place)).toEqual([]);

    expect(run('mount', '--bind', kept, place)).toBe(true);
    await eventually(() => store.health().state === 'ok' && store.health().writtenRows === 15);
    expect(await count(store)).toBe(15);
    expect(existsSync(join(kept, 'data', 'n1.db'))).toBe(true);
    await store.close();
  });
});

describe('a file that is deleted under a store', () => {
  it('is begun anew, and that is told', async () => {
    const place = join(folder, 'deleted');
    const url = pathToFileURL(join(place, 'n1.db')).href;
    const store = await open({ url });
    store.recordSamples(versions(1, 10));
    await eventually(() => store.health().writtenRows === 10);
    rmSync(place, { recursive: true });
    store.recordSamples(versions(11, 15));
    await eventually(() => store.health().state === 'degraded');
    expect(store.health().problem).toBe(
      `Database ${join(place, 'n1.db')} is not where it was: it was moved or its volume is gone; ` +
        'bring it back, or a new database begins in its place.',
    );
    await eventually(() => store.health().writtenRows === 15);
    expect(await count(store)).toBe(5);
    await store.close();
  });
});
