// A node that stores on a libSQL server: while that is away, or refuses the token, the node works,
// says what is wrong wherever one looks, and loses nothing, killed or not.

import { join } from 'node:path';
import { createClient } from '@libsql/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HistoryAnswer, MembersAnswer } from '../../node/http/answers/shapes.ts';
import { createTokens, NEEDS_SQLD, type SqldServer, startSqld } from '../storage/support.ts';
import {
  type Command,
  endEverything,
  newFolder,
  run,
  until,
  untilSaid,
} from './support/commands.ts';
import { ask, readyAt } from './support/fleet.ts';
import { freeBasePort } from './support/ports.ts';

const tokens = createTokens();
let data = '';
let url = '';
let serverPort = 0;
let server: SqldServer | undefined;
let node: Command;
let seen: HistoryAnswer['points'] = [];
let generation = 0;

/** The same node again. */
async function start(token: string): Promise<void> {
  const port = new URL(url).port;
  const storage = [
    '--storage-url',
    `http://127.0.0.1:${serverPort}`,
    '--storage-auth-token',
    token,
  ];
  node = run('node', '--id', 'n1', '--port', port, '--data', data, ...storage);
  await until(10_000, () => readyAt(url));
}

async function kill(): Promise<void> {
  process.kill(node.pid, 'SIGKILL');
  await node.ended;
}

const generationNow = async (): Promise<number> =>
  (await ask<MembersAnswer>(`${url}/members`)).members[0]?.generation ?? 0;

const storageProblems = async (): Promise<string> =>
  (await readyAt(url)).checks.storage.problems.join(' ');

describe('a node that stores on a server', NEEDS_SQLD, () => {
  beforeAll(async () => {
    data = await newFolder();
    const base = await freeBasePort(2);
    url = `http://127.0.0.1:${base + 1}`;
    serverPort = base + 2;
  });
  afterAll(async () => {
    await endEverything();
    await server?.close();
  });

  it('works while the server is away, tells so, and answers history from what waits', async () => {
    await start('any');
    generation = await generationNow();
    const answer = await until(10_000, async () => {
      const found = await ask<HistoryAnswer>(`${url}/history?node=n1`);
      expect(found.points.length).toBeGreaterThan(3);
      return found;
    });
    seen = answer.points;
    const sentence =
      `Database server http://127.0.0.1:${serverPort} does not answer; start it or check ` +
      `LIBSQL_URL; rows wait in ${join(data, 'n1.spool.db')}, history is read there.`;
    expect(answer.remark).toBe(sentence);
    const ready = await readyAt(url);
    expect(ready).toMatchObject({
      ready: true,
      checks: { storage: { status: 'degraded', problems: [sentence] } },
      storage: { state: 'degraded', writtenRows: 0, droppedRows: 0 },
    });
    expect(ready.storage.spooledRows).toBeGreaterThanOrEqual(seen.length);
    await untilSaid(node, / error n1: Database server .* does not answer; start it/, 5_000);
    await kill();
  });

  it('killed and started again, it knows its generation; a refused token is named', async () => {
    server = await startSqld(join(data, 'sqld'), serverPort, tokens.key);
    await start('wrong');
    const later = await generationNow();
    expect(later).toBeGreaterThan(generation);
    generation = later;
    expect(await storageProblems()).toContain(
      'refused the token; check that LIBSQL_AUTH_TOKEN is set, not expired and meant for this',
    );
    const { spooledRows } = (await readyAt(url)).storage;
    expect(spooledRows).toBeGreaterThanOrEqual(seen.length);
    await untilSaid(node, / error n1: Database server .* refused the token; check/, 5_000);
    node.interrupt();
    expect(await node.ended).toMatchObject({ code: 0 });
  });

  it('with the right token all arrives, of both runs, each row once', async () => {
    const token = tokens.create({ a: 'rw' });
    await start(token);
    await until(10_000, async () => {
      const { storage, checks } = await readyAt(url);
      expect(checks.storage).toEqual({ status: 'ok', problems: [] });
      expect(storage).toMatchObject({ spooledRows: 0, droppedRows: 0 });
      expect(storage.writtenRows).toBeGreaterThan(seen.length);
    });
    const found = await ask<HistoryAnswer>(`${url}/history?node=n1&limit=10000`);
    expect(found).not.toHaveProperty('remark');
    const stored = found.points.map((point) => JSON.stringify(point));
    expect(stored).toEqual(expect.arrayContaining(seen.map((point) => JSON.stringify(point))));
    expect(new Set(stored).size).toBe(stored.length);

    const client = createClient({ url: `http://127.0.0.1:${serverPort}`, authToken: token });
    const runs = await client.execute('SELECT DISTINCT generation FROM series ORDER BY generation');
    const [identity] = (await client.execute('SELECT * FROM identities')).rows;
    client.close();
    expect(runs.rows.length).toBeGreaterThanOrEqual(2);
    expect(Number(identity?.generation)).toBe(await generationNow());
    node.interrupt();
    expect(await node.ended).toMatchObject({ code: 0 });
  });
});
