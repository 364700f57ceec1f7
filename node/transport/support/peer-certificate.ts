// Looks at the certificate that a peer shows, believed or not, and sends it nothing.

import type { Validity } from './certificates.ts';
import { createGuardedLookup } from './guarded-lookup.ts';
import { secureSockets } from './trust.ts';

/** Undefined when there is none to see in time. */
export function readValidity(url: URL, timeoutMs: number): Promise<Validity | undefined> {
  const host = url.hostname.replace(/^\[(.*)\]$/, '$1');
  const { promise, resolve } = Promise.withResolvers<Validity | undefined>();
  const socket = secureSockets().connect({
    host,
    port: Number(url.port || 443),
    lookup: createGuardedLookup(),
    // Nothing is said on this connection, and nothing that it says is believed.
    rejectUnauthorized: false,
    timeout: timeoutMs,
  });
  socket.once('secureConnect', () => {
    const { valid_from: from, valid_to: until } = socket.getPeerCertificate();
    resolve({ fromMs: Date.parse(from), untilMs: Date.parse(until) });
    socket.destroy();
  });
  socket.once('timeout', () => socket.destroy());
  socket.once('error', () => socket.destroy());
  socket.once('close', () => resolve(undefined));
  return promise;
}
