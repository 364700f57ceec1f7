// What a node does on every runtime that has processes. The cases build on one another: each finds
// the node as the one before left it. Its peer runs on Node.js, so that runtimes mix.

import { join } from 'node:path';
import { createClient } from '@libsql/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { HistoryAnswer, NodeAnswer } from '../../node/http/answers/shapes.ts';
import {
  type Command,
  endEverything,
  expectNoStack,
  newFolder,
  run,
  until,
  untilSaid,
} from '../e2e/support/commands.ts';
import { ask, readyAt, stateAt, statusesOf } from '../e2e/support/fleet.ts';
import { isMemoryLimited, memoryPercent, usedPercents } from '../e2e/support/machine.ts';
import { freeBasePort, freePort } from '../e2e/support/ports.ts';
import { NEEDS_SQLD, type SqldServer, startSqld } from '../storage/support.ts';
import type { Runtime } from './runtimes.ts';

let base = 0;
let data = '';
let node: Command;
const url = (i: number): string => `http://127.0.0.1:${base + i}`;
const place = (i: number): string[] => ['--port', String(base + i), '--data', data];

const itself = async (): Promise<NodeAnswer> => {
  const found = (await stateAt(url(1))).nodes.a;
  if (found === undefined) throw new Error('the node does not know itself');
  return found;
};

export const describeRuntime = (runtime: Runtime): void =>
  void describe(`a node on ${runtime.name}`, () => {
    beforeAll(async () => {
      base = await freeBasePort(4);
      data = await newFolder();
      node = runtime.start('--id', 'a', ...place(1));
      await untilSaid(node, /^a answers at http/m, 15_000);
    });
    afterAll(endEverything);

    describe('by itself', () => specifyItself());
    describe('among others', () => specifyPeers(runtime));
    describe('refuses', () => specifyRefusals(runtime));
    describe('with a server', NEEDS_SQLD, () => specifyServer(runtime));
  });

function specifyItself(): void {
  it('is alive and ready, and nothing is wrong with it', async () => {
    expect(await ask(`${url(1)}/livez`)).toEqual({ status: 'ok' });
    await until(8_000, async () => {
      const { ready, checks } = await readyAt(url(1));
      expect(ready).toBe(true);
      for (const check of Object.values(checks)) expect(check).toEqual(OK);
    });
  });

  it('measures its processor', async () => {
    await until(8_000, async () => {
      const { cpu } = (await itself()).metrics;
      expect((await stateAt(url(1))).families.cpu).toMatchObject({ unit: '%', priority: 1 });
      expect(cpu?.value).toBeGreaterThanOrEqual(0);
      expect(cpu?.value).toBeLessThanOrEqual(100);
    });
  });

  it('measures the memory that /proc/meminfo tells', async (test) => {
    if (isMemoryLimited()) test.skip('a limit of this container counts instead');
    // A delta of 7 points is not told, and what other tests take or free is on its way.
    await until(15_000, async () => {
      const { value = Number.NaN } = (await itself()).metrics.memory ?? {};
      expect(Math.abs(value - (await memoryPercent()))).toBeLessThan(10);
    });
  });

  it('measures the used share of a file system that is mounted here', async (test) => {
    const { storage } = (await itself()).metrics;
    if (storage === undefined) return test.skip('this machine has no real file system');
    const distances = (await usedPercents()).map((share) => Math.abs(share - storage.value));
    expect(Math.min(...distances)).toBeLessThan(1);
  });
}

const OK = { status: 'ok', problems: [] };

function specifyPeers(runtime: Runtime): void {
  let generation = 0;
  const both = async (): Promise<void> => {
    for (const i of [1, 2]) {
      const { nodes } = await stateAt(url(i));
      expect(Object.keys(nodes).sort()).toEqual(['a', 'b']);
      for (const { status, metrics } of Object.values(nodes)) {
        expect(status).toBe('alive');
        expect(metrics).toHaveProperty('memory');
      }
    }
  };

  it('exchanges what it knows with a node on Node.js', async () => {
    run('node', '--id', 'b', ...place(2), '--join', url(1));
    await until(10_000, both);
    expect((await readyAt(url(1))).gossip).toMatchObject({ refused: {} });
  });

  it('stores what it learns of others', async () => {
    await until(10_000, async () => {
      const { points } = await ask<HistoryAnswer>(`${url(1)}/history?node=b&metric=memory`);
      expect(points[0]).toMatchObject({ node: 'b', metric: 'memory', unit: '%' });
    });
  });

  it('says goodbye when it is told to end, and ends well', async () => {
    ({ generation } = await itself());
    process.kill(node.pid, 'SIGTERM');
    expect(await node.ended).toEqual({ code: 0, signal: null });
    await until(5_000, async () => expect(await statusesOf('a', [url(2)])).toEqual(['left']));
    expectNoStack(node.error());
  });

  it('comes back with a higher generation, and finds its peers by itself', async () => {
    node = runtime.start('--id', 'a', ...place(1));
    await until(15_000, both);
    expect((await itself()).generation).toBeGreaterThan(generation);
  });

  it('leaves by Ctrl-C too', async () => {
    node.interrupt();
    expect(await node.ended).toEqual({ code: 0, signal: null });
    await until(5_000, async () => expect(await statusesOf('a', [url(2)])).toEqual(['left']));
  });
}

function specifyServer(runtime: Runtime): void {
  let server: SqldServer;
  beforeAll(async () => {
    server = await startSqld(join(await newFolder(), 'sqld'), await freePort());
  });
  afterAll(() => server?.close());

  it('stores on a libSQL server what it measures, the last of it as it ends', async () => {
    const words = ['--id', 'd', ...place(3), '--storage-url', server.url];
    const storing = runtime.start(...words);
    await until(15_000, async () =>
      expect((await stateAt(url(3))).nodes.d?.metrics).toHaveProperty('cpu'),
    );
    process.kill(storing.pid, 'SIGTERM');
    expect(await storing.ended).toEqual({ code: 0, signal: null });
    const client = createClient({ url: server.url });
    const { rows } = await client.execute('SELECT DISTINCT metric FROM sample_history ORDER BY 1');
    client.close();
    expect(rows.map(({ metric }) => metric)).toEqual(expect.arrayContaining(['cpu', 'memory']));
  });
}

function specifyRefusals(runtime: Runtime): void {
  it.each([
    [['--rond', '1s'], 2, /^Unknown option '--rond': did you mean --round\?\n$/],
    [['--round', 'soon'], 2, /^round is "soon" \(--round\), but must be .*\n$/],
    [['--tls-cert', 'node.pem'], 2, /^tls\.cert is "node\.pem" \(--tls-cert\), .*tls\.key.*\n$/],
  ])('%j with a sentence', async (words, code, sentence) => {
    const refused = runtime.start(...words);
    expect(await refused.ended).toMatchObject({ code });
    expect(refused.error()).toMatch(sentence);
  });

  it('a port that is taken, with a sentence', async () => {
    const refused = runtime.start('--id', 'c', ...place(2));
    expect(await refused.ended).toMatchObject({ code: 1 });
    expect(refused.error()).toMatch(/^Port \d+ on 127\.0\.0\.1 is taken; [^\n]*\n$/);
  });
}
