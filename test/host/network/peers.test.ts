// Asking a peer over real HTTP: what it may answer, and how long and how much.

import { Hono } from 'hono';
import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../../node/core/settings.ts';
import { type App, type Listener, listen } from '../../../node/host/network/listen.ts';
import { createPeerAccess } from '../../../node/host/network/peers.ts';
import { fixture } from '../../http/fixture.ts';
import { keep } from '../../support/closing.ts';

async function open(app: App): Promise<Listener> {
  const listener = await listen(app, { host: '127.0.0.1', port: 0 });
  keep(listener);
  return listener;
}

async function serve(answer: (path: string) => Response | Promise<Response>): Promise<string> {
  const app = new Hono().all('*', (c) => answer(c.req.url.replace(/^http:\/\/[^/]+/, '')));
  return (await open(app)).address;
}

const peers = createPeerAccess(DEFAULT_SETTINGS);

describe('a peer', () => {
  it('is asked below its own base path', async () => {
    const address = await serve((path) => Response.json({ path }));
    expect(await peers.ask(`${address}/mon`, '/query?node=n1', 1_000)).toEqual({
      path: '/mon/query?node=n1',
    });
  });

  it('that answers with a page has said nothing', async () => {
    const address = await serve(() => new Response('<html>'));
    expect(await peers.ask(address, '/query', 1_000)).toBeUndefined();
  });

  it.each<[number, string, string]>([
    [404, 'peer_refused', 'answered 404: No such node'],
    [403, 'peer_refused', 'answered 403: No such node'],
    [503, 'peer_busy', 'answered 503: No such node'],
  ])('that refuses with %i is told apart from one that is silent', async (status, code, said) => {
    const address = await serve(() => Response.json({ detail: 'No such node.' }, { status }));
    await expect(peers.ask(address, '/query', 1_000)).rejects.toMatchObject({
      ...{ code, message: `${address} ${said}` },
    });
  });

  it('that does not know the name it is called by is asked by its address', async () => {
    const called: string[] = [];
    const { app } = fixture({ allowedHosts: [] });
    // A name that every machine can look up stands for one that the node does not know.
    const fetch = (request: Request) => {
      const host = request.headers.get('Host') ?? '';
      called.push(host);
      const headers = { Host: host.replace('localhost', 'n1.internal') };
      return app.request(request.url, { headers });
    };
    const { port } = await open({ fetch });
    const answer = await peers.ask(`http://localhost:${port}`, '/members?node=n1', 2_000);
    expect(answer).toMatchObject({ answeredBy: 'n1', members: [{ node: 'n1' }] });
    expect(called).toEqual([`localhost:${port}`, `127.0.0.1:${port}`]);
  });

  it('that does not answer in time, or not at all, is unreachable', async () => {
    const listener = await open({ fetch: () => new Promise(() => {}) });
    const stuck = listener.address;
    const startedAt = performance.now();
    await expect(peers.ask(stuck, '/query', 100)).rejects.toMatchObject({ code: 'unreachable' });
    expect(performance.now() - startedAt).toBeLessThan(2_000);
    await listener.close();
    await expect(peers.ask(stuck, '/query', 500)).rejects.toMatchObject({ code: 'unreachable' });
  });

  it('that answers at length has a turn of its own, of all that come at once', async () => {
    const parse = JSON.parse;
    let turn = 0;
    let isOver = false;
    const readIn: number[] = [];
    const count = (): void => {
      turn++;
      if (!isOver) setImmediate(count);
    };
    setImmediate(count);
    const waiting: (() => void)[] = [];
    const address = await serve(async () => {
      const told = new Promise<void>((resolve) => waiting.push(resolve));
      if (waiting.length === 20) for (const tell of waiting) tell();
      await told;
      return Response.json(['x'.repeat(20_000)]);
    });
    JSON.parse = (text) => {
      readIn.push(turn);
      return parse(text);
    };
    try {
      await Promise.all(Array.from({ length: 20 }, () => peers.ask(address, '/query', 5_000)));
    } finally {
      JSON.parse = parse;
      isOver = true;
    }
    expect(new Set(readIn).size).toBe(20);
  });

  it('that answers without end is cut off long before its time', async () => {
    let sentBytes = 0;
    const endless = new ReadableStream({
      pull(body) {
        sentBytes += 65_536;
        body.enqueue(new Uint8Array(65_536).fill(32));
      },
    });
    const address = await serve(() => new Response(endless));
    await expect(peers.ask(address, '/query', 20_000)).rejects.toMatchObject({ code: 'too_much' });
    expect(sentBytes).toBeLessThan(64 * 1024 * 1024);
  });

  it.each(['', 'n2', 'file:///etc/passwd', 'http://user:word@127.0.0.1:1'])(
    'is not called at the address "%s"',
    async (address) => {
      await expect(peers.ask(address, '/query', 100)).rejects.toThrow('is no address.');
    },
  );

  it.each(['http://169.254.169.254', 'http://0.0.0.0:4001', 'http://[fe80::1]:4001'])(
    'is not called at %s, where no node can be',
    async (address) => {
      const refused = peers.ask(address, '/query', 100);
      await expect(refused).rejects.toMatchObject({ code: 'unreachable' });
      await expect(refused).rejects.toThrow(/is link-local|stands for no machine/);
    },
  );
});
