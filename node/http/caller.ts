// Where a request came from, as the listener saw it: headers could say anything.

import type { Context } from 'hono';

/** What a listener hands to the app beside the request. */
export interface Environment {
  /** IP address of who called, without a port. */
  readonly caller?: string | undefined;
}

/** Behind a proxy it is the proxy. */
export const callerOf = (c: Context): string => {
  // Hono leaves it undefined when a request came without.
  const { caller } = (c.env ?? {}) as Environment;
  return caller === undefined ? 'A caller' : caller.replace(/^::ffff:(?=\d+\.)/, '');
};
