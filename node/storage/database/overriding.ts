// A database client with some methods of our own.

import type { Client } from '@libsql/client';

/** A proxy, for the driver's class keeps its state where no other object may look. */
export const override = (client: Client, own: Partial<Client>): Client =>
  new Proxy(client, {
    get(target, name) {
      const found: unknown = Reflect.get(own, name) ?? Reflect.get(target, name);
      return typeof found === 'function' ? found.bind(target) : found;
    },
  });
