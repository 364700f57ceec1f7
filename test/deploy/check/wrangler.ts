// Cloudflare's own tool, as npm exec runs it.

import { spawn } from 'node:child_process';
import type { AddressInfo } from 'node:net';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { ROOT } from '../support.ts';
import { run } from './engine.ts';
import { until } from './nodes.ts';

const PROGRAM = join(ROOT, 'node_modules/wrangler/bin/wrangler.js');

/** What it says; rejects when it failed. */
export async function wrangler(...words: string[]): Promise<string> {
  const { code, out, problem } = await run(process.execPath, [PROGRAM, ...words], { cwd: ROOT });
  if (code === 0) return out;
  throw new Error(`wrangler ${words.join(' ')} ended with ${code}: ${problem || out}`);
}

const freePort = (): Promise<number> =>
  new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address() as AddressInfo;
      server.close(() => resolve(port));
    });
  });

export interface Served {
  readonly url: string;
  stop(): void;
}

/** Runs what a configuration describes on this machine, in workerd. */
export async function serve(config: string): Promise<Served> {
  const port = await freePort();
  const words = ['dev', '--config', config, '--ip', '127.0.0.1', '--port', String(port)];
  // A group of its own, for it starts further processes that are to end with it.
  const child = spawn(process.execPath, [PROGRAM, ...words], { detached: true, stdio: 'ignore' });
  const url = `http://127.0.0.1:${port}/`;
  const stop = (): void => {
    if (child.pid !== undefined && child.exitCode === null) process.kill(-child.pid, 'SIGTERM');
  };
  await until(
    () => fetch(url),
    ({ ok }) => ok,
    60_000,
  ).catch((error: unknown) => {
    stop();
    throw error;
  });
  return { url, stop };
}
