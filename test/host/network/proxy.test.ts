// A node behind a reverse proxy: https outside, plain HTTP inside, both below a path.

import { request } from 'node:http';
import { createServer as createHttpsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { HostedNode } from '../../../node/host/composition.ts';
import { credentials, pemPath } from '../../fixtures/tls.ts';
import {
  addressesAt,
  cleanUp,
  cleanUps,
  get,
  problemsAt,
  shows,
  soon,
  start,
  textAt,
} from '../security/https.ts';

afterEach(cleanUp);

describe('a node behind a proxy that speaks https for it', () => {
  const passed: string[] = [];

  /** Passes what is below /priomon on to the node as it is, and nothing else. */
  async function openProxy(): Promise<{ readonly url: string; to(node: HostedNode): void }> {
    let target = '';
    const { cert, key } = credentials('node');
    const proxy = createHttpsServer({ cert, key }, (incoming, outgoing) => {
      const { method = '', url: path = '', headers } = incoming;
      passed.push(`${method} ${path}`);
      if (!path.startsWith('/priomon')) return outgoing.writeHead(404).end();
      const call = request(`${target}${path}`, { method, headers }, (answer) => {
        outgoing.writeHead(answer.statusCode ?? 502, answer.headers);
        answer.pipe(outgoing);
      });
      call.on('error', () => outgoing.writeHead(502).end());
      incoming.pipe(call);
    });
    await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve));
    cleanUps.push(async () => proxy.closeAllConnections());
    cleanUps.push(() => new Promise((resolve) => proxy.close(resolve)));
    const { port } = proxy.address() as AddressInfo;
    return {
      url: `https://127.0.0.1:${port}/priomon`,
      to(node) {
        target = new URL(node.url).origin;
      },
    };
  }

  /** One node inside, plain, below a base path; another joins it from outside. */
  async function openBoth() {
    passed.length = 0;
    const proxy = await openProxy();
    const flags = { base_path: '/priomon', advertise: proxy.url };
    const inside = await start('inside', { ...flags, 'tls.ca': pemPath('authority') });
    proxy.to(inside);
    const outside = await start('outside', { ...shows('node'), join: proxy.url });
    await soon(async () => {
      expect(await addressesAt(outside)).toEqual({
        inside: `alive ${proxy.url}`,
        outside: `alive ${outside.url}`,
      });
    });
    return { proxy, inside, outside };
  }

  it('gossips through it, both ways', async () => {
    const { proxy, inside, outside } = await openBoth();
    expect(passed).toContain('POST /priomon/gossip');
    expect(await addressesAt(inside)).toMatchObject({ outside: `alive ${outside.url}` });
    expect(await problemsAt(inside)).toEqual([]);
    expect(await get(`${proxy.url}/state`)).toMatchObject({
      answeredBy: 'inside',
      nodes: { outside: { status: 'alive' } },
    });
  });

  it('shows a page whose links all lead back through it', async () => {
    const { proxy } = await openBoth();
    const page = (await textAt(`${proxy.url}/`)).replace(/<script>.*<\/script>/s, '');
    const links = [...page.matchAll(/(?:href|src|action)="(?!data:)([^"]*)"/g)].map(
      ([, link = '']) => link,
    );
    expect(links).toEqual(expect.arrayContaining(['state', 'members', 'readyz']));
    for (const link of links) {
      const url = new URL(link, `${proxy.url}/`).href;
      expect(url).toContain(`${proxy.url}/`);
      await textAt(url);
    }
  });
});
