// Where a request came from, as the listener saw it: headers could say anything.

import type { Context } from 'hono';

/** What a listener hands to the app beside the request. */
export interface Environment {
  /** IP address of who called, without a port. */
  readonly caller?: string | undefined;
}

/** IPv6 gives each customer 2^64 addresses. */
const NETWORK_PARTS = 4;

/** One text for all addresses that one caller has as a rule. */
export function networkOfAddress(address: string): string {
  const plain = address.replace(/^::ffff:(?=\d+\.)/, '');
  if (!plain.includes(':') || plain === '::1') return plain;
  const [head = '', tail] = plain.split('%', 1).join('').split('::');
  const parts = head.split(':');
  // A gap within the first four parts stands for zeros.
  while (tail !== undefined && parts.length < NETWORK_PARTS) parts.push('0');
  return `${parts.slice(0, NETWORK_PARTS).join(':')}::/64`;
}

/** Of whom only so much may be under way at once. */
export const networkOf = (c: Context): string => networkOfAddress(callerOf(c));

/** Behind a proxy it is the proxy. */
export const callerOf = (c: Context): string => {
  // Hono leaves it undefined when a request came without.
  const { caller } = (c.env ?? {}) as Environment;
  return caller === undefined ? 'A caller' : caller.replace(/^::ffff:(?=\d+\.)/, '');
};
