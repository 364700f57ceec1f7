// Tells a file that another program overwrote from one that was written by the database's own
// rules alone: each transaction of ours leaves a higher mark in the header of the file.

import type { Client } from '@libsql/client';
import type { Content, Place } from './place.ts';

export interface Marks {
  /** The client to write with. */
  readonly marked: Client;
  /** Rejects with an OperatingError, a Fault, when the files are not what they were. */
  check(): Promise<void>;
}

async function ask(client: Client, pragma: string): Promise<number> {
  const [row] = (await client.execute(`PRAGMA ${pragma}`)).rows;
  return Number(row?.[pragma]);
}

const contentOf = async (client: Client): Promise<Content> => ({
  mark: await ask(client, 'user_version'),
  cookie: await ask(client, 'schema_version'),
});

/** Call it when the client has just opened its files. */
export async function createMarks(client: Client, place: Place): Promise<Marks> {
  let newest = await contentOf(client);
  // Changes when another connection has committed.
  let others = await ask(client, 'data_version');
  await place.opened();

  const batch: Client['batch'] = async (statements, mode) => {
    if (mode !== 'write') return client.batch(statements, mode);
    newest = { ...newest, mark: newest.mark + 1 };
    const mark = `PRAGMA user_version = ${newest.mark}`;
    return (await client.batch([...statements, mark], mode)).slice(0, -1);
  };

  return {
    marked: override(client, { batch }),
    async check() {
      const now = await ask(client, 'data_version');
      if (now !== others) {
        others = now;
        const found = await contentOf(client);
        newest = { ...found, mark: Math.max(newest.mark, found.mark) };
        await place.accept();
      }
      await place.check(newest);
    },
  };
}

/**
 * A client with some methods of our own. A proxy, for the driver's class keeps its state where no
 * other object may look.
 */
export const override = (client: Client, own: Partial<Client>): Client =>
  new Proxy(client, {
    get(target, name) {
      const found: unknown = Reflect.get(own, name) ?? Reflect.get(target, name);
      return typeof found === 'function' ? found.bind(target) : found;
    },
  });
