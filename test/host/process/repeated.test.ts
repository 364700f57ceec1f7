// Real nodes with a secret over a network whose kept connections break between request and answer,
// as when a server ends the one that was idle longest.

import { createServer, connect as dial, type Socket } from 'node:net';
import { expect, it, vi } from 'vitest';
import { loadConfig } from '../../../node/config/load.ts';
import type { HostedNode } from '../../../node/host/composition.ts';
import { startNode } from '../../../node/host/node.ts';
import type { Machine } from '../../../node/host/process/measuring.ts';
import type { ReadyAnswer } from '../../../node/http/answers/health-shapes.ts';
import { atEnd } from '../../support/closing.ts';

const NO_MACHINE: Machine = { probes: [], collect: async () => [], runs: () => [] };
const BREAKS = 3;
// A busy machine is late, and late is failed.
const COMMON = { port: '0', round: '60ms', max_round: '60ms', exchange_timeout: '10s' };

/**
 * Stands before a port. Of each of the first connections, the second request reaches the far side,
 * and is broken in the moment of its answer. What went to the far side is kept.
 */
async function serveBreaking(port: number) {
  const requests: Buffer[] = [];
  let breaks = 0;
  const sockets: Socket[] = [];
  const server = createServer((near) => {
    const far = dial(port, '127.0.0.1');
    sockets.push(near, far);
    let asked = 0;
    near.on('data', (data) => {
      asked++;
      requests.push(data);
      far.write(data);
    });
    far.on('data', (data) => {
      if (asked < 2 || breaks >= BREAKS) return near.write(data);
      breaks++;
      near.resetAndDestroy();
      far.destroy();
    });
    for (const [one, other] of [
      [near, far],
      [far, near],
    ] as const) {
      one.on('error', () => other.destroy());
      one.on('close', () => other.destroy());
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  atEnd(async () => {
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  const bound = server.address();
  if (bound === null || typeof bound === 'string') throw new Error('no port was bound');
  return { url: `http://127.0.0.1:${bound.port}`, requests, breaks: () => breaks };
}

async function start(id: string, flags: Record<string, string>) {
  const log: string[] = [];
  const { config } = loadConfig({
    environment: {},
    flags: { ...COMMON, id, secret: 'a-key-0001-of-tests', ...flags },
  });
  const parts = { stores: undefined, machine: NO_MACHINE };
  const node = await startNode(config, { ...parts, log: (_, line) => void log.push(line) });
  atEnd(() => node.close());
  return { node, log };
}

const readyOf = async ({ url }: HostedNode): Promise<ReadyAnswer> =>
  (await (await fetch(`${url}/readyz`)).json()) as ReadyAnswer;

it('a second try over a broken connection is no replay, and a recorded message is', async () => {
  const answerer = await start('answerer', { advertise: 'none' });
  const between = await serveBreaking(Number(new URL(answerer.node.url).port));
  const asker = await start('asker', { join: between.url, contact_every_rounds: '1' });
  await vi.waitFor(() => expect(between.breaks()).toBe(BREAKS), 10_000);
  const before = asker.node.driver.status().counters.exchangesStarted;
  await vi.waitFor(() => {
    expect(asker.node.driver.status().counters.exchangesStarted).toBeGreaterThan(before + 3);
  }, 10_000);
  for (const { node, log } of [asker, answerer]) {
    const { checks, gossip } = await readyOf(node);
    expect(checks.peers.problems).toEqual([]);
    expect(gossip.refused).toEqual({});
    expect(gossip.failedExchanges).toBe(0);
    expect(log.join('\n')).not.toMatch(/replay|received before/);
  }
  const recorded = between.requests.at(-1) ?? Buffer.of();
  const body = recorded.subarray(recorded.indexOf('\r\n\r\n') + 4);
  const again = { method: 'POST', body: new Uint8Array(body) };
  const reply = await fetch(`${answerer.node.url}/gossip`, again);
  expect([reply.status, await reply.json()]).toEqual([
    409,
    expect.objectContaining({ code: 'replayed' }),
  ]);
  await vi.waitFor(() => expect(answerer.log.join('\n')).toContain('received before'));
});
