// How an object calls its peers: siblings by the binding, and no other node that way.

import { afterEach, describe, expect, it, vi } from 'vitest';
import { createRandom } from '../../../node/core/random.ts';
import { DEFAULT_SETTINGS } from '../../../node/core/settings.ts';
import { createFetch } from '../../../node/edge/network/calls.ts';
import { createPeerAccess } from '../../../node/edge/network/peers.ts';
import { createFetchTransport } from '../../../node/transport/fetch.ts';

const BASE = 'https://edge.test/n/';

function setUp() {
  const called: string[] = [];
  const objects = {
    getByName: (name: string) => ({
      async fetch(request: Request) {
        called.push(`object ${name} ${new URL(request.url).pathname}`);
        return Response.json({ name });
      },
    }),
  };
  vi.stubGlobal('fetch', async (request: Request) => {
    called.push(`network ${request.url}`);
    return new Response('plain');
  });
  return { called, fetch: createFetch({ objects, nodes: ['edge-1', 'edge-2'], base: BASE }) };
}

afterEach(() => vi.unstubAllGlobals());

describe('calls of an object', () => {
  it('reach the other objects of its Worker by their binding', async () => {
    const { called, fetch } = setUp();
    await fetch(`${BASE}edge-2/gossip`, { method: 'POST', body: 'x' });
    await fetch(`${BASE}edge-1`);
    expect(called).toEqual(['object edge-2 /n/edge-2/gossip', 'object edge-1 /n/edge-1']);
  });

  it.each([
    `${BASE}edge-3/gossip`,
    `${BASE}edge-22/gossip`,
    `${BASE}`,
    'https://edge.test/other/edge-1/gossip',
    'https://edge.test.evil.example/n/edge-1/gossip',
    'http://edge.test/n/edge-1/gossip',
  ])('make no object of what a peer gives as its address: %s', async (url) => {
    const { called, fetch } = setUp();
    await fetch(url);
    expect(called).toEqual([`network ${url}`]);
  });
});

describe('calls beyond what an invocation may make', () => {
  const exchange = (): Promise<Uint8Array> => {
    const { fetch } = setUp();
    vi.stubGlobal('fetch', async () => {
      throw new Error('Too many subrequests.');
    });
    return createFetchTransport({ fetch }).exchange('http://n1.test', new Uint8Array(), 1_000);
  };

  it('did not go out, so they say nothing of the peer', async () => {
    await expect(exchange()).rejects.toMatchObject({ failure: 'closed' });
  });
});

describe('what an object asks its peers', () => {
  const access = (fetch: typeof globalThis.fetch) =>
    createPeerAccess(DEFAULT_SETTINGS, createRandom(1), fetch);

  it('is JSON, from siblings too', async () => {
    const { fetch } = setUp();
    expect(await access(fetch).ask(`${BASE}edge-2`, '/state/n1', 1_000)).toEqual({
      name: 'edge-2',
    });
    expect(await access(fetch).ask('http://n1.test', '/state', 1_000)).toBeUndefined();
  });

  it('ends with a sentence when no peer answers, or the answer is too long', async () => {
    const silent = async (): Promise<Response> => {
      throw new TypeError('Network connection lost.');
    };
    await expect(access(silent).ask('http://n1.test', '/state', 100)).rejects.toThrow(
      'http://n1.test does not answer',
    );
    const endless = async (): Promise<Response> => new Response('x'.repeat(300_000));
    await expect(access(endless).ask('http://n1.test', '/state', 100)).rejects.toThrow(
      'more than 0.25 MiB',
    );
    await expect(access(endless).ask('n1', '/state', 100)).rejects.toThrow('n1 is no address.');
  });
});
