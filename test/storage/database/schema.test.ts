// The tables grow from every older version to the newest, losing nothing; a newer one is refused.

import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createClient } from '@libsql/client';
import { describe, expect, it } from 'vitest';
import type { Identity } from '../../../node/ports.ts';
import { migrate, SCHEMA_VERSION, schemaVersion } from '../../../node/storage/database/migrate.ts';
import {
  hasVersions,
  insertVersion,
  MIGRATIONS,
  SLOT_MS,
  type Statement,
} from '../../../node/storage/database/schema.ts';
import { death, pointsOf, START_MS, sample } from '../../contract/store.ts';
import { freePort } from '../../e2e/support/ports.ts';
import { keep } from '../../support/closing.ts';
import {
  count,
  NEEDS_SQLD,
  newFile,
  openRelayed,
  openStore,
  startSqld,
  temporaryFolder,
  versions,
} from '../support.ts';

const folder = temporaryFolder();

/** A database as an older program left it. */
async function createOlder(version: number): Promise<{ path: string; url: string }> {
  const file = newFile(folder);
  await bringTo(version, file.url);
  return file;
}

async function bringTo(version: number, url: string): Promise<void> {
  const client = createClient({ url });
  for (let step = 0; step < version; step += 1) {
    const statements = (MIGRATIONS[step] ?? []).map((sql) => ({ sql, args: [] }));
    await client.batch([...statements, insertVersion(step + 1, START_MS)], 'write');
  }
  client.close();
}

/** Before facts stood beside it. */
const keepAsThen = ({ id, generation, peers }: Identity): Statement => ({
  sql: 'INSERT INTO identities (id, generation, peers, saved_at_ms) VALUES (?, ?, ?, 0)',
  args: [id, generation, JSON.stringify(peers)],
});

/** As programs of every version but the newest wrote the first sample. */
const olderSample = [
  `INSERT INTO series (id, node, metric, generation, unit, last_slot)
   VALUES (5, 'n1', 'cpu', ${START_MS}, '%', ${START_MS / SLOT_MS})`,
  `INSERT INTO samples (slot, series, version, offset_ms, value)
   VALUES (${START_MS / SLOT_MS}, 5, 1, 1000, 1000)`,
].map((sql) => ({ sql, args: [] }));

const olderVersions = MIGRATIONS.map((_, version) => version);

describe('migration', () => {
  it.each(olderVersions)('from version %i reaches the newest', async (version) => {
    const { url } = await createOlder(version);
    const client = createClient({ url });
    expect(await schemaVersion(client)).toBe(version);
    await migrate(client, url, START_MS);
    expect(await schemaVersion(client)).toBe(SCHEMA_VERSION);

    const found = await client.execute('SELECT version FROM schema_versions ORDER BY version');
    expect(found.rows.map((row) => row.version)).toEqual(olderVersions.map((one) => one + 1));
    client.close();
  });

  it.each(olderVersions.slice(1))('from version %i keeps what was stored', async (version) => {
    const { url } = await createOlder(version);
    const client = createClient({ url });
    const identity = { id: 'n1', generation: 5, peers: ['http://a'] };
    await client.batch([...olderSample, keepAsThen(identity)], 'write');
    client.close();

    const store = await openStore({ url });
    expect(await pointsOf(store)).toMatchObject([{ atMs: START_MS + 1_000, avg: 1 }]);
    expect(await store.loadIdentity('n1')).toEqual(identity);
    store.recordEvents([death()]);
    await store.flush();
    expect(store.health()).toMatchObject({ state: 'ok', writtenRows: 1 });
    await store.close();
  });

  it('happens once when two nodes open a database at the same time', async () => {
    const { url } = newFile(folder);
    const clients = [createClient({ url }), createClient({ url })];
    await Promise.all(clients.map((client) => migrate(client, url, START_MS)));

    for (const client of clients) {
      expect(await schemaVersion(client)).toBe(SCHEMA_VERSION);
      client.close();
    }
  });

  it('leaves no half of a step behind', async () => {
    const { url } = newFile(folder);
    const client = createClient({ url });
    await client.execute('CREATE TABLE samples (somebody TEXT)');

    await expect(migrate(client, url, START_MS)).rejects.toThrow('samples already exists');
    expect((await client.execute(hasVersions())).rows[0]?.found).toBe(0);
    client.close();
  });

  it('refuses a newer version and changes nothing', async () => {
    const { path, url } = await createOlder(SCHEMA_VERSION);
    const client = createClient({ url });
    await client.execute(insertVersion(SCHEMA_VERSION + 1, START_MS));
    client.close();
    const before = readFileSync(path);

    const store = await openStore({ url });
    store.recordSamples([sample(1)]);
    await store.flush();
    expect(store.health()).toMatchObject({ state: 'degraded', queuedRows: 1, writtenRows: 0 });
    expect(store.health().problem).toContain(`${path} has schema version ${SCHEMA_VERSION + 1}`);
    expect(store.health().problem).toContain('update the program');
    await store.close();
    expect(readFileSync(path).equals(before)).toBe(true);
  });
});

describe('migration of a server', NEEDS_SQLD, () => {
  const start = async (): Promise<string> => {
    const port = await freePort();
    return keep(await startSqld(join(folder, `sqld ${port}`), port)).url;
  };

  it.each(olderVersions.slice(1))('from version %i keeps what was stored', async (version) => {
    const url = await start();
    await bringTo(version, url);
    const identity = { id: 'n1', generation: 5, peers: ['http://a'] };
    const client = createClient({ url });
    await client.batch([...olderSample, keepAsThen(identity)], 'write');
    const store = await openRelayed({ url, spool: newFile(folder) });
    expect(await schemaVersion(client)).toBe(SCHEMA_VERSION);
    client.close();
    expect(await store.loadIdentity('n1')).toEqual(identity);
    store.recordSamples([sample(2)]);
    store.recordEvents([death()]);
    await store.flush();
    expect(store.health()).toMatchObject({ state: 'ok', writtenRows: 2 });
    expect(await count(store)).toBe(2);
    await store.close();
  });

  it('happens once when a fleet starts on an empty one', async () => {
    const url = await start();
    const fleet = await Promise.all(
      versions(1, 8).map(() => openRelayed({ url, spool: newFile(folder) })),
    );
    for (const [index, store] of fleet.entries()) store.recordSamples([sample(index)]);
    await Promise.all(fleet.map((store) => store.flush()));
    expect(fleet.map((store) => store.health().state)).toEqual(fleet.map(() => 'ok'));
    for (const store of fleet) await store.close();
  });

  it('of a newer version changes nothing, and rows wait for an update', async () => {
    const url = await start();
    await bringTo(SCHEMA_VERSION, url);
    const client = createClient({ url });
    await client.execute(insertVersion(SCHEMA_VERSION + 1, START_MS));
    const store = await openRelayed({ url, spool: newFile(folder) });
    store.recordSamples([sample(1)]);
    await store.flush();
    expect(store.health()).toMatchObject({ state: 'degraded', spooledRows: 1, writtenRows: 0 });
    expect(store.health().problem).toContain(`has schema version ${SCHEMA_VERSION + 1}, but this`);
    await store.close();
    expect((await client.execute('SELECT * FROM sample_history')).rows).toEqual([]);
    client.close();
  });
});

describe('on disk', () => {
  it('a sample of a fleet of twenty takes less than 28 bytes', async () => {
    const { path, url } = newFile(folder);
    const store = await openStore({ url });
    const rows = 40_000;
    const series = 120;
    for (let first = 0; first < rows; first += 500) {
      const batch = Array.from({ length: 500 }, (_, row) => {
        const count = first + row;
        return sample(Math.floor(count / series) * 3, {
          node: `n${count % 20}`,
          metric: `metric${Math.floor(count / 20) % 6}`,
          value: ((count * 7919) % 1_000) / 10,
          sampledAtMs: START_MS + count * 120,
        });
      });
      store.recordSamples(batch);
      await store.flush();
    }
    await store.close();

    expect(statSync(path).size / rows).toBeLessThan(28);
  });

  it('people read samples by name, unit and full time', async () => {
    const { url } = newFile(folder);
    const store = await openStore({ url });
    store.recordSamples([sample(7, { value: 12.5 })]);
    await store.close();

    const client = createClient({ url });
    const found = await client.execute(
      'SELECT node, metric, generation, unit, version, at_ms, value FROM sample_history',
    );
    expect({ ...found.rows[0] }).toEqual({
      node: 'n1',
      metric: 'cpu',
      generation: START_MS,
      unit: '%',
      version: 7,
      at_ms: START_MS + 7_000,
      value: 12.5,
    });
    client.close();
  });
});

it('an empty file is a database without tables', async () => {
  const { path, url } = newFile(folder);
  writeFileSync(path, '');
  const store = await openStore({ url });
  expect(store.health().state).toBe('ok');
  await store.close();
});
