// The log beside a database: it comes into the file by itself, and a reader that keeps it large is
// reported.

import { spawnSync } from 'node:child_process';
import { statSync } from 'node:fs';
import { createClient } from '@libsql/client';
import { describe, expect, it } from 'vitest';
import { createConnection } from '../../../node/storage/database/connection.ts';
import type { Place } from '../../../node/storage/database/place.ts';
import { NODE_SCHEMA, type Schema } from '../../../node/storage/database/schema.ts';
import { createPlace } from '../../../node/storage/files/place.ts';
import { keep } from '../../support/closing.ts';
import {
  createManualClock,
  eventually,
  newFile,
  openStore,
  rowsIn,
  temporaryFolder,
  versions,
} from '../support.ts';

const MEBIBYTE = 2 ** 20;
const folder = temporaryFolder();

/** Another program that begins to read and does not end. */
async function startReader(url: string): Promise<() => Promise<void>> {
  const client = createClient({ url });
  const transaction = await client.transaction('read');
  await transaction.execute('SELECT count(*) FROM samples');
  return async () => {
    await transaction.rollback();
    client.close();
  };
}

describe('a copy of the database file alone', () => {
  it('holds what a quiet node stored, half a minute later', async () => {
    const { path, url } = newFile(folder);
    const clock = createManualClock();
    const store = keep(await openStore({ url, clock, place: createPlace(url) }));
    store.recordSamples(versions(1, 50));
    await store.flush();
    // Nobody writes any more; the node lives on.
    for (let second = 0; second < 40; second += 5) {
      clock.advance(5_000);
      await eventually(() => clock.nextMs() !== undefined);
    }
    await store.flush();
    spawnSync('cp', [path, `${path}.copy`]);
    expect(await rowsIn(`file:${path}.copy`)).toBe(50);
  });

  it('causes no problem when it gets its first tables, nor later', async () => {
    const { url } = newFile(folder);
    const clock = createManualClock();
    const place = createPlace(url);
    const found: string[] = [];
    const check: Place['check'] = async (newest) => {
      await place?.check(newest).catch((error) => found.push(String(error)));
    };
    const watched = place && { ...place, check };
    const store = keep(await openStore({ url, clock, place: watched }));
    for (let second = 1; second <= 120; second += 5) {
      clock.advance(5_000);
      store.recordSamples(versions(second, second + 4));
      await store.flush();
    }
    expect(found).toEqual([]);
    expect(store.health()).toMatchObject({ state: 'ok', writtenRows: 120 });
  });

  it('is brought about once in half a minute, however much is written', async () => {
    const { url } = newFile(folder);
    const clock = createManualClock();
    let checkpoints = 0;
    const counting: typeof createClient = (config) => {
      const client = createClient(config);
      const run = client.executeMultiple.bind(client);
      client.executeMultiple = (sql) => {
        if (sql.includes('wal_checkpoint')) checkpoints += 1;
        return run(sql);
      };
      return client;
    };
    const place = createPlace(url);
    const store = keep(await openStore({ url, clock, place, createClient: counting }));
    for (let second = 1; second <= 300; second += 5) {
      clock.advance(5_000);
      store.recordSamples(versions(second, second + 4));
      await store.flush();
    }
    expect(checkpoints).toBe(10);
  });
});

/** As the program made it that knew no third step of the tables. */
async function makeOlder(url: string): Promise<void> {
  const older: Schema = { ...NODE_SCHEMA, migrations: NODE_SCHEMA.migrations.slice(0, 2) };
  const connection = createConnection({
    ...{ url, createClient, clock: createManualClock(), schema: older },
  });
  await connection.use(async () => undefined);
  await connection.close();
}

describe('the tables that a log brings into the file', () => {
  it.each([
    ['of a new database', async () => undefined],
    ['of a database that was just brought to newer ones', makeOlder],
  ])('%s are no news, and nothing is lost', async (_, prepare) => {
    const { path, url } = newFile(folder);
    await prepare(url);
    const clock = createManualClock();
    const store = keep(await openStore({ url, clock, place: createPlace(url) }));
    const told: unknown[] = [];
    // A flood: some of each run comes into the file at once, the rest of it stays in the log.
    for (let first = 1; first <= 90_000; first += 18_000) {
      store.recordSamples(versions(first, first + 17_999));
      await store.flush();
      told.push(store.health().problem);
    }
    expect(told).toEqual(Array(5).fill(undefined));
    expect(await rowsIn(`file:${path}`)).toBe(90_000);
  });
});

describe('a reader that keeps the log of a small database', () => {
  it('is reported when the log is large, and rows wait before it is larger still', async () => {
    const { path, url } = newFile(folder);
    const clock = createManualClock();
    const options = { clock, place: createPlace(url), busyTimeoutMs: 1, maxBytes: MEBIBYTE };
    const store = keep(await openStore({ url, ...options }));
    store.recordSamples(versions(1, 100));
    await store.flush();
    const end = await startReader(url);

    let version = 101;
    const write = async (): Promise<void> => {
      store.recordSamples(versions(version, version + 9_499));
      version += 9_500;
      await store.flush();
    };
    while (store.health().state === 'ok' && version < 2_000_000) await write();
    expect(store.health().problem).toContain(
      `The log of database ${path} (${path}-wal) is larger than 8 MiB and cannot shrink: another ` +
        'program keeps reading an old state of it; end that program or its transaction.',
    );
    expect(store.health().logBytes).toBeLessThan(12 * MEBIBYTE);
    while (store.health().queuedRows === 0 && version < 4_000_000) await write();
    expect(store.health().problem).toContain('then storing resumes');
    expect(statSync(`${path}-wal`).size).toBeLessThan(20 * MEBIBYTE);

    await end();
    clock.advance(60_000);
    await store.flush();
    await store.flush();
    expect(store.health()).toMatchObject({ state: 'ok', queuedRows: 0, droppedRows: 0 });
    expect(statSync(`${path}-wal`).size).toBeLessThan(4 * MEBIBYTE);
  });
});
