// The libSQL store when the disk, the file or the server lets it down, and how it stays bounded.

import { readFileSync, renameSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { type Client, type Config, createClient } from '@libsql/client';
import { afterEach, describe, expect, it } from 'vitest';
import type { Store } from '../../node/ports.ts';
import { death, everything, START_MS, sample } from '../contract/store.ts';
import {
  createManualClock,
  eventually,
  freePort,
  hasSqld,
  newFile,
  openStore,
  startSqld,
  temporaryFolder,
} from './support.ts';

const folder = temporaryFolder();
const stores: Store[] = [];
const keep = (store: Store): Store => {
  stores.push(store);
  return store;
};
afterEach(async () => {
  for (const store of stores.splice(0)) await store.close();
});

const count = async (store: Store): Promise<number> => (await store.history(everything())).length;

const versions = (first: number, last: number) =>
  Array.from({ length: last - first + 1 }, (_, index) => sample(first + index));

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
    expect(store.health()).toMatchObject({ queuedRows: 5, writtenRows: 0 });

    clock.advance(1);
    await eventually(() => store.health().writtenRows === 5);
    expect(store.health().queuedRows).toBe(0);
    expect(store.health().databaseBytes).toBeGreaterThan(0);
  });

  it('keeps the newest rows when the queue is full and counts the others', async () => {
    const store = keep(await openStore({ url: ':memory:', maxQueuedRows: 3 }));
    store.recordSamples(versions(1, 4));
    store.recordSamples(versions(5, 5));
    expect(store.health()).toMatchObject({ queuedRows: 3, droppedRows: 2 });
    await store.flush();

    const kept = await store.history(everything());
    expect(kept.map((point) => point.avg)).toEqual([3, 4, 5]);
  });
});

describe('a database locked by another process', () => {
  it('degrades the store, which asks ever less often and recovers by itself', async () => {
    const { path, url } = newFile(folder);
    const clock = createManualClock();
    const options = { url, clock, flushMs: 5_000, maxRetryMs: 30_000, busyTimeoutMs: 10 };
    const store = keep(await openStore(options));
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
  });
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

describe('retention', () => {
  it('by age deletes exactly what is older, names and events included', async () => {
    const { url } = newFile(folder);
    const clock = createManualClock();
    const store = keep(await openStore({ url, clock, retentionMs: 3_600_000 }));
    store.recordSamples([
      sample(1, { sampledAtMs: START_MS }),
      sample(2, { sampledAtMs: START_MS + 60_000, node: 'n2' }),
      sample(3, { sampledAtMs: START_MS + 60_001, node: 'n2' }),
    ]);
    store.recordEvents([death(START_MS), death(START_MS + 60_000)]);
    await store.flush();
    expect(await count(store)).toBe(3);

    clock.advance(3_600_000 + 60_000);
    await eventually(() => clock.nextMs() !== undefined);
    store.recordSamples([sample(4, { sampledAtMs: START_MS + 3_660_000, node: 'n3' })]);
    await store.flush();
    const kept = await store.history(everything());
    expect(kept.map((point) => point.avg)).toEqual([2, 3, 4]);
    const client = createClient({ url });
    expect((await client.execute('SELECT at_ms FROM events')).rows).toHaveLength(1);
    client.close();
  });

  it('by age forgets the names of series that have no samples left', async () => {
    const { url } = newFile(folder);
    const clock = createManualClock();
    const store = keep(await openStore({ url, clock, retentionMs: 3_600_000 }));
    store.recordSamples([sample(1)]);
    await store.flush();
    clock.advance(3 * 3_600_000);
    store.recordSamples([sample(2, { node: 'n2', sampledAtMs: clock.wallMs() })]);
    await store.flush();
    clock.advance(60_000);
    await store.flush();

    const client = createClient({ url });
    const found = await client.execute('SELECT node FROM series');
    expect(found.rows.map((row) => row.node)).toEqual(['n2']);
    client.close();
  });

  it('by size keeps the file within its bound, the newest samples in it', async () => {
    const { path, url } = newFile(folder);
    const maxBytes = 400_000;
    const store = keep(await openStore({ url, maxBytes }));
    let largest = 0;
    for (let first = 1; first <= 60_000; first += 2_000) {
      store.recordSamples(versions(first, first + 1_999));
      await store.flush();
      largest = Math.max(largest, store.health().databaseBytes);
    }
    const newest = await store.history(everything({ limit: 1 }));
    const stored = await count(store);
    await store.close();

    expect(largest).toBeLessThanOrEqual(maxBytes);
    expect(statSync(path).size).toBeLessThanOrEqual(maxBytes);
    expect(newest[0]?.avg).toBe(60_000 + 1_999 - (60_000 % 2_000) - 1_999);
    expect(stored).toBeGreaterThan(5_000);
  });
});

describe.runIf(hasSqld)('a server', () => {
  it('that is away degrades the store until it is back', async () => {
    const port = await freePort();
    const url = `http://127.0.0.1:${port}`;
    const clock = createManualClock();
    const store = keep(await openStore({ url, clock }));
    expect(store.health().problem).toBe(
      `Database server ${url} does not answer; start it or check LIBSQL_URL.`,
    );
    expect(await store.loadIdentity('n1')).toBeUndefined();
    store.recordSamples(versions(1, 2));

    const place = join(folder, 'away');
    const server = await startSqld(place, port);
    await eventually(() => clock.nextMs() !== undefined);
    clock.advance(60_000);
    await eventually(() => store.health().state === 'ok');
    expect(await count(store)).toBe(2);

    await server.stop();
    store.recordSamples(versions(3, 3));
    await store.flush();
    expect(store.health()).toMatchObject({ state: 'degraded', queuedRows: 1 });
    const again = await startSqld(place, port);
    await store.flush();
    expect(await count(store)).toBe(3);
    await store.close();
    await again.stop();
  });

  it('that refuses the token is named, and the token is not', async () => {
    const server = await startSqld(join(folder, 'denied'), await freePort(), 'right');
    const store = keep(await openStore({ url: server.url, authToken: 'wrong-token' }));
    expect(store.health().problem).toBe(
      `Database server ${server.url} refused the token; check LIBSQL_AUTH_TOKEN.`,
    );
    await server.stop();
  });

  it('that accepts a call and stays silent is given up', async () => {
    const silent = () => new Promise<Response>(() => {});
    const hanging = (config: Config): Client => createClient({ ...config, fetch: silent });
    const clock = createManualClock();
    const opening = openStore({ url: 'http://127.0.0.1:9', createClient: hanging, clock });
    await eventually(() => clock.nextMs() !== undefined);
    clock.advance(1_000);
    const store = await opening;
    expect(store.health()).toMatchObject({ state: 'degraded' });
    expect(store.health().problem).toContain('does not answer');
  });
});
