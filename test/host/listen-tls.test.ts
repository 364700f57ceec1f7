// The listener on https: what it shows to whom, and how long it waits for a handshake.

import { connect as openTcp } from 'node:net';
import { connect as openTls } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { type Listener, listen } from '../../node/host/listen.ts';
import { credentials } from '../fixtures/tls.ts';
import { cleanUp, cleanUps } from './https.ts';

afterEach(cleanUp);

describe('a listener on https', () => {
  const app = { fetch: () => new Response('hello') };
  async function open(headersTimeoutMs = 5_000): Promise<Listener> {
    const shown = credentials('node');
    const listener = await listen(app, {
      host: '127.0.0.1',
      port: 0,
      credentials: shown,
      headersTimeoutMs,
    });
    cleanUps.push(() => listener.close());
    return listener;
  }

  const seenBy = ({ port }: Listener): Promise<string> =>
    new Promise((resolve, reject) => {
      const socket = openTls({ host: '127.0.0.1', port, rejectUnauthorized: false }, () => {
        resolve(socket.getPeerCertificate().valid_to);
        socket.destroy();
      });
      socket.on('error', reject);
    });

  it('shows another certificate from when it is told to, without a restart', async () => {
    const listener = await open();
    expect(await seenBy(listener)).toContain('2126');
    listener.show(credentials('expired'));
    expect(await seenBy(listener)).toContain('2020');
  });

  it('ends who opens a connection and never shakes hands', async () => {
    const { port } = await open(200);
    const socket = openTcp(port, '127.0.0.1');
    await new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('it may stay')), 5_000);
      socket.on('error', () => {});
      socket.once('close', () => resolve(clearTimeout(timer)));
      socket.resume();
    });
  });
});
