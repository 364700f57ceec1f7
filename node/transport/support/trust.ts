// What a caller on https believes: the runtime's own authorities, and one more if there is one.

import type { SecureContext } from 'node:tls';

/** Loaded when a peer first asks for it: TLS takes megabytes that most clusters do not need. */
export const secureHttp = () => process.getBuiltinModule('node:https');
export const secureSockets = () => process.getBuiltinModule('node:tls');

let last: { readonly ca: string; readonly secureContext: SecureContext } | undefined;

/**
 * Options of a connection that believes `ca` (PEM) too. Reading the 150 authorities of a runtime
 * takes longer than all the rest of a connection, so who calls again gets what was read.
 */
export function trust(ca: string | undefined): { secureContext?: SecureContext } {
  if (ca === undefined) return {};
  if (last?.ca !== ca) {
    const { createSecureContext, getCACertificates } = secureSockets();
    // Node would trust the given authority alone.
    last = { ca, secureContext: createSecureContext({ ca: [...getCACertificates(), ca] }) };
  }
  return { secureContext: last.secureContext };
}
