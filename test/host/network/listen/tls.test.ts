// The listener on https: what it shows to whom, and how long it waits for a handshake.

import { EventEmitter } from 'node:events';
import type { Server } from 'node:https';
import { type AddressInfo, createServer, connect as openTcp, type Socket } from 'node:net';
import { connect as openTls } from 'node:tls';
import { afterEach, describe, expect, it } from 'vitest';
import { takeTurns } from '../../../../node/host/network/listen/handshakes.ts';
import { createTurnstile } from '../../../../node/host/network/listen/turnstile.ts';
import { type Listener, listen } from '../../../../node/host/network/listen.ts';
import { credentials } from '../../../fixtures/tls.ts';
import { cleanUp, cleanUps } from '../../security/https.ts';

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

  it('ends a connection that never shakes hands', async () => {
    const { port } = await open(200);
    const socket = openTcp(port, '127.0.0.1');
    await new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error('it may stay')), 5_000);
      socket.on('error', () => {});
      socket.once('close', () => resolve(clearTimeout(timer)));
      socket.resume();
    });
  });

  it('answers each of a hundred handshakes that begin at one moment', async () => {
    const { port } = await open();
    const hello = await recordHello();
    const sockets = await Promise.all(Array.from({ length: 100 }, () => dial(port)));
    const answers = sockets.map(
      (socket) => new Promise<Buffer>((resolve) => socket.once('data', resolve)),
    );
    for (const socket of sockets) socket.write(hello);
    const kinds = (await Promise.all(answers)).map(([kind]) => kind);
    expect(new Set(kinds)).toEqual(new Set([HANDSHAKE]));
  });
});

/** The type of TLS records that are part of one. */
const HANDSHAKE = 22;

describe('handshakes', () => {
  it('begin one at a turn, and not before something was said', () => {
    const waiting: (() => void)[] = [];
    const turnstile = createTurnstile((callback) => waiting.push(callback));
    const server = new EventEmitter();
    const begun: unknown[] = [];
    server.on('connection', (socket) => begun.push(socket));
    takeTurns(server as Server, turnstile, 1_000);
    const sockets = ['a', 'b', 'c', 'silent'].map((name) =>
      Object.assign(new EventEmitter(), { name, destroyed: false, setTimeout: () => {} }),
    );
    for (const socket of sockets) server.emit('connection', socket);
    expect(begun).toEqual([]);
    for (const socket of sockets.slice(0, 3)) socket.emit('readable');
    expect(begun).toEqual([sockets[0]]);
    waiting.shift()?.();
    expect(begun).toEqual(sockets.slice(0, 2));
    // Gone while it waited.
    Object.assign(sockets[2] ?? {}, { destroyed: true });
    waiting.shift()?.();
    expect(begun).toEqual(sockets.slice(0, 2));
  });
});

const dial = async (port: number): Promise<Socket> => {
  const socket = openTcp(port, '127.0.0.1');
  cleanUps.push(async () => void socket.destroy());
  await new Promise((resolve) => socket.once('connect', resolve));
  return socket;
};

/** The first message of a handshake, as a client sends it. */
async function recordHello(): Promise<Buffer> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const hello = new Promise<Buffer>((resolve) => {
    server.once('connection', (socket) => {
      socket.once('data', (data) => {
        resolve(data);
        socket.destroy();
        server.close();
      });
    });
  });
  const { port } = server.address() as AddressInfo;
  openTls({ host: '127.0.0.1', port }).on('error', () => {});
  return hello;
}
