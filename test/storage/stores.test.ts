// Every store passes the same suite: in memory, libSQL on a file, in memory and on a server, and
// libSQL behind the storage thread.

import { join } from 'node:path';
import { createClient } from '@libsql/client';
import { afterAll, beforeAll, describe } from 'vitest';
import { createMemoryStore } from '../../node/storage/database/memory-store.ts';
import { MIGRATIONS } from '../../node/storage/database/schema.ts';
import { createWorkerStores } from '../../node/storage/thread/worker.ts';
import { storeContract } from '../contract/store.ts';
import { freePort } from '../e2e/support/ports.ts';
import {
  NEEDS_SQLD,
  newFile,
  openRelayed,
  openStore,
  type SqldServer,
  startSqld,
  temporaryFolder,
} from './support.ts';

const LIMITS = { retentionMs: 7 * 24 * 3_600_000, maxBytes: 100_000_000 };
const folder = temporaryFolder();
let url = '';

storeContract('memory', { open: async () => createMemoryStore() });

storeContract('libSQL in memory', { open: () => openStore({ url: ':memory:' }) });

storeContract('libSQL file', {
  open() {
    url = newFile(folder).url;
    return openStore({ url });
  },
  reopen: () => openStore({ url }),
});

describe('behind the storage thread', () => {
  const stores = createWorkerStores({ postMs: 20 });
  afterAll(() => stores.close());
  const open = () => stores.open({ url, ...LIMITS, retentionMs: 100 * 365 * 24 * 3_600_000 });

  storeContract('libSQL file in the storage thread', {
    open() {
      url = newFile(folder).url;
      return open();
    },
    reopen: open,
  });
});

describe('with a server', NEEDS_SQLD, () => {
  let server: SqldServer;

  beforeAll(async () => {
    server = await startSqld(join(folder, 'sqld'), await freePort());
  });
  afterAll(() => server?.close());

  async function empty(): Promise<void> {
    const client = createClient({ url: server.url });
    const created = MIGRATIONS.flat()
      .join('\n')
      .matchAll(/CREATE TABLE (\w+)/g);
    const drops = [...created].map(([, table]) => `DROP TABLE IF EXISTS ${table}`).reverse();
    await client.batch(['DROP VIEW IF EXISTS sample_history', ...drops], 'write');
    client.close();
  }

  storeContract('libSQL server', {
    async open() {
      await empty();
      return openStore({ url: server.url });
    },
    reopen: () => openStore({ url: server.url }),
  });

  // Each store is another machine's, with a file of its own.
  const openSpooled = () => openRelayed({ url: server.url, spool: newFile(folder) });
  storeContract('libSQL server, with a file where rows wait for it', {
    async open() {
      await empty();
      return openSpooled();
    },
    reopen: openSpooled,
  });
});
