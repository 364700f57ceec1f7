import { chmod, chown, mkdir, readFile, rm, symlink, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ROOT } from '../support.ts';
import { nginx, sqld } from './bases.ts';
import {
  addressOf,
  engineEnvironment,
  engineOptions,
  podman,
  removeAll,
  run,
  STORE,
} from './engine.ts';
import { ask, buildImage, SECRET, stateOf, until, untilMembers } from './nodes.ts';
import { buildSite, crawl } from './site.ts';

const PROJECT = join(STORE, 'compose');
const ALL = ['node-1 alive', 'node-2 alive', 'node-3 alive'];
const nameOf = (service: string): string => `deploy_${service}_1`;

/** podman-compose, which reads the file as docker compose does, with the engine of the checks. */
async function compose(words: readonly string[], env: NodeJS.ProcessEnv = {}): Promise<void> {
  const path = join(PROJECT, 'podman');
  const { code, out, problem } = await run(
    'podman-compose',
    ['--podman-path', path, '--file', 'deploy/compose.yaml', ...words],
    { cwd: PROJECT, env: { ...engineEnvironment(), ...env } },
  );
  if (code !== 0) throw new Error(`podman-compose ${words.join(' ')} failed: ${problem || out}`);
}

/** The project as who followed deploy/compose.md has it, but for the ports it publishes. */
async function layOut(): Promise<void> {
  await rm(PROJECT, { recursive: true, force: true });
  await mkdir(join(PROJECT, 'deploy'), { recursive: true });
  await mkdir(join(PROJECT, 'analysis-site'));
  await symlink(join(ROOT, 'deploy/site'), join(PROJECT, 'deploy/site'));
  const text = await readFile(join(ROOT, 'deploy/compose.yaml'), 'utf8');
  // Any free port: those of the file may be taken here.
  const free = text.replaceAll(/"127\.0\.0\.1:\d+:/g, '"127.0.0.1::');
  await writeFile(join(PROJECT, 'deploy/compose.yaml'), free);
  const secret = join(PROJECT, 'deploy/secret');
  await writeFile(secret, `${SECRET}\n`);
  await chmod(secret, 0o400);
  await chown(secret, 10_001, 10_001);
  const words = engineOptions().join(' ');
  await writeFile(join(PROJECT, 'podman'), `#!/bin/sh\nexec podman ${words} "$@"\n`);
  await chmod(join(PROJECT, 'podman'), 0o755);
}

interface Ready {
  readonly checks: {
    readonly storage: { readonly status: string; readonly problems: readonly string[] };
  };
}

const untilStorage = (service: string, wanted: string, withinMs: number) =>
  until(
    () => ask<Ready>(nameOf(service), '/readyz').then(({ checks }) => checks.storage),
    ({ status }) => status === wanted,
    withinMs,
  );

describe('deploy/compose.yaml', () => {
  beforeAll(async () => {
    await Promise.all([sqld(), nginx()]);
    await buildImage();
    await podman(['tag', 'localhost/priomon:0.1.0', 'localhost/priomon:0.2.0']);
    await layOut();
    await buildSite(join(PROJECT, 'analysis-site/dist'));
    await compose(['up', '--detach', '--no-build', 'sqld', 'node-1', 'node-2', 'node-3']);
  });
  afterAll(removeAll);

  it('makes one cluster of three nodes, which sign', async () => {
    for (const service of ['node-1', 'node-2', 'node-3']) {
      await untilMembers(nameOf(service), ALL);
    }
    const stranger = await fetch(`http://${await addressOf(nameOf('node-1'))}:4001/leave`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: '{"reason":"a stranger says so"}',
    });
    expect(stranger.status).toBe(401);
  });

  it('keeps their history on the server, for any node to read', async () => {
    const read = () =>
      ask<{ samples?: unknown[] }>(nameOf('node-2'), '/history?node=node-1&metric=cpu');
    const found = await until(read, (answer) => JSON.stringify(answer).includes('"node-1"'));
    expect(JSON.stringify(found)).toContain('cpu');
    await untilStorage('node-1', 'ok', 30_000);
  });

  it('works on without the server, says so, and stores again once it is back', async () => {
    await podman(['kill', nameOf('sqld')]);
    const { problems } = await untilStorage('node-1', 'degraded', 60_000);
    console.log(problems.join(' '));
    await untilMembers(nameOf('node-1'), ALL);
    await podman(['start', nameOf('sqld')]);
    await untilStorage('node-1', 'ok', 120_000);
  });

  it('sees a node die, and come back', async () => {
    await podman(['kill', nameOf('node-3')]);
    await untilMembers(nameOf('node-1'), [...ALL.slice(0, 2), 'node-3 dead']);
    await podman(['start', nameOf('node-3')]);
    await untilMembers(nameOf('node-1'), ALL);
  });

  it('is upgraded one node at a time, and back, without a death', async () => {
    const before = (await stateOf(nameOf('node-2'))).nodes['node-1']?.generation ?? Infinity;
    for (const version of ['0.2.0', '0.1.0']) {
      for (const service of ['node-1', 'node-2', 'node-3']) {
        await compose(['stop', '--timeout', '10', service]);
        await podman(['rm', nameOf(service)]);
        await compose(['up', '--detach', '--no-build', '--no-deps', service], {
          PRIOMON_VERSION: version,
        });
        await untilMembers(nameOf(service), ALL);
      }
      const image = await podman(['inspect', '--format', '{{.ImageName}}', nameOf('node-1')]);
      expect(image).toBe(`localhost/priomon:${version}`);
    }
    const after = (await stateOf(nameOf('node-2'))).nodes['node-1']?.generation ?? 0;
    expect(after).toBeGreaterThan(before);
  });

  it('serves the report site', async () => {
    await compose(['up', '--detach', '--no-build', 'site']);
    const url = `http://${await addressOf(nameOf('site'))}:8080/`;
    await until(
      () => fetch(url),
      ({ ok }) => ok,
    );
    const { visited, broken } = await crawl(url);
    expect(broken).toEqual([]);
    expect(visited).toBeGreaterThan(50);
  });
});
