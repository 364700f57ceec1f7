import { createServer, connect as openTcp, type Socket } from 'node:net';
import { Hono } from 'hono';
import { describe, expect, it, vi } from 'vitest';
import {
  type App,
  type Listener,
  type ListenOptions,
  listen,
} from '../../../node/host/network/listen.ts';
import { atEnd } from '../../support/closing.ts';

function createApp(): Hono {
  const app = new Hono();
  // Hono's own handler prints what a stranger's broken body causes.
  app.onError((error, c) => c.text(error.message, 400));
  app.post('/gossip', async (c) => {
    const body = new Uint8Array(await c.req.arrayBuffer());
    if (body.length > 0) return c.body(body);
    return c.json({ code: 'wrong_cluster' }, 409, { 'content-type': 'application/problem+json' });
  });
  app.get('/state', (c) => c.json({ ok: true }));
  app.get('/slow', () => new Promise(() => {}));
  return app;
}

async function start(options: Partial<ListenOptions> = {}, app: App = createApp()) {
  const listener = await listen(app, { host: '127.0.0.1', port: 0, ...options });
  atEnd(() => listener.close());
  return listener;
}

/** A bare connection that keeps what it read, a packet an entry. */
async function dial({ port }: Listener): Promise<{ socket: Socket; packets: string[] }> {
  const socket = openTcp(port, '127.0.0.1');
  const packets: string[] = [];
  socket.on('data', (data) => packets.push(data.toString('latin1')));
  socket.on('error', () => {});
  atEnd(() => socket.destroy());
  await new Promise((resolve) => socket.once('connect', resolve));
  return { socket, packets };
}

const gossip = (body: string): string =>
  `POST /gossip HTTP/1.1\r\nHost: x\r\nContent-Length: ${body.length}\r\n\r\n${body}`;
const STATE = 'GET /state HTTP/1.1\r\nHost: x\r\n\r\n';

describe('listen answers gossip', () => {
  it('with status line, length and body alone, in one packet, on a kept connection', async () => {
    const { socket, packets } = await dial(await start());
    const answer = 'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello';
    for (let count = 1; count <= 3; count++) {
      socket.write(gossip('hello'));
      await vi.waitFor(() => expect(packets).toEqual(new Array(count).fill(answer)));
    }
  });

  it.each([
    ['a blob', () => new Response(new Blob(['hello']))],
    ['a string', () => new Response('hello')],
    ['bytes with a type', () => new Response('hello', { headers: { 'content-type': 'a/b' } })],
  ])('as briefly when the app answers with %s', async (_, respond) => {
    const { socket, packets } = await dial(await start({}, { fetch: respond }));
    socket.write(gossip('x'));
    await vi.waitFor(() => expect(packets.join('')).toContain('hello'));
    expect(packets.join('')).toBe('HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello');
  });

  it('below a base path too', async () => {
    const app = new Hono().basePath('/fleet').post('/gossip', (c) => c.body('hello'));
    const { socket, packets } = await dial(await start({}, app));
    socket.write(gossip('x').replace('/gossip', '/fleet/gossip'));
    await vi.waitFor(() => expect(packets.join('')).toContain('hello'));
    expect(packets.join('')).not.toMatch(/date|connection|type/i);
  });

  it('with the reason, when it refuses', async () => {
    const { address } = await start();
    const response = await fetch(`${address}/gossip`, { method: 'POST' });
    expect(response.status).toBe(409);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toEqual({ code: 'wrong_cluster' });
  });

  it('apart from all else, which keeps its headers', async () => {
    const { address } = await start();
    const response = await fetch(`${address}/state`);
    expect(response.headers.get('date')).not.toBeNull();
    expect(response.headers.get('content-type')).toBe('application/json');
  });

  it('and counts its bytes apart, exactly', async () => {
    const listener = await start();
    const { socket, packets } = await dial(listener);
    socket.write(gossip('hello'));
    await vi.waitFor(() => expect(packets).toHaveLength(1));
    socket.write(STATE);
    await vi.waitFor(() => expect(packets).toHaveLength(2));
    await vi.waitFor(() =>
      expect(listener.traffic()).toEqual({
        gossip: { receivedBytes: gossip('hello').length, sentBytes: packets[0]?.length },
        other: { receivedBytes: STATE.length, sentBytes: packets[1]?.length },
      }),
    );
  });
});

describe('listen keeps connections', () => {
  it('of peers long and of all others briefly', async () => {
    const listener = await start({ idleMs: 50, peerIdleMs: 60_000 });
    const peer = await dial(listener);
    const stranger = await dial(listener);
    const refused = await dial(listener);
    peer.socket.write(gossip('hello'));
    stranger.socket.write(STATE);
    refused.socket.write(gossip(''));
    // Node adds a second to the time it is told.
    await vi.waitFor(() => expect(stranger.socket.closed).toBe(true), { timeout: 5_000 });
    await vi.waitFor(() => expect(refused.socket.closed).toBe(true), { timeout: 5_000 });
    expect(peer.socket.closed).toBe(false);
  });

  it('of peers no longer than told', async () => {
    const { socket } = await dial(await start({ peerIdleMs: 50 }));
    socket.write(gossip('hello'));
    await vi.waitFor(() => expect(socket.closed).toBe(true), { timeout: 5_000 });
  });
});

describe('listen bounds strangers', () => {
  it('ends a connection that sends its head too slowly', async () => {
    const { socket, packets } = await dial(await start({ headersTimeoutMs: 100 }));
    socket.write('GET /state HTTP/1.1\r\nHost: x\r\nX-Slow');
    await vi.waitFor(() => expect(socket.closed).toBe(true), { timeout: 5_000 });
    expect(packets[0]).toMatch(/^HTTP\/1.1 408 /);
  });

  it('ends a connection that never sends anything', async () => {
    const { socket } = await dial(await start({ headersTimeoutMs: 100 }));
    await vi.waitFor(() => expect(socket.closed).toBe(true), { timeout: 5_000 });
  });

  it('ends a connection that sends its body too slowly', async () => {
    const limits = { headersTimeoutMs: 100, requestTimeoutMs: 200 };
    const { socket } = await dial(await start(limits));
    socket.write(gossip('hello').slice(0, -1));
    await vi.waitFor(() => expect(socket.closed).toBe(true), { timeout: 5_000 });
  });

  it('refuses a head that is too large', async () => {
    const { socket, packets } = await dial(await start());
    socket.write(`GET /state HTTP/1.1\r\nHost: x\r\nX: ${'x'.repeat(9_000)}\r\n\r\n`);
    await vi.waitFor(() => expect(packets[0]).toMatch(/^HTTP\/1.1 431 /));
  });

  it('refuses a body that is too large, before it comes', async () => {
    const { address } = await start({ maxBodyBytes: 100 });
    const response = await fetch(`${address}/gossip`, { method: 'POST', body: 'x'.repeat(101) });
    expect(response.status).toBe(413);
    expect(response.headers.get('content-type')).toBe('application/problem+json');
    expect(await response.json()).toMatchObject({ status: 413, code: 'too_large' });
  });

  it('refuses a body of no stated length, which may never end', async () => {
    const { socket, packets } = await dial(await start());
    socket.write(
      'POST /gossip HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nx\r\n',
    );
    await vi.waitFor(() => expect(packets[0]).toMatch(/^HTTP\/1.1 411 /));
    await vi.waitFor(() => expect(socket.closed).toBe(true));
  });

  it('survives bytes that are no HTTP', async () => {
    const listener = await start();
    const { socket } = await dial(listener);
    socket.write(Buffer.from([0, 255, 13, 10, 13, 10, 7]));
    await vi.waitFor(() => expect(socket.closed).toBe(true), { timeout: 5_000 });
    expect((await fetch(`${listener.address}/state`)).status).toBe(200);
  });
});

describe('listen says in one sentence why it cannot start', () => {
  it('when the port is taken', async () => {
    const { port } = await start();
    await expect(start({ port })).rejects.toMatchObject({
      name: 'OperatingError',
      code: 'port_taken',
      message: expect.stringMatching(new RegExp(`^Port ${port} on 127.0.0.1 is taken; .*\\.$`)),
    });
  });

  it('when the address belongs to no interface', async () => {
    await expect(start({ host: '192.0.2.1' })).rejects.toMatchObject({
      code: 'host_unavailable',
      message: expect.stringContaining('192.0.2.1'),
    });
  });

  it('when the port needs more rights', async (context) => {
    // Root may open every port; its rights are laid down for this test.
    if (process.geteuid?.() === 0) {
      process.seteuid?.('nobody');
      atEnd(() => process.seteuid?.(0));
    }
    const isFree = await new Promise((resolve) => {
      const server = createServer().once('error', () => resolve(false));
      server.listen(81, '127.0.0.1', () => server.close(() => resolve(true)));
    });
    context.skip(isFree === true, 'this system gives every port to everybody');
    await expect(start({ port: 81 })).rejects.toMatchObject({
      code: 'port_forbidden',
      message: expect.stringContaining('Port 81'),
    });
  });
});

describe('listen closes', () => {
  it('idle and busy connections within a second, and frees its port', async () => {
    const listener = await start();
    const idle = await dial(listener);
    const busy = await dial(listener);
    const half = await dial(listener);
    idle.socket.write(gossip('hello'));
    busy.socket.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n');
    half.socket.write('POST /gossip HT');
    await vi.waitFor(() => expect(idle.packets).toHaveLength(1));
    const startedAt = performance.now();
    await listener.close();
    expect(performance.now() - startedAt).toBeLessThan(1_000);
    for (const { socket } of [idle, busy, half]) {
      await vi.waitFor(() => expect(socket.closed).toBe(true));
    }
    await start({ port: listener.port });
  });

  it('after an answer that is under way has left', async () => {
    let release = (): void => {};
    const app = new Hono().get('/soon', async (c) => {
      await new Promise<void>((resolve) => {
        release = resolve;
      });
      return c.text('done');
    });
    const listener = await start({}, app);
    const { socket, packets } = await dial(listener);
    socket.write('GET /soon HTTP/1.1\r\nHost: x\r\n\r\n');
    await vi.waitFor(() => expect(release.name).not.toBe('release'));
    const closing = listener.close();
    release();
    await closing;
    await vi.waitFor(() => expect(packets.join('')).toMatch(/done$/));
  });
});

describe('listen names an address to open', () => {
  it.each([
    ['0.0.0.0', 'http://127.0.0.1:'],
    ['127.0.0.1', 'http://127.0.0.1:'],
    ['localhost', 'http://localhost:'],
  ])('for host %s', async (host, prefix) => {
    const { address } = await start({ host });
    expect(address.startsWith(prefix)).toBe(true);
    expect((await fetch(`${address}/state`)).status).toBe(200);
  });
});
