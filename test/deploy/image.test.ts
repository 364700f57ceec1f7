import { execFile } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it, onTestFinished } from 'vitest';
import { V8_FLAGS } from '../../node/host/process/v8-flags.ts';
import { credentials } from '../fixtures/tls.ts';
import { ROOT, readStages, readText, warnings } from './support.ts';

const stages = readStages('deploy/Dockerfile');
const runtime = stages.get('runtime') ?? [];
const wordsOf = (keyword: string, stage = runtime): string[] =>
  stage.filter((one) => one.keyword === keyword).map(({ words }) => words);

describe('deploy/Dockerfile', () => {
  it('ends as the runtime stage, changed in nothing', () => {
    expect(stages.get('default')).toEqual([{ keyword: 'FROM', words: 'runtime' }]);
  });

  it('runs as a user other than root, without a name to look up', () => {
    expect(wordsOf('USER')).toEqual(['10001:10001']);
  });

  it('compiles ahead as that user, for V8 keeps what it compiled per user', () => {
    const build = stages.get('build') ?? [];
    const last = build.slice(-2);
    expect(last).toEqual([
      { keyword: 'USER', words: '10001:10001' },
      { keyword: 'RUN', words: 'node node/runtime/warm-up.mjs' },
    ]);
  });

  it('asks the node itself whether it lives', () => {
    expect(wordsOf('HEALTHCHECK')[0]).toMatch(/CMD \["priomon", "health"\]$/);
    expect(wordsOf('ENTRYPOINT')).toEqual(['["priomon"]']);
  });

  it('has variables that a node understands, once it is given a secret', () => {
    const environment = Object.fromEntries(
      wordsOf('ENV').flatMap((words) => words.split(' ').map((pair) => pair.split('='))),
    );
    expect(warnings({ ...environment, PRIOMON_SECRET: 'a-key-of-16-chars' })).toEqual([]);
    expect(warnings(environment)).toEqual([expect.stringContaining('PRIOMON_SECRET')]);
  });

  it('copies only what .dockerignore lets through', () => {
    const allowed = readText('.dockerignore').split('\n');
    const copied = [...stages.values()].flatMap((stage) => wordsOf('COPY', stage));
    const sources = copied
      .filter((words) => !words.startsWith('--from='))
      .flatMap((words) => words.split(' ').slice(0, -1));
    expect(sources.length).toBeGreaterThan(4);
    for (const source of sources) expect(allowed).toContain(`!${source}`);
  });
});

/** Runs a program of the installation with a `node` that says how it was called. */
function started(path: string, ...words: string[]): Promise<string[]> {
  const folder = mkdtempSync(join(tmpdir(), 'priomon-deploy-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  writeFileSync(join(folder, 'node'), '#!/bin/sh\nprintf "%s\\n" "$@"\n', { mode: 0o755 });
  const env = { PATH: `${folder}:${process.env.PATH}` };
  return new Promise((resolve, reject) => {
    execFile(join(ROOT, path), words, { env }, (error, out) =>
      error ? reject(error) : resolve(out.trim().replaceAll(`${ROOT}/`, './').split('\n')),
    );
  });
}

describe('deploy/priomon', () => {
  it('starts a node exactly as npm run node does', async () => {
    const { scripts } = JSON.parse(readText('package.json')) as { scripts: { node: string } };
    const written = scripts.node.split(' ').slice(1);
    const script = written.map((word) => word.replace(/^node\//, './node/'));
    expect(await started('deploy/priomon', '--id', 'a b')).toEqual([...script, '--id', 'a b']);
    expect(script.slice(0, V8_FLAGS.length)).toEqual(V8_FLAGS);
  });

  it('asks a node, and whether one lives', async () => {
    const query = await started('deploy/priomon', 'query', '--json');
    expect(query.slice(-2)).toEqual(['./node/cli/query.ts', '--json']);
    const health = await started('deploy/priomon', 'health');
    expect(health).toEqual(['./node/runtime/health.mjs']);
  });
});

describe('priomon health', () => {
  const servers: Server[] = [];
  afterEach(() => {
    for (const server of servers.splice(0)) server.close();
  });

  const listen = (server: Server): Promise<number> =>
    new Promise((resolve) => {
      servers.push(server);
      server.listen(0, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
    });
  const serve = (status: number): Promise<number> =>
    listen(
      createServer((request, response) => {
        response.writeHead(request.url === '/mon/livez' ? status : 404).end();
      }),
    );

  const ask = (words: string[], env: NodeJS.ProcessEnv = {}) =>
    new Promise<{ code: number; problem: string }>((resolve) => {
      const program = join(ROOT, 'node/runtime/health.mjs');
      const child = execFile(process.execPath, [program, ...words], { env }, (_, __, problem) =>
        resolve({ code: child.exitCode ?? -1, problem }),
      );
    });

  it('is well with a node that answers, found by the variables of the node', async () => {
    const port = String(await serve(200));
    const env = { PRIOMON_LISTEN: '::', PRIOMON_PORT: port, PRIOMON_BASE_PATH: '/mon/' };
    expect(await ask([], env)).toEqual({ code: 0, problem: '' });
    expect((await ask([`http://127.0.0.1:${port}/mon`])).code).toBe(0);
  });

  it('is well with a node on https, whose certificate is for another name', async () => {
    const { cert, key } = credentials('elsewhere');
    const server = createSecureServer({ cert, key }, (_, response) => response.end());
    const env = { PRIOMON_PORT: String(await listen(server)), PRIOMON_TLS_CERT: 'node.pem' };
    expect(await ask([], env)).toEqual({ code: 0, problem: '' });
  });

  it('is not well with one that answers something else, or nothing', async () => {
    const url = `http://127.0.0.1:${await serve(500)}/mon`;
    expect(await ask([url])).toEqual({ code: 1, problem: `${url}/livez answers 500.\n` });
    const nobody = await ask(['http://127.0.0.1:9']);
    expect(nobody.code).toBe(1);
    expect(nobody.problem).toContain('http://127.0.0.1:9/livez cannot be asked');
  });
});
