// Lets handshakes begin one at a turn of the event loop: each costs a signature, some ms with a
// long key, and hundreds that begin at one moment would be worked off before anything else.

import type { Server as SecureServer } from 'node:https';
import type { Socket } from 'node:net';
import type { Turnstile } from './turnstile.ts';

/**
 * What keeps the expensive step of a handshake with its first message, which takes its turn: no
 * key exchange in which the certificate's key deciphers what the caller sends last (it has no
 * forward secrecy either), and no other handshake on a connection that had one.
 */
export function expensiveAtOnce() {
  const { DEFAULT_CIPHERS } = process.getBuiltinModule('node:tls');
  const { constants } = process.getBuiltinModule('node:crypto');
  const secureOptions = constants.SSL_OP_NO_RENEGOTIATION;
  return { ciphers: `${DEFAULT_CIPHERS}:!kRSA`, secureOptions };
}

/** Before anybody else listens for connections; who says nothing for `patienceMs` is ended. */
export function takeTurns(server: SecureServer, turnstile: Turnstile, patienceMs: number): void {
  const [begin, ...others] = server.listeners('connection');
  // Another runtime begins them elsewhere.
  if (begin === undefined || others.length > 0) return;
  server.removeAllListeners('connection');
  server.on('connection', (socket: Socket) => {
    const giveUp = (): void => void socket.destroy();
    socket.setTimeout(patienceMs, giveUp);
    // A reset of the connection meanwhile is no fault of this node.
    socket.on('error', giveUp);
    socket.once('readable', () => {
      turnstile.enter(() => {
        if (socket.destroyed) return;
        socket.off('timeout', giveUp).setTimeout(0);
        begin.call(server, socket);
      }, false);
    });
  });
}
