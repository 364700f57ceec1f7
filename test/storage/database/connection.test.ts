// One connection that several use at once, when the server behind it goes away.

import { type Client, createClient } from '@libsql/client';
import { expect, it } from 'vitest';
import { createConnection } from '../../../node/storage/database/connection.ts';
import { createManualClock } from '../support.ts';

/** As the driver says it of requests that are under way when somebody closes it. */
const CLOSED = 'Client was manually closed';

it('a connection tells each user why it was given up, not that another closed it', async () => {
  let closed = (): void => {};
  const closing = new Promise<void>((resolve) => {
    closed = resolve;
  });
  const inMemory = (): Client => {
    const client = createClient({ url: ':memory:' });
    const { close } = client;
    return Object.assign(client, {
      close: () => {
        close.call(client);
        closed();
      },
    });
  };
  const url = 'http://127.0.0.1:9';
  const connection = createConnection({
    ...{ url, createClient: inMemory, clock: createManualClock() },
  });
  await connection.use(async () => undefined);
  const uses = await Promise.allSettled([
    connection.use(async () => {
      await closing;
      throw new Error(CLOSED);
    }),
    connection.use(() => Promise.reject(new Error('fetch failed'))),
  ]);
  const sentence = `Database server ${url} does not answer; start it or check LIBSQL_URL.`;
  const away = { status: 'rejected', reason: { code: 'store_away', message: sentence } };
  expect(uses).toMatchObject([away, away]);
  await connection.close();
});
