// TCP ports for tests that start programs: each process of the test runner has its own, so that
// none is taken between the look and the start.

import { createServer, type Server } from 'node:net';

/** Out of the range that systems give to callers. */
const FIRST_PORT = 20_000;
const END_PORT = 32_000;
/** Nobody wants more at once. */
const BLOCK_PORTS = 100;
const BLOCKS = (END_PORT - FIRST_PORT) / BLOCK_PORTS;

let next = 0;
let end = 0;

/** A base port with `count` free ports above it, which this process alone is ever given. */
export async function freeBasePort(count: number): Promise<number> {
  if (count >= BLOCK_PORTS) throw new Error(`${count} ports are more than a block has`);
  for (;;) {
    // Again, should another test of this process have come first.
    while (next + count >= end) await takeBlock();
    const base = next;
    next = base + count + 1;
    const ports = Array.from({ length: count }, (_, i) => base + 1 + i);
    if ((await Promise.all(ports.map(isFree))).every(Boolean)) return base;
  }
}

export const freePort = async (): Promise<number> => (await freeBasePort(1)) + 1;

/**
 * A block belongs to who listens on its first port, until that process ends. Where to look first
 * is only to save looks.
 */
async function takeBlock(): Promise<void> {
  for (let i = 0; i < BLOCKS; i++) {
    const first = FIRST_PORT + ((process.pid + i) % BLOCKS) * BLOCK_PORTS;
    const server = await hold(first).catch(() => undefined);
    if (server === undefined) continue;
    server.unref();
    next = first;
    end = first + BLOCK_PORTS;
    return;
  }
  throw new Error(`no free ports from ${FIRST_PORT} to ${END_PORT}`);
}

async function isFree(port: number): Promise<boolean> {
  const server = await hold(port).catch(() => undefined);
  await new Promise((resolve) => (server ? server.close(resolve) : resolve(undefined)));
  return server !== undefined;
}

/** Takes a port, silently. */
export const hold = (port: number): Promise<Server> =>
  new Promise((resolve, reject) => {
    const server = createServer().once('error', reject);
    server.listen(port, '127.0.0.1', () => resolve(server));
  });
