// The libSQL store on a server without a file of its own: away, refusing, silent.

import { join } from 'node:path';
import { type Client, type Config, createClient } from '@libsql/client';
import { describe, expect, it } from 'vitest';
import type { Store } from '../../node/ports.ts';
import { problemOf } from '../../node/storage/database/problems.ts';
import { freePort } from '../e2e/support/ports.ts';
import { keep } from '../support/closing.ts';
import {
  count,
  createManualClock,
  createTokens,
  eventually,
  NEEDS_SQLD,
  openStore,
  startSqld,
  temporaryFolder,
  versions,
} from './support.ts';

const folder = temporaryFolder();

it.each([
  ['SERVER_ERROR: Server returned HTTP status 404', 'Server http://h has no such database; check'],
  [
    'Operation was blocked: SQL write operations are forbidden',
    'blocks reads or writes; its quota',
  ],
  ['HRANA_PROTO_ERROR: Expected array', 'What answers at http://h is no libSQL server; check'],
  ['SERVER_ERROR: Server returned HTTP status 302', 'is no libSQL server; check LIBSQL_URL'],
  ['SERVER_ERROR: Server returned HTTP status 502', 'Database server http://h does not answer;'],
])('what a host answers, "%s", is told in a sentence', (said, sentence) => {
  expect(problemOf(new Error(said), 'http://me:secret@h?authToken=x').message).toContain(sentence);
});

it('a page in the place of a server is told from a damaged file', () => {
  const page = new SyntaxError('Unexpected token < in JSON');
  expect(problemOf(page, 'http://h').message).toContain('What answers at http://h is no libSQL');
  expect(problemOf(page, 'file:/data/n1.db').message).toContain('is damaged or no database');
});

describe('a server', NEEDS_SQLD, () => {
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

    await server.close();
    store.recordSamples(versions(3, 3));
    await store.flush();
    expect(store.health()).toMatchObject({ state: 'degraded', queuedRows: 1 });
    const again = await startSqld(place, port);
    await store.flush();
    expect(await count(store)).toBe(3);
    await store.close();
    await again.close();
  });

  it('that refuses the token is named, and the token is not', async () => {
    const tokens = createTokens();
    const server = await startSqld(join(folder, 'denied'), await freePort(), tokens.key);
    const open = async (authToken: string): Promise<Store> =>
      keep(await openStore({ url: server.url, authToken }));
    for (const refused of ['wrong-token', tokens.create({ a: 'rw', exp: 1 })]) {
      const { problem } = (await open(refused)).health();
      expect(problem).toBe(
        `Database server ${server.url} refused the token; check that LIBSQL_AUTH_TOKEN is set, ` +
          'not expired and meant for this database.',
      );
      expect(problem).not.toContain(refused);
    }
    const reading = await open(tokens.create({ a: 'ro' }));
    expect(reading.health().problem).toContain('does not let this token write; give');
    expect((await open(tokens.create({ a: 'rw' }))).health()).toMatchObject({ state: 'ok' });
    await server.close();
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
