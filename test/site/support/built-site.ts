// Builds the site with the real command, serves it as a plain static host does, opens a browser.

import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Browser } from 'playwright-core';
import { createSiteServer } from '../../../node/cli/site/server.ts';
import { type Listener, listen } from '../../../node/host/network/listen.ts';
import { launchBrowser } from '../browser.ts';
import { writeResults } from './database.ts';
import { siteExperiments } from './experiments.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

export interface Ended {
  readonly code: number | null;
  readonly out: string;
  readonly error: string;
}

/** `npm run site`, or another command of `node/cli/`, as a process of its own. */
export function runCli(
  script: 'site.ts' | 'site-preview.ts',
  args: readonly string[],
  environment: Readonly<Record<string, string>> = {},
  /** Told all output so far, with a way to stop the process as Ctrl-C does. */
  onOutput: (out: string, stop: () => void) => void = () => undefined,
): Promise<Ended> {
  return new Promise((resolve) => {
    const env = { ...process.env, RESULTS_DB: '', NODE_ENV: 'production', ...environment };
    const child = spawn(process.execPath, [join(ROOT, 'node/cli', script), ...args], { env });
    const texts = { out: '', error: '' };
    child.stdout.setEncoding('utf8').on('data', (text) => {
      texts.out += text;
      onOutput(texts.out, () => child.kill('SIGINT'));
    });
    child.stderr.setEncoding('utf8').on('data', (text) => {
      texts.error += text;
    });
    child.once('close', (code) => resolve({ code, ...texts }));
  });
}

export interface ServedSite {
  /** With a slash at its end. */
  readonly url: string;
  readonly listener: Listener;
}

export async function serveSite(folder: string, base: string): Promise<ServedSite> {
  const listener = await listen(createSiteServer(folder, base), { host: '127.0.0.1', port: 0 });
  return { url: `${listener.address}${base}`, listener };
}

export interface BuiltSite extends ServedSite {
  readonly built: Ended;
  readonly out: string;
  readonly base: string;
  readonly browser: Browser;
  close(): Promise<void>;
}

/** The experiments of the tests, under a path. */
export async function buildSite(): Promise<BuiltSite> {
  const base = '/some/where/';
  const folder = await mkdtemp(join(tmpdir(), 'priomon-site-'));
  const out = join(folder, 'site');
  const url = await writeResults(join(folder, 'results.db'), siteExperiments());
  const built = await runCli('site.ts', ['--db', url, '--out', out, '--base', base]);
  const [served, browser] = await Promise.all([serveSite(out, base), launchBrowser()]);
  return {
    ...served,
    built,
    out,
    base,
    browser,
    async close() {
      await browser.close();
      await served.listener.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
