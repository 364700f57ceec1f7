// The libSQL store when the disk, the file or the server lets it down.

import { readFileSync, renameSync, writeFileSync } from 'node:fs';
import { type Client, type Config, createClient } from '@libsql/client';
import { describe, expect, it } from 'vitest';
import { unreadable } from '../../../node/probes/support/text.ts';
import { problemOf } from '../../../node/storage/database/problems.ts';
import { refusalOf } from '../../../node/storage/thread/system.ts';
import { everything, pointsOf, sample } from '../../contract/store.ts';
import { keep } from '../../support/closing.ts';
import {
  count,
  createManualClock,
  eventually,
  newFile,
  openStore,
  temporaryFolder,
  versions,
} from '../support.ts';

const folder = temporaryFolder();

/** The driver, with statements run on each new connection: stages what a disk does. */
const withStatements =
  (...statements: string[]) =>
  (config: Config): Client => {
    const client = createClient(config);
    for (const sql of statements) void client.execute(sql);
    return client;
  };

describe('writing behind', () => {
  it('waits for its time, then writes all in one go', async () => {
    const clock = createManualClock();
    const store = keep(await openStore({ url: ':memory:', clock, flushMs: 5_000 }));
    store.recordSamples(versions(1, 3));
    store.recordSamples(versions(4, 5));
    clock.advance(4_999);
    expect(store.health()).toMatchObject({ queuedRows: 5, writtenRows: 0, oldestWaitingMs: 4_999 });

    clock.advance(1);
    await eventually(() => store.health().writtenRows === 5);
    expect(store.health()).toMatchObject({ queuedRows: 0, oldestWaitingMs: 0 });
    expect(store.health().databaseBytes).toBeGreaterThan(0);
  });

  it('keeps the newest rows when the queue is full and counts the others', async () => {
    const store = keep(await openStore({ url: ':memory:', maxQueuedRows: 3 }));
    store.recordSamples(versions(1, 4));
    store.recordSamples(versions(5, 5));
    expect(store.health()).toMatchObject({ queuedRows: 3, droppedRows: 2 });
    await store.flush();

    const kept = await pointsOf(store);
    expect(kept.map((point) => point.avg)).toEqual([3, 4, 5]);
  });
});

describe('a database locked by another process', () => {
  it('degrades the store, which asks ever less often and recovers by itself', async () => {
    const { path, url } = newFile(folder);
    const clock = createManualClock();
    let connections = 0;
    const counting = (config: Config): Client => {
      connections += 1;
      return createClient(config);
    };
    const times = { flushMs: 5_000, maxRetryMs: 30_000, busyTimeoutMs: 10 };
    const store = keep(await openStore({ url, clock, createClient: counting, ...times }));
    const holder = createClient({ url });
    const lock = await holder.transaction('write');

    store.recordSamples(versions(1, 2));
    await store.saveIdentity({ id: 'n1', generation: 4, peers: [] });
    expect(store.health()).toMatchObject({ state: 'degraded', queuedRows: 2 });
    expect(store.health().problem).toBe(
      `Database ${path} is locked by another process; close it there, then storing resumes.`,
    );
    const pauses: (number | undefined)[] = [];
    for (let attempt = 0; attempt < 4; attempt += 1) {
      const pauseMs = clock.nextMs();
      clock.advance(pauseMs ?? 0);
      await eventually(() => clock.nextMs() !== undefined);
      pauses.push(clock.nextMs());
    }
    expect(pauses).toEqual([20_000, 30_000, 30_000, 30_000]);

    await lock.rollback();
    holder.close();
    clock.advance(30_000);
    await eventually(() => store.health().state === 'ok');
    expect(await count(store)).toBe(2);
    expect(await store.loadIdentity('n1')).toMatchObject({ generation: 4 });
    expect(clock.nextMs()).toBe(5_000);
    // The driver keeps the files of a failed connection open for long; there must be none.
    expect(connections).toBe(1);
  });
});

describe('a connection that fails', () => {
  it('is replaced by a new one, and nothing is lost', async () => {
    const { url } = newFile(folder);
    let connections = 0;
    const failingOnce = (config: Config): Client => {
      connections += 1;
      const client = createClient(config);
      const isFirst = connections === 1;
      const batch = client.batch.bind(client);
      client.batch = async (statements, mode) => {
        if (isFirst && mode === 'write') throw new Error('SQLITE_IOERR: disk I/O error');
        return batch(statements, mode);
      };
      return client;
    };
    await (await openStore({ url })).close();
    const store = keep(await openStore({ url, createClient: failingOnce }));
    expect(store.health().problem).toContain('check the disk and its mount');
    store.recordSamples(versions(1, 2));
    await store.flush();
    expect(store.health()).toMatchObject({ state: 'ok', writtenRows: 2 });
    expect(connections).toBe(2);
  });

  it('does not lose an identity that comes while another is written', async () => {
    let saveSecond = (): void => undefined;
    const slow = (config: Config): Client => {
      const client = createClient(config);
      const batch = client.batch.bind(client);
      client.batch = async (statements, mode) => {
        const done = await batch(statements, mode);
        saveSecond();
        return done;
      };
      return client;
    };
    const { url } = newFile(folder);
    const store = await openStore({ url, createClient: slow });
    saveSecond = () => {
      saveSecond = () => undefined;
      void store.saveIdentity({ id: 'n1', generation: 2, peers: [] });
    };
    await store.saveIdentity({ id: 'n1', generation: 1, peers: [] });
    await store.close();

    const later = keep(await openStore({ url }));
    expect(await later.loadIdentity('n1')).toMatchObject({ generation: 2 });
  });
});

it('a process that may open no more files is told so, by driver and system alike', () => {
  const sentence =
    'Database /data/n1.db cannot be opened; the node has as many files open as it may: raise its ' +
    'limit (ulimit -n, or LimitNOFILE= of its service).';
  const said = new Error('Too many open files (os error 24)');
  expect(problemOf(said, 'file:/data/n1.db').message).toBe(sentence);
  expect(refusalOf('EMFILE', 'database /data/n1.db', said)?.message).toBe(sentence);
  expect(unreadable('/proc/stat', { code: 'EMFILE' }).message).toBe(
    `/proc/stat cannot be read (EMFILE); ${sentence.slice(sentence.indexOf('the node'), -1)}`,
  );
});

describe('a full disk', () => {
  it('keeps what fits, says so, and stores again when there is room', async () => {
    const { path, url } = newFile(folder);
    const limited = withStatements('PRAGMA max_page_count = 24');
    let isFull = true;
    const driver = (config: Config): Client => (isFull ? limited(config) : createClient(config));
    const store = keep(await openStore({ url, createClient: driver, maxQueuedRows: 4_000 }));
    store.recordSamples(versions(1, 4_000));
    await store.flush();
    expect(store.health()).toMatchObject({ state: 'degraded' });
    expect(store.health().problem).toContain(`The disk of database ${path} is full; free some`);
    store.recordSamples(versions(4_001, 4_500));
    await store.flush();
    const { queuedRows, writtenRows, droppedRows } = store.health();
    expect(queuedRows).toBeLessThanOrEqual(4_000);
    expect(queuedRows + writtenRows + droppedRows).toBe(4_500);
    // What was stored before is still there and readable.
    expect(await count(store)).toBe(writtenRows);

    isFull = false;
    const roomy = keep(await openStore({ url }));
    roomy.recordSamples(versions(1, 4_000));
    await roomy.flush();
    expect(roomy.health().state).toBe('ok');
    expect(await count(roomy)).toBeGreaterThanOrEqual(4_000);
  });
});

describe('a file that is no sound database', () => {
  const damages = {
    'is something else': () => 'These are my notes, not a database.\n'.repeat(300),
    'lost its middle': (sound: Buffer) =>
      Buffer.concat([sound.subarray(0, 100), Buffer.alloc(sound.length - 100, 0xa5)]),
  };
  it.each(Object.entries(damages))('that %s is left as it is', async (_, damage) => {
    const { path, url } = newFile(folder);
    const earlier = await openStore({ url });
    earlier.recordSamples(versions(1, 500));
    await earlier.close();
    const damaged = Buffer.from(damage(readFileSync(path)));
    writeFileSync(path, damaged);

    const clock = createManualClock();
    const store = keep(await openStore({ url, clock }));
    expect(await store.loadIdentity('n1')).toBeUndefined();
    store.recordSamples([sample(1)]);
    await store.flush();
    expect(store.health()).toMatchObject({ state: 'degraded', queuedRows: 1 });
    expect(store.health().problem).toContain(`Database ${path} is damaged or no database`);
    expect(store.health().problem).toContain('move it away');
    await expect(store.history(everything())).rejects.toMatchObject({ code: 'store_corrupt' });
    expect(readFileSync(path).equals(damaged)).toBe(true);

    renameSync(path, `${path}.aside`);
    clock.advance(60_000);
    await eventually(() => store.health().state === 'ok');
    expect(await count(store)).toBe(1);
  });
});

describe('a place that cannot be written', () => {
  it('a read-only database stays readable and says what it needs', async () => {
    const { path, url } = newFile(folder);
    const earlier = await openStore({ url });
    earlier.recordSamples(versions(1, 3));
    await earlier.close();

    const readOnly = withStatements('PRAGMA query_only = ON');
    const store = keep(await openStore({ url, createClient: readOnly }));
    store.recordSamples(versions(4, 4));
    await store.flush();
    expect(store.health().problem).toBe(
      `Database ${path} is read-only; give this user the right to write the file.`,
    );
    expect(await count(store)).toBe(3);
  });

  it('a folder in the place of the file is named', async () => {
    const store = keep(await openStore({ url: `file:${folder}` }));
    expect(store.health()).toMatchObject({ state: 'degraded' });
    expect(store.health().problem).toContain(`Database ${folder} cannot be opened`);
  });

  it('an address of an unknown kind is named, with those that are known', async () => {
    const store = keep(await openStore({ url: 'ftp://me:secret@host/db?authToken=secret' }));
    expect(store.health().problem).toContain('"ftp://host/db" is not usable; write file:PATH');
    expect(store.health().problem).not.toContain('secret');
  });
});
