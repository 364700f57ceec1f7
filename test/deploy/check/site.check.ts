import { chmod, cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../support.ts';
import { CADDY, caddy, NGINX, nginx } from './bases.ts';
import { addressOf, podman, removeAll, STORE } from './engine.ts';
import { HARDENED, until } from './nodes.ts';
import { buildSite, crawl } from './site.ts';
import { serve } from './wrangler.ts';

/** A folder of the web with the site as it is, and once more in a folder below. */
let web = '';
const BELOW = 'reports/priomon';

const start = (name: string, ...words: string[]): Promise<string> =>
  podman(['run', '--detach', '--name', name, '--network', 'check', ...HARDENED, ...words]);

/** Every address answers, from the top and from the folder below; others get the own page. */
async function isWhole(root: string): Promise<void> {
  for (const url of [root, `${root}${BELOW}/`]) {
    const { visited, broken } = await crawl(url);
    console.log(`${visited} addresses from ${url}`);
    expect(broken).toEqual([]);
    expect(visited).toBeGreaterThan(50);
  }
  const missing = await fetch(`${root}no-such-page/`);
  expect(missing.status).toBe(404);
  expect(await missing.text()).toContain('<html');
}

async function serves(name: string): Promise<void> {
  const root = `http://${await addressOf(name)}:8080/`;
  const { headers } = await until(
    () => fetch(root),
    ({ ok }) => ok,
  );
  expect(headers.get('x-content-type-options')).toBe('nosniff');
  await isWhole(root);
}

describe('the report site', () => {
  beforeAll(async () => {
    await Promise.all([nginx(), caddy()]);
    await podman(['network', 'create', 'check']);
    web = await mkdtemp(join(STORE, 'web-'));
    const built = await buildSite(join(web, 'built'));
    await cp(built, join(web, 'site'), { recursive: true });
    await cp(built, join(web, 'site', BELOW), { recursive: true });
    // Servers run as nobody in particular.
    await chmod(web, 0o755);
  });
  afterAll(async () => {
    await removeAll();
    await rm(web, { recursive: true, force: true });
  });

  it('is served by nginx as deploy/site/nginx.conf has it, under any path', async () => {
    const settings = join(ROOT, 'deploy/site/nginx.conf');
    const files = ['--volume', `${web}/site:/usr/share/nginx/html:ro`];
    files.push('--volume', `${settings}:/etc/nginx/conf.d/default.conf:ro`, '--tmpfs', '/tmp');
    await start('nginx', ...files, NGINX);
    await serves('nginx');
  });

  it('is served by caddy as deploy/site/Caddyfile has it, under any path', async () => {
    const settings = join(web, 'Caddyfile');
    const text = await readFile(join(ROOT, 'deploy/site/Caddyfile'), 'utf8');
    await writeFile(settings, text);
    const files = ['--volume', `${web}/site:/srv/analysis-site/dist:ro`, '--workdir', '/srv'];
    files.push('--volume', `${settings}:/Caddyfile:ro`, '--tmpfs', '/tmp', '--env', 'HOME=/tmp');
    await start('caddy', ...files, CADDY, 'caddy', 'run', '--config', '/Caddyfile');
    await serves('caddy');
  });

  it('is served by Cloudflare as deploy/site/wrangler.toml has it, under any path', async () => {
    const text = await readFile(join(ROOT, 'deploy/site/wrangler.toml'), 'utf8');
    const config = join(web, 'wrangler.toml');
    await writeFile(config, text.replace(/^directory = .*$/m, 'directory = "site"'));
    const served = await serve(config);
    await isWhole(served.url).finally(served.stop);
  });
});
