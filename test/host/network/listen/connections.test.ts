// No caller keeps others out by keeping connections, whatever it does on them.

import { spawn } from 'node:child_process';
import { EventEmitter, once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { connect as openTcp, type Socket } from 'node:net';
import { Hono } from 'hono';
import { describe, expect, it, vi } from 'vitest';
import { createConnections, shareOf } from '../../../../node/host/network/listen/connections.ts';
import { type App, type ListenOptions, listen } from '../../../../node/host/network/listen.ts';
import { REFUSALS } from '../../../../node/host/process/open-files.ts';
import { credentials } from '../../../fixtures/tls.ts';
import { atEnd } from '../../../support/closing.ts';

const app = new Hono()
  .post('/gossip', (c) => c.body('hello'))
  .get('/livez', (c) => c.text('lives'));

interface Dialled {
  readonly socket: Socket;
  read(): string;
}

async function start(options: Partial<ListenOptions> = {}, answer: App['fetch'] = app.fetch) {
  const problems: string[] = [];
  const listener = await listen(
    { fetch: answer },
    {
      ...{ host: '127.0.0.1', port: 0, maxConnections: 20 },
      onProblem: ({ message }) => problems.push(message),
      ...options,
    },
  );
  atEnd(() => listener.close());
  const dial = async (request = '', allowHalfOpen = false): Promise<Dialled> => {
    const socket = openTcp({ port: listener.port, host: '127.0.0.1', allowHalfOpen });
    let read = '';
    socket.on('data', (data) => {
      read += data.toString();
    });
    socket.on('error', () => {});
    atEnd(() => socket.destroy());
    await new Promise((resolve) => socket.once('connect', resolve));
    socket.write(request);
    return { socket, read: () => read };
  };
  /** As many, each of them answered before the next one is opened. */
  const dialMany = async (count: number, request: string) => {
    const all: Dialled[] = [];
    for (let i = 0; i < count; i++) {
      const one = await dial(request);
      await vi.waitFor(() => expect(one.read()).toContain('200 OK'), 5_000);
      all.push(one);
    }
    return all;
  };
  const isServed = async (): Promise<boolean> => {
    const [newcomer] = await dialMany(1, LIVEZ);
    newcomer?.socket.destroy();
    return newcomer !== undefined;
  };
  return { listener, problems, dial, dialMany, isServed };
}

const PATIENT = { headersTimeoutMs: 60_000, requestTimeoutMs: 60_000 };
const LIVEZ = 'GET /livez HTTP/1.1\r\nHost: a\r\n\r\n';
const GOSSIP = 'POST /gossip HTTP/1.1\r\nHost: a\r\nContent-Length: 1\r\n\r\nx';
const SLOW = 'GET /slow HTTP/1.1\r\nHost: a\r\n\r\n';

const openOf = (all: readonly { socket: Socket }[]): number =>
  all.filter(({ socket }) => !socket.closed).length;

describe('a newcomer is served', () => {
  it('though one client keeps all connections that it may and uses them now and then', async () => {
    const { listener, dialMany, isServed } = await start();
    const kept = await dialMany(20, LIVEZ);
    await vi.waitFor(() => expect(openOf(kept)).toBe(10));
    expect(openOf(kept.slice(10))).toBe(10);
    expect(await isServed()).toBe(true);
    expect(listener.connections()).toMatchObject({ gaveWay: 11, refused: 0 });
  });

  it('though others send their heads letter by letter, or nothing at all', async () => {
    const { dial, isServed } = await start(PATIENT);
    for (let i = 0; i < 30; i++) await dial(i % 2 === 0 ? 'GET /livez HT' : '');
    expect(await isServed()).toBe(true);
  });

  it('though others begin handshakes and go no further', async () => {
    const tls = await start({ credentials: credentials('node'), ...PATIENT });
    const halfOpen: { socket: Socket }[] = [];
    for (let i = 0; i < 30; i++) halfOpen.push(await tls.dial('\x16\x03\x01\x02'));
    await vi.waitFor(() => expect(openOf(halfOpen)).toBe(10));
    const answer = fetch(`${tls.listener.address}/livez`).catch((error: Error) => error.cause);
    // Its certificate is not believed here, and so the handshake came as far as that.
    expect(await answer).toMatchObject({ code: expect.stringMatching(/CERT|SIGNATURE|ISSUER/) });
  });

  it('while the connections of peers stay', async () => {
    const { listener, dialMany, isServed } = await start();
    const peers = await dialMany(4, GOSSIP);
    await dialMany(20, LIVEZ);
    expect(await isServed()).toBe(true);
    expect(openOf(peers)).toBe(4);
    expect(listener.connections()).toMatchObject({ peers: 4 });
  });
});

describe('where every connection is busy', () => {
  it('new ones are refused with a reason, counted and told', async () => {
    let waiting = 0;
    const { listener, problems, dial } = await start({}, () => {
      waiting++;
      return new Promise<Response>(() => {});
    });
    const busy = [];
    for (let i = 0; i < 10; i++) busy.push(await dial(SLOW));
    await vi.waitFor(() => expect(waiting).toBe(10), 5_000);
    const refused = await dial(LIVEZ);
    await vi.waitFor(() => expect(refused.socket.closed).toBe(true), 5_000);
    expect(refused.read()).toContain('503 Service Unavailable');
    expect(refused.read()).toContain('"code":"no_connection_free"');
    expect(refused.read()).toContain('Retry-After: 1');
    expect(openOf(busy)).toBe(10);
    expect(listener.connections()).toMatchObject({ refused: 1, gaveWay: 0 });
    expect(problems).toEqual([expect.stringContaining('127.0.0.1 has most of them, 10;')]);
  });

  it('few that come at once are told why, for each takes a file until it ends', async () => {
    const { listener, dial } = await start({ maxConnections: 0 });
    const all = await Promise.all(Array.from({ length: 40 }, () => dial('', true)));
    const isOver = ({ socket }: Dialled): boolean => socket.readableEnded || socket.closed;
    await vi.waitFor(() => expect(all.every(isOver)).toBe(true), 5_000);
    const told = all.filter(({ read }) => read().includes('no_connection_free'));
    expect(told).toHaveLength(REFUSALS);
    await vi.waitFor(async () => {
      const { read } = await dial();
      await vi.waitFor(() => expect(read()).toContain('no_connection_free'), 1_000);
    }, 5_000);
    expect(listener.connections().refused).toBeGreaterThan(40);
  });
});

describe('connections', () => {
  /** A socket of an address, and a response that ends when told. */
  const socketOf = (remoteAddress: string, remotePort: number) => {
    const events = new EventEmitter();
    let isDestroyed = false;
    const destroy = (): void => {
      isDestroyed = true;
      events.emit('close');
    };
    const socket = Object.assign(events, { remoteAddress, remotePort, destroy });
    return { socket: socket as unknown as Socket, isDestroyed: () => isDestroyed };
  };
  const response = () => new EventEmitter() as ServerResponse;

  const staged = () => {
    let nowMs = 0;
    const connections = createConnections({ max: 100, maxOfOne: 10 }, () => nowMs);
    let port = 0;
    const open = (address: string) => {
      const one = socketOf(address, ++port);
      return { ...one, isOpen: connections.open(one.socket) };
    };
    return {
      ...{ connections, open },
      pass: (durationMs: number) => {
        nowMs += durationMs;
      },
    };
  };

  it('of one address are a share, of loopback one half, and the rest is for others', () => {
    const { connections, open } = staged();
    for (let i = 0; i < 200; i++) open('10.0.0.7');
    expect(connections.counts().open).toBe(10);
    for (let i = 0; i < 200; i++) open('::ffff:127.0.0.1');
    expect(connections.counts().open).toBe(60);
    expect(open('10.0.0.8').isOpen).toBe(true);
    expect(connections.largest()).toEqual({ address: '127.0.0.1', count: 50 });
  });

  it('that are idle for longest give way, then peers that are quiet, and busy ones never', () => {
    const { connections, open, pass } = staged();
    const busy = open('10.0.0.7');
    connections.begin(busy.socket, response());
    const peers = Array.from({ length: 8 }, () => open('10.0.0.7'));
    for (const { socket } of peers) connections.keep(socket);
    const idle = open('10.0.0.7');
    expect(open('10.0.0.7').isOpen).toBe(true);
    expect(idle.isDestroyed()).toBe(true);
    pass(30_000);
    connections.begin(busy.socket, response());
    for (let i = 0; i < 3; i++) connections.begin(open('10.0.0.7').socket, response());
    expect(peers.filter((peer) => peer.isDestroyed())).toHaveLength(2);
    expect(busy.isDestroyed()).toBe(false);
  });

  it('are refused where none can give way, until answers are out or long overdue', () => {
    const { connections, open, pass } = staged();
    const all = Array.from({ length: 10 }, () => open('10.0.0.7'));
    const answers = all.map(({ socket }) => {
      const answer = response();
      connections.begin(socket, answer);
      return answer;
    });
    expect(open('10.0.0.7').isOpen).toBe(false);
    answers[3]?.emit('close');
    expect(open('10.0.0.7').isOpen).toBe(true);
    expect(all[3]?.isDestroyed()).toBe(true);
    pass(40_000);
    expect(open('10.0.0.7').isOpen).toBe(true);
    expect(connections.counts()).toMatchObject({ refused: 1, gaveWay: 2 });
  });

  it.each([
    ['::ffff:10.0.0.7', '10.0.0.7'],
    ['2001:db8:1:2:3:4:5:6', '2001:db8:1:2::/64'],
    ['2001:db8::6', '2001:db8:0:0::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['::1', '::1'],
  ])('of %s count as those of %s', (remoteAddress, share) => {
    expect(shareOf({ remoteAddress })).toBe(share);
  });
});

it('a process that may open few files has some left, and is not shut to newcomers', async () => {
  const program = `
    import { listen } from './node/host/network/listen.ts';
    const app = { fetch: () => new Response('x') };
    const { port } = await listen(app, { host: '127.0.0.1', port: 0 });
    console.log(port);`;
  const limited = `ulimit -n 64; exec "$0" --input-type=module -e "$1"`;
  const child = spawn('sh', ['-c', limited, process.execPath, program]);
  atEnd(() => child.kill('SIGKILL'));
  const [port] = (await once(child.stdout, 'data')) as [Buffer];
  for (let i = 0; i < 100; i++) {
    const socket = openTcp(Number(port), '127.0.0.1');
    atEnd(() => socket.destroy());
    socket.on('error', () => {});
    await once(socket, 'connect');
  }
  const answer = await fetch(`http://127.0.0.1:${Number(port)}/`);
  expect(await answer.text()).toBe('x');
});

describe('a packet full of requests', () => {
  it('ends its connection before most of them are looked at', async () => {
    let asked = 0;
    const { dial, isServed } = await start({}, (call) => {
      if (new URL(call.url).pathname === '/livez') asked++;
      return app.fetch(call);
    });
    const { socket, read } = await dial();
    const ended = once(socket, 'close');
    socket.write(LIVEZ.repeat(1_000));
    await ended;
    expect(asked).toBeLessThanOrEqual(4);
    expect(read().split('HTTP/1.1 ').length - 1).toBeLessThanOrEqual(4);
    expect(await isServed()).toBe(true);
  });

  it('of few requests is answered in their order', async () => {
    const { dial } = await start();
    const { read } = await dial(LIVEZ.repeat(4));
    await vi.waitFor(() => expect(read().match(/200 OK/g)).toHaveLength(4), 5_000);
  });
});
