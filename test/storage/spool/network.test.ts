// Rows on their way to a server over a bad network, and past a file that cannot be had.

import { mkdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { type Client, type Config, createClient } from '@libsql/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createPlace } from '../../../node/storage/files/place.ts';
import { pointsOf } from '../../contract/store.ts';
import { freePort } from '../../e2e/support/ports.ts';
import { keep } from '../../support/closing.ts';
import {
  NEEDS_SQLD,
  newFile,
  openRelayed,
  type SqldServer,
  startSqld,
  temporaryFolder,
  versions,
} from '../support.ts';

const folder = temporaryFolder();
let rowRequests = 0;

const on =
  (node: string) =>
  <Row extends { node: string }>(row: Row): Row => ({ ...row, node });

describe('on the way to the server', NEEDS_SQLD, () => {
  let server: SqldServer;
  beforeAll(async () => {
    server = await startSqld(join(folder, 'network'), await freePort());
  });
  afterAll(() => server.close());

  type Outcome = 'fine' | 'lost' | 'unanswered';

  /** The driver on a network that gives the requests with rows one outcome after another. */
  const over =
    (outcomes: readonly Outcome[], sizes: number[] = []) =>
    (config: Config): Client => {
      const fetchBadly = async (request: Request): Promise<Response> => {
        const body = await request.clone().text();
        sizes.push(body.length);
        const carriesRows = body.includes('INTO samples');
        const outcome = carriesRows ? outcomes[rowRequests++ % outcomes.length] : 'fine';
        if (outcome === 'lost') throw new TypeError('fetch failed');
        const answer = await fetch(request);
        if (outcome === 'fine') return answer;
        await answer.arrayBuffer();
        throw new TypeError('fetch failed');
      };
      return createClient({ ...config, fetch: fetchBadly });
    };

  it('a flush is one request; many rows go in requests of bounded size', async () => {
    const sizes: number[] = [];
    const spool = { ...newFile(folder), createClient };
    const driver = over(['fine'], sizes);
    const store = keep(await openRelayed({ url: server.url, spool, createClient: driver }));
    sizes.length = 0;
    store.recordSamples(versions(1, 50).map((row) => ({ ...row, node: 'few' })));
    await store.flush();
    expect(sizes).toHaveLength(1);

    sizes.length = 0;
    store.recordSamples(versions(1, 9_000).map((row) => ({ ...row, node: 'many' })));
    await store.flush();
    expect(sizes).toHaveLength(5);
    expect(Math.max(...sizes)).toBeLessThan(200_000);
    expect(await pointsOf(store, { node: 'many' })).toHaveLength(9_000);
  });

  it('requests and answers are lost, rows are not: in order, each once', async () => {
    const node = 'shaken';
    // Long away, so that more waits than one request takes; then shaky.
    const away = new Array<Outcome>(10).fill('lost');
    const driver = over([...away, 'fine', 'unanswered', 'fine', 'lost', 'fine', 'fine', 'fine']);
    const spool = { ...newFile(folder), createClient };
    const store = keep(await openRelayed({ url: server.url, spool, createClient: driver }));
    const reader = createClient({ url: server.url });
    const arrived = async (): Promise<{ rows: number; newest: number }> => {
      const sql = `SELECT count(*) AS rows, coalesce(max(version), 0) AS newest
        FROM sample_history WHERE node = '${node}'`;
      const [row] = (await reader.execute(sql)).rows;
      return { rows: Number(row?.rows), newest: Number(row?.newest) };
    };
    let recorded = 0;
    for (let turn = 0; turn < 60; turn += 1) {
      if (turn < 30) store.recordSamples(versions(recorded + 1, recorded + 300).map(on(node)));
      recorded = Math.min(9_000, recorded + 300);
      await store.flush();
      // What has come is always all up to the newest of it.
      const { rows, newest } = await arrived();
      expect(rows).toBe(newest);
      if (turn >= 30 && store.health().queuedRows === 0) break;
    }
    expect(await arrived()).toEqual({ rows: 9_000, newest: 9_000 });
    expect(store.health()).toMatchObject({ writtenRows: 9_000, droppedRows: 0 });
    reader.close();
  });

  it('a file that cannot be had sends rows straight to the server, and is told', async () => {
    const path = join(folder, 'in the way');
    mkdirSync(path);
    const spool = { url: `file:${path}` };
    const store = keep(await openRelayed({ url: server.url, spool }));
    store.recordSamples(versions(1, 3).map(on('straight')));
    await store.saveIdentity({ id: 'straight', generation: 3, peers: [] });
    await store.flush();
    expect(store.health()).toMatchObject({ state: 'degraded', writtenRows: 3, queuedRows: 0 });
    expect(store.health().problem).toMatch(
      /^Database .*in the way cannot be opened; .*\. Until then what the server does not take/,
    );
    expect(await pointsOf(store, { node: 'straight' })).toHaveLength(3);

    rmSync(path, { recursive: true });
    store.recordSamples(versions(4, 4).map(on('straight')));
    await store.flush();
    expect(store.health()).toMatchObject({ state: 'ok', writtenRows: 4 });
  });

  it('a full disk sends rows straight to the server, and is told until rows fit', async () => {
    let isFull = true;
    const driver = (config: Config): Client => {
      const client = createClient(config);
      const batch = client.batch.bind(client);
      client.batch = async (statements, mode) => {
        const isRecord = JSON.stringify(statements).includes('INTO waiting');
        if (isFull && isRecord) throw new Error('SQLITE_FULL: database or disk is full');
        return batch(statements, mode);
      };
      return client;
    };
    const spool = { ...newFile(folder), createClient: driver };
    const store = keep(await openRelayed({ url: server.url, spool }));
    store.recordSamples(versions(1, 3).map(on('full')));
    // The second finds nothing to write, and learns nothing of the disk.
    for (let times = 0; times < 2; times += 1) {
      await store.flush();
      expect(store.health()).toMatchObject({ state: 'degraded', writtenRows: 3, queuedRows: 0 });
      expect(store.health().problem).toContain(`The disk of database ${spool.path} is full; free`);
    }
    isFull = false;
    store.recordSamples(versions(4, 4).map(on('full')));
    await store.flush();
    expect(store.health()).toMatchObject({ state: 'ok', writtenRows: 4 });
  });

  it('a file that is deleted is made anew; rows that came since are not lost', async () => {
    const spool = newFile(folder);
    const place = createPlace(spool.url);
    const store = keep(await openRelayed({ url: server.url, spool: { ...spool, place } }));
    for (const end of ['', '-wal', '-shm']) rmSync(`${spool.path}${end}`, { force: true });
    store.recordSamples(versions(1, 2).map(on('deleted')));
    await store.flush();
    expect(store.health()).toMatchObject({ state: 'degraded', writtenRows: 2, droppedRows: 0 });
    store.recordSamples(versions(3, 3).map(on('deleted')));
    await store.flush();
    expect(store.health()).toMatchObject({ state: 'ok', writtenRows: 3, droppedRows: 0 });
    expect(await pointsOf(store, { node: 'deleted' })).toHaveLength(3);
    expect(statSync(spool.path).size).toBeGreaterThan(0);
  });
});
