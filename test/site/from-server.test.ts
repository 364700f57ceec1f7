// npm run site from a libSQL server, as one that many machines write their experiments to.

import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openResults } from '../../node/storage/results/libsql.ts';
import { freePort } from '../e2e/support/ports.ts';
import { experiment, finishRun } from '../storage/results/rows.ts';
import { createTokens, NEEDS_SQLD, type SqldServer, startSqld } from '../storage/support.ts';
import { runCli } from './support/built-site.ts';

let folder = '';
let server: SqldServer;
const tokens = createTokens();

describe('npm run site -- --db http://…', NEEDS_SQLD, () => {
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'priomon-site-server-'));
    server = await startSqld(join(folder, 'sqld'), await freePort(), tokens.key);
    const authToken = tokens.create({ a: 'rw' });
    const store = await openResults({ url: server.url, authToken, mode: 'write' });
    const id = await store.createExperiment(experiment({ title: 'From afar' }));
    for (const number of [0, 1]) await finishRun(store, id, number);
    await store.endExperiment(id, { state: 'done', endedAtMs: Date.now() });
    await store.close();
  });
  afterAll(async () => {
    await server?.close();
    await rm(folder, { recursive: true, force: true });
  });

  const build = (token: string) =>
    runCli('site.ts', ['--db', server.url, '--out', join(folder, 'site')], {
      LIBSQL_AUTH_TOKEN: token,
    });

  it('names the server that refuses the token, and builds nothing', async () => {
    const { code, error } = await build('wrong');
    expect(code).toBe(1);
    expect(error).toBe(
      `Database server ${server.url} refused the token; check that LIBSQL_AUTH_TOKEN is set, ` +
        'not expired and meant for this database.\n',
    );
    expect(await readdir(folder)).not.toContain('site');
  });

  it('builds the report with a token that may read alone', async () => {
    const { code, out, error } = await build(tokens.create({ a: 'ro' }));
    expect({ code, error }).toEqual({ code: 0, error: '' });
    expect(out).toContain(`The report of 1 experiment from ${server.url} is in`);
    const page = await readFile(join(folder, 'site', 'experiments', '1', 'index.html'), 'utf8');
    expect(page).toContain('From afar');
  });
});
