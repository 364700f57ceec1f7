import { readFileSync } from 'node:fs';
import { createServer as createHttpsServer } from 'node:https';
import type { Socket } from 'node:net';
import { describe, expect, it, vi } from 'vitest';
import type { Transport } from '../../node/ports.ts';
import { createNodeHttpTransport, type NodeHttpOptions } from '../../node/transport/node-http.ts';
import { withSecondTry } from '../../node/transport/second-try.ts';
import { describeTransport, expectFailure } from '../contract/transport.ts';
import { atEnd } from '../support/closing.ts';
import { NEEDS_LINUX } from '../support/lacking.ts';
import { realClock } from './clocks.ts';
import { serveHttp, unusedAddress } from './http-harness.ts';
import { ANSWER, type RawServer, serveRaw } from './raw-server.ts';

const MAX_BYTES = 100_000;
const BODY = new Uint8Array(70).fill(65);

describeTransport('node-http', () => ({
  maxBytes: MAX_BYTES,
  tellsDisconnects: true,
  connect: () => withSecondTry(createNodeHttpTransport({ maxBytes: MAX_BYTES }), realClock),
  unusedAddress,
  serve: serveHttp,
}));

const answer = (socket: Socket): void => void socket.write(ANSWER);

async function server(respond: (socket: Socket, count: number) => void): Promise<RawServer> {
  const raw = await serveRaw(respond);
  atEnd(raw.close);
  return raw;
}

function connect(options: NodeHttpOptions = {}): { transport: Transport; gone: string[] } {
  const transport = withSecondTry(createNodeHttpTransport(options), realClock);
  atEnd(transport.close);
  const gone: string[] = [];
  transport.onDisconnect((address) => gone.push(address));
  return { transport, gone };
}

describe('node-http on the wire', () => {
  it('sends request line, host, length and body, nothing else, in one packet', async () => {
    const { address, packets } = await server(answer);
    const { transport } = connect();
    for (let i = 0; i < 3; i++) await transport.exchange(address, BODY, 1_000);
    const host = address.replace('http://', '');
    const request = `POST /gossip HTTP/1.1\r\nHost: ${host}\r\nContent-Length: 70\r\n\r\n`;
    const packet = request + 'A'.repeat(70);
    expect(packets.map(String)).toEqual([packet, packet, packet]);
  });

  it('posts below a base path', async () => {
    const { address, packets } = await server(answer);
    await connect().transport.exchange(`${address}/fleet/a/`, BODY, 1_000);
    expect(String(packets[0])).toMatch(/^POST \/fleet\/a\/gossip HTTP/);
  });

  it('keeps one connection for sequential exchanges', async () => {
    const { address, connections } = await server(answer);
    const { transport } = connect();
    for (let i = 0; i < 5; i++) await transport.exchange(address, BODY, 1_000);
    expect(connections).toHaveLength(1);
  });

  it('counts exactly the bytes that its sockets carried, closed ones included', async () => {
    const { address, connections } = await server((socket, count) => {
      if (count === 1) answer(socket);
      else socket.end(ANSWER);
    });
    const { transport } = connect();
    for (let i = 0; i < 3; i++) await transport.exchange(address, BODY, 1_000);
    const sum = (values: number[]): number => values.reduce((a, b) => a + b, 0);
    expect(transport.traffic()).toEqual({
      sentBytes: sum(connections.map((socket) => socket.bytesRead)),
      receivedBytes: sum(connections.map((socket) => socket.bytesWritten)),
    });
  });

  it('sends no probes on idle connections', NEEDS_LINUX, async () => {
    const { address, connections } = await server(answer);
    await connect().transport.exchange(address, BODY, 1_000);
    const port = connections[0]?.remotePort ?? 0;
    const local = `:${port.toString(16).toUpperCase().padStart(4, '0')} `;
    const row = readFileSync('/proc/net/tcp', 'utf8')
      .split('\n')
      .find((line) => line.slice(0, 20).includes(local));
    // Field `tr:when`: timer 02 is the keep-alive probe, due in hundredths of a second.
    const [, timer, due = ''] = row?.match(/ (\d\d):([0-9A-F]{8}) /) ?? [];
    expect(row).toBeDefined();
    expect(timer !== '02' || Number.parseInt(due, 16) / 100 > 600).toBe(true);
  });
});

describe('node-http and stale connections', () => {
  it('retries once, unnoticed, when a kept connection ended as it was used', async () => {
    // The second request on a connection meets its end, as when the far side has just closed it.
    const { address, connections } = await server((socket, count) => {
      if (count === 1) answer(socket);
      else socket.resetAndDestroy();
    });
    const { transport, gone } = connect();
    await transport.exchange(address, BODY, 1_000);
    expect(await transport.exchange(address, BODY, 1_000)).toHaveLength(2);
    expect(connections).toHaveLength(2);
    expect(gone).toEqual([]);
  });

  it('retries once only', async () => {
    let answers = 0;
    const { address, connections } = await server((socket) => {
      if (answers++ === 0) answer(socket);
      else socket.resetAndDestroy();
    });
    const { transport } = connect();
    await transport.exchange(address, BODY, 1_000);
    await expectFailure(transport.exchange(address, BODY, 1_000), 'reset');
    expect(connections).toHaveLength(2);
  });

  it('takes a fresh connection for the retry, for other idle ones are stale as well', async () => {
    const { address, connections, packets } = await server((socket, count) => {
      if (count === 1) answer(socket);
      else socket.resetAndDestroy();
    });
    const { transport } = connect();
    const exchange = () => transport.exchange(address, BODY, 1_000);
    await Promise.all([exchange(), exchange()]);
    expect(await exchange()).toHaveLength(2);
    expect(connections).toHaveLength(3);
    expect(packets).toHaveLength(4);
  });

  it('does not retry on a fresh connection', async () => {
    const { address, connections } = await server((socket) => socket.resetAndDestroy());
    await expectFailure(connect().transport.exchange(address, BODY, 1_000), 'reset');
    expect(connections).toHaveLength(1);
  });

  it('does not retry once an answer has begun', async () => {
    const { address, packets } = await server((socket, count) => {
      if (count === 1) answer(socket);
      else {
        socket.write(ANSWER.slice(0, -1));
        // A reset overtakes what the far side has not read yet.
        setTimeout(() => socket.resetAndDestroy(), 30);
      }
    });
    const { transport } = connect();
    await transport.exchange(address, BODY, 1_000);
    await expectFailure(transport.exchange(address, BODY, 1_000), 'reset');
    // A hidden retry would arrive before this one.
    await transport.exchange(address, BODY, 1_000);
    expect(packets).toHaveLength(3);
  });

  it('does not retry after its timeout, which closes the connection', async () => {
    const { address, connections, packets } = await server((socket, count) => {
      if (count === 1) answer(socket);
    });
    const { transport } = connect();
    await transport.exchange(address, BODY, 1_000);
    await expectFailure(transport.exchange(address, BODY, 60), 'timeout');
    await vi.waitFor(() => expect(connections[0]?.closed).toBe(true));
    expect(packets).toHaveLength(2);
  });
});

describe('node-http and idle connections', () => {
  it('closes them after the idle time without reporting a disconnect', async () => {
    const { address, connections } = await server(answer);
    const { transport, gone } = connect({ idleMs: 50 });
    await transport.exchange(address, BODY, 1_000);
    await vi.waitFor(() => expect(connections[0]?.closed).toBe(true));
    expect(gone).toEqual([]);
  });

  it('keeps no more than its cap over all peers, and closes the one idle longest', async () => {
    const peers = [await server(answer), await server(answer), await server(answer)];
    const { transport, gone } = connect({ maxIdle: 2 });
    const [a, b, c] = peers.map((peer) => peer.address) as [string, string, string];
    for (const address of [a, b, a, c]) await transport.exchange(address, BODY, 1_000);
    await vi.waitFor(() => expect(peers[1]?.connections[0]?.closed).toBe(true));
    expect(peers.map((peer) => peer.connections[0]?.closed)).toEqual([false, true, false]);
    expect(gone).toEqual([]);
  });

  it('closes them with the transport, without reporting a disconnect', async () => {
    const { address, connections } = await server(answer);
    const { transport, gone } = connect();
    await transport.exchange(address, BODY, 1_000);
    await transport.close();
    await vi.waitFor(() => expect(connections[0]?.closed).toBe(true));
    expect(gone).toEqual([]);
  });

  it('reports a disconnect when the far side resets an idle connection', async () => {
    const { address, connections } = await server(answer);
    const { transport, gone } = connect();
    await transport.exchange(address, BODY, 1_000);
    connections[0]?.resetAndDestroy();
    await vi.waitFor(() => expect(gone).toEqual([address]));
  });
});

describe('node-http and bad answers', () => {
  it.each([
    ['no HTTP at all', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['endless headers', `HTTP/1.1 200 OK\r\nX: ${'x'.repeat(5_000)}`],
    ['a redirect', 'HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n'],
    [
      'a length that lies',
      `HTTP/1.1 200 OK\r\nContent-Length: ${2 * MAX_BYTES}\r\n\r\n`.padEnd(2 * MAX_BYTES),
    ],
  ])('rejects %s', async (_, bytes) => {
    const { address } = await server((socket) => socket.write(bytes));
    const { transport } = connect({ maxBytes: MAX_BYTES });
    await expectFailure(transport.exchange(address, BODY, 1_000), 'rejected');
  });

  it.each([
    { code: '\u001b[2Jboo\n', title: 'x'.repeat(1_000) },
    { code: 'a', title: '\u0007\r\u009b' },
  ])('keeps a stranger from flooding or steering a log or terminal: %j', async (told) => {
    const problem = JSON.stringify(told);
    const head = 'HTTP/1.1 400 Bad\r\nContent-Type: application/problem+json\r\nContent-Length: ';
    const { address } = await server((s) =>
      s.write(`${head}${Buffer.byteLength(problem)}\r\n\r\n${problem}`),
    );
    const error = await expectFailure(connect().transport.exchange(address, BODY, 900), 'rejected');
    expect(error.message).toContain('status 400 (');
    expect(error.message).not.toMatch(/\p{Cc}/u);
    expect(error.message.length).toBeLessThan(300);
  });

  it('says timeout to a peer that answers drop by drop for ever', async () => {
    const { address } = await server((socket) => {
      socket.write('HTTP/1.1 200 OK\r\nContent-Length: 50000\r\n\r\n');
      const drip = setInterval(() => socket.write('x'), 10);
      socket.on('close', () => clearInterval(drip));
    });
    await expectFailure(connect().transport.exchange(address, BODY, 150), 'timeout');
  });

  it.each(['n1:4001', '', 'ftp://n1/', 'http://', 'http://n1:99999'])(
    'says unreachable to the address %j, which is no URL to post to',
    async (address) => {
      await expectFailure(connect().transport.exchange(address, BODY, 1_000), 'unreachable');
    },
  );

  it('says unreachable to a name that no host has', async () => {
    const exchange = connect().transport.exchange('http://no-such-host.invalid:1', BODY, 5_000);
    await expectFailure(exchange, 'unreachable');
  });

  it('drops exchanges beyond its limit instead of piling them up', async () => {
    const { address } = await server(() => {});
    const { transport } = connect({ maxActive: 1 });
    const first = expectFailure(transport.exchange(address, BODY, 100), 'timeout');
    await expectFailure(transport.exchange(address, BODY, 100), 'closed');
    await first;
  });
});

describe('node-http over TLS', () => {
  const recorded = (name: string): Buffer =>
    readFileSync(new URL(`recorded/${name}`, import.meta.url));
  const cert = recorded('test-only-certificate.pem');

  async function serveTls(): Promise<string> {
    const key = recorded('test-only-key.pem');
    const tls = createHttpsServer({ key, cert }, (_, response) => response.end('hi'));
    await new Promise<void>((resolve) => tls.listen(0, '127.0.0.1', resolve));
    atEnd(() => tls.close().closeAllConnections());
    const bound = tls.address();
    return `https://127.0.0.1:${typeof bound === 'object' ? bound?.port : ''}`;
  }

  it('speaks to a peer whose authority it was told to trust', async () => {
    const { transport } = connect({ ca: () => cert.toString() });
    const address = await serveTls();
    await transport.exchange(address, BODY, 2_000);
    expect(String(await transport.exchange(address, BODY, 2_000))).toBe('hi');
  });

  it('rejects a peer whose certificate no authority signed', async () => {
    const address = await serveTls();
    await expectFailure(connect().transport.exchange(address, BODY, 2_000), 'rejected');
  });
});
