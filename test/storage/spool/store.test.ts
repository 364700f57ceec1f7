// The store on a server: what waits, for how long, in which order, and what anybody sees of it.

import { statSync } from 'node:fs';
import { join } from 'node:path';
import { type Client, type Config, createClient } from '@libsql/client';
import { describe, expect, it } from 'vitest';
import { death, everything, pointsOf, sample, told } from '../../contract/store.ts';
import { freePort } from '../../e2e/support/ports.ts';
import { keep } from '../../support/closing.ts';
import {
  createManualClock,
  createTokens,
  eventually,
  NEEDS_SQLD,
  newFile,
  openRelayed,
  type SqldServer,
  startSqld,
  temporaryFolder,
  versions,
} from '../support.ts';

const folder = temporaryFolder();

const start = async (place: string, port: number, key?: string): Promise<SqldServer> =>
  keep(await startSqld(place, port, key));

/** A server that can be started later, and again with what it had. */
async function newServer() {
  const port = await freePort();
  const place = join(folder, `server ${port}`);
  const url = `http://127.0.0.1:${port}`;
  return { url, start: (key?: string) => start(place, port, key) };
}

/** Versions that the server holds, oldest first. */
async function held(url: string): Promise<number[]> {
  const client = createClient({ url });
  const found = await client.execute('SELECT version FROM sample_history ORDER BY version');
  client.close();
  return found.rows.map((row) => Number(row.version));
}

const eventsOn = async (url: string): Promise<string[]> => {
  const client = createClient({ url });
  const found = await client.execute(
    `SELECT status || ' ' || node AS said FROM events
     UNION SELECT change || ' ' || key || ' ' || value FROM fact_changes ORDER BY said`,
  );
  client.close();
  return found.rows.map(({ said }) => String(said));
};

const numbers = (first: number, last: number): number[] =>
  versions(first, last).map(({ version }) => version);

const AWAY = 'does not answer; start it or check LIBSQL_URL; rows wait in';

describe('a server that is away', NEEDS_SQLD, () => {
  it('leaves rows and identity in the file, through a restart, until it is there', async () => {
    const server = await newServer();
    const spool = newFile(folder);
    const first = await openRelayed({ url: server.url, spool });
    const facts = [{ key: 'note', value: '1', priority: 7 }];
    const identity = { id: 'n1', generation: 9, peers: ['http://a'], facts };
    await first.saveIdentity(identity);
    first.recordSamples(versions(1, 5));
    await first.flush();
    expect(first.health()).toMatchObject({ state: 'degraded', queuedRows: 5, spooledRows: 5 });
    expect(first.health().problem).toBe(
      `Database server ${server.url} ${AWAY} ${spool.path}, history is read there.`,
    );
    first.recordSamples(versions(6, 7));
    first.recordEvents([told(), death()]);
    await first.close();
    expect(first.health()).toMatchObject({ state: 'off', queuedRows: 9, droppedRows: 0 });

    const clock = createManualClock();
    const again = keep(await openRelayed({ url: server.url, spool, clock }));
    expect(await again.loadIdentity('n1')).toEqual(identity);
    expect(again.health()).toMatchObject({ state: 'degraded', queuedRows: 9, spooledRows: 9 });
    clock.advance(3_000);
    expect(again.health().oldestWaitingMs).toBe(3_000);
    again.recordSamples(versions(8, 8));
    await again.saveIdentity({ ...identity, generation: 10 });

    await server.start();
    clock.advance(30_000);
    await eventually(() => again.health().state === 'ok');
    await again.flush();
    expect(await held(server.url)).toEqual(numbers(1, 8));
    expect(again.health()).toMatchObject({
      ...{ queuedRows: 0, spooledRows: 0, writtenRows: 10, droppedRows: 0, oldestWaitingMs: 0 },
    });
    expect(await eventsOn(server.url)).toEqual(['dead n2', 'told note "é" {"a":1}']);
    // The server knows the identity by now, too: the node may go on elsewhere.
    const elsewhere = keep(await openRelayed({ url: server.url, spool: newFile(folder) }));
    expect(await elsewhere.loadIdentity('n1')).toEqual({ ...identity, generation: 10 });
  });

  it('has history read from the rows that wait, and from none when no row waits', async () => {
    const server = await newServer();
    const store = keep(await openRelayed({ url: server.url, spool: newFile(folder) }));
    await expect(store.history(everything())).rejects.toMatchObject({ code: 'store_away' });
    const other = { node: 'n2', value: 1 / 3 };
    store.recordSamples([...versions(1, 3), sample(2, other), sample(4, { metric: 'load1' })]);
    const there = async (): Promise<unknown[]> => [
      await pointsOf(store),
      await pointsOf(store, { node: 'n1', metric: 'cpu', stepMs: 60_000 }),
      await pointsOf(store, { node: 'n2' }),
      await pointsOf(store, { limit: 2, fromMs: sample(2).sampledAtMs }),
    ];
    const waiting = await there();
    expect(store.health().state).toBe('degraded');
    await server.start();
    await store.flush();
    expect(store.health()).toMatchObject({ state: 'ok', queuedRows: 0 });
    expect(waiting).toEqual(await there());
  });

  it('is asked ever less often, and no sooner for new rows, identities or questions', async () => {
    const clock = createManualClock();
    let calls = 0;
    const counting = (config: Config): Client =>
      createClient({
        ...config,
        fetch: () => {
          calls += 1;
          return Promise.reject(new TypeError('fetch failed'));
        },
      });
    const spool = { ...newFile(folder), createClient };
    const url = 'http://127.0.0.1:9';
    const store = keep(await openRelayed({ url, spool, clock, createClient: counting }));
    const tried = [calls];
    for (let second = 1; second <= 120; second += 1) {
      store.recordSamples(versions(second, second));
      if (second % 30 === 0) {
        await store.saveIdentity({ id: 'n1', generation: second, peers: [] });
        await store.history(everything());
      }
      clock.advance(1_000);
      // Timers that are due again have run.
      await new Promise((resolve) => setImmediate(resolve));
      await eventually(() => clock.pending() === 2);
      if (calls > (tried.at(-1) ?? 0)) tried.push(calls);
    }
    expect(tried).toEqual([1, 2, 3, 4, 5, 6]);
  });

  it('finds every commit to the file synced, and the file empty once all has arrived', async () => {
    const server = await newServer();
    const clients: Client[] = [];
    const driver = (config: Config): Client => {
      const client = createClient(config);
      clients.push(client);
      return client;
    };
    const spool = { ...newFile(folder), createClient: driver };
    const store = keep(await openRelayed({ url: server.url, spool }));
    store.recordSamples(versions(1, 3));
    await store.flush();
    const ask = async (sql: string): Promise<unknown> =>
      (await clients[0]?.execute(sql))?.rows[0]?.[0];
    // 2 is FULL.
    expect(await ask('PRAGMA synchronous')).toBe(2);
    expect(await ask('SELECT sum(row_count) FROM waiting')).toBe(3);
    await server.start();
    await store.flush();
    store.recordSamples(versions(4, 4));
    await store.flush();
    expect(await ask('SELECT sum(row_count) FROM waiting')).toBe(1);
    await store.close();
    const left = createClient({ url: spool.url });
    expect((await left.execute('SELECT * FROM waiting')).rows).toEqual([]);
    left.close();
  });

  it('drops the oldest once the file is full, and says so', async () => {
    const server = await newServer();
    const spool = { ...newFile(folder), maxBytes: 200_000 };
    const store = keep(await openRelayed({ url: server.url, spool }));
    for (let first = 1; first <= 9_001; first += 100) {
      store.recordSamples(versions(first, first + 99));
      await store.flush();
    }
    const { queuedRows, droppedRows, problem } = store.health();
    expect(queuedRows + droppedRows).toBe(9_100);
    expect(droppedRows).toBeGreaterThan(1_000);
    expect(queuedRows).toBeGreaterThan(1_000);
    expect(problem).toContain(`${AWAY} ${spool.path}, which is full: the oldest are dropped.`);
    expect(statSync(spool.path).size).toBeLessThanOrEqual(200_000 + 8_192);

    await server.start();
    await store.flush();
    expect(await held(server.url)).toEqual(numbers(droppedRows + 1, 9_100));
    expect(store.health()).toMatchObject({ state: 'ok', writtenRows: queuedRows, droppedRows });
  });
});

describe('a record of the spool that was damaged on its disk', NEEDS_SQLD, () => {
  it('is counted as lost, and holds up none of those that follow', async () => {
    const server = await newServer();
    const spool = newFile(folder);
    const before = await openRelayed({ url: server.url, spool });
    before.recordSamples(versions(1, 3));
    await before.flush();
    before.recordSamples(versions(4, 6));
    await before.flush();
    await before.close();
    const file = createClient({ url: spool.url });
    await file.execute("UPDATE waiting SET samples = replace(samples, '[', '(') WHERE id = 1");
    file.close();
    await server.start();
    const store = keep(await openRelayed({ url: server.url, spool }));
    await eventually(() => store.health().queuedRows === 0);
    expect(await held(server.url)).toEqual(numbers(4, 6));
    expect(store.health()).toMatchObject({ state: 'ok', writtenRows: 3, droppedRows: 3 });
  });
});

describe('a server that refuses the token', NEEDS_SQLD, () => {
  it('is named, rows wait, and with the right token they arrive', async () => {
    const tokens = createTokens();
    const server = await newServer();
    await server.start(tokens.key);
    const spool = newFile(folder);
    const refused = await openRelayed({ url: server.url, spool, authToken: 'wrong' });
    refused.recordSamples(versions(1, 3));
    await refused.flush();
    expect(refused.health()).toMatchObject({ state: 'degraded', spooledRows: 3 });
    expect(refused.health().problem).toContain(
      `${server.url} refused the token; check that LIBSQL_AUTH_TOKEN is set, not expired and ` +
        `meant for this database; rows wait in ${spool.path}`,
    );
    await refused.close();

    const authToken = tokens.create({ a: 'rw' });
    const store = keep(await openRelayed({ url: server.url, spool, authToken }));
    expect(store.health()).toMatchObject({ state: 'ok', writtenRows: 3, queuedRows: 0 });
  });
});

describe('a server that accepts calls and stays silent', () => {
  it('holds up neither opening nor history nor closing', async () => {
    const silent = (config: Config): Client =>
      createClient({ ...config, fetch: () => new Promise<Response>(() => {}) });
    const clock = createManualClock();
    const spool = { ...newFile(folder), createClient };
    const url = 'http://127.0.0.1:9';
    const opening = openRelayed({ url, spool, createClient: silent, clock });
    await eventually(() => clock.nextMs() === 1_000);
    clock.advance(1_000);
    const store = await opening;
    expect(store.health().problem).toContain('does not answer yet; rows wait in');
    store.recordSamples(versions(1, 4));
    expect(await pointsOf(store)).toHaveLength(4);
    store.recordSamples(versions(5, 5));
    const closing = store.close();
    await eventually(() => store.health().state === 'off');
    clock.advance(10_000);
    await closing;
    expect(store.health()).toMatchObject({ queuedRows: 5, spooledRows: 5, droppedRows: 0 });
  });
});
