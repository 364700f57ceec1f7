// Which handshakes of TLS 1.2 a listener has part in, on Node alone: Deno knows neither a key
// exchange of RSA nor a second handshake.

import { connect as openTls, type TLSSocket } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { type Listener, listen } from '../../../../node/host/network/listen.ts';
import type { Credentials } from '../../../../node/host/security/certificates.ts';
import { credentials } from '../../../fixtures/tls.ts';
import { cleanUp, cleanUps } from '../../security/https.ts';

afterEach(cleanUp);

describe('a listener on https, called with TLS 1.2', () => {
  const app = { fetch: () => new Response('hello') };
  async function open(shown: Credentials): Promise<Listener> {
    const listener = await listen(app, { host: '127.0.0.1', port: 0, credentials: shown });
    cleanUps.push(() => listener.close());
    return listener;
  }

  const shakeHands = (port: number, ciphers: string) =>
    new Promise<TLSSocket>((resolve, reject) => {
      const way = { maxVersion: 'TLSv1.2', ciphers, rejectUnauthorized: false } as const;
      const socket = openTls({ host: '127.0.0.1', port, ...way }, () => resolve(socket));
      socket.on('error', reject);
      cleanUps.push(async () => void socket.destroy());
    });

  it('deciphers no secret of the caller, for that costs after the first message', async () => {
    const rsa = credentials('rsa', 'rsa-key');
    const { port, show } = await open(rsa);
    // Renewed credentials take the place of all that was said before.
    for (const renew of [() => {}, () => show(rsa)]) {
      renew();
      await expect(shakeHands(port, 'AES256-GCM-SHA384')).rejects.toThrow(/handshake failure/);
      const usual = await shakeHands(port, 'ECDHE-RSA-AES256-GCM-SHA384');
      expect(usual.getCipher().name).toBe('ECDHE-RSA-AES256-GCM-SHA384');
    }
  });

  it('shakes hands once on a connection', async () => {
    const { port } = await open(credentials('node'));
    const socket = await shakeHands(port, 'ECDHE-ECDSA-AES256-GCM-SHA384');
    const ended = new Promise<Error>((resolve) => socket.on('error', resolve));
    socket.renegotiate({}, (error) => socket.destroy(error ?? new Error('it did')));
    expect((await ended).message).toMatch(/no renegotiation/);
  });
});
