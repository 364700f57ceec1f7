// One cluster of real processes and what may happen to its nodes. The tests build on one another:
// each finds the cluster as the one before left it.

import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { createClient } from '@libsql/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PRIMARY_METRICS } from '../../node/config/metrics.ts';
import { createMachine } from '../../node/host/process/measuring.ts';
import type { HistoryAnswer, QueryAnswer } from '../../node/http/answers/shapes.ts';
import {
  expectAggregates,
  expectQueryCommand,
  expectQuorumOnTheDead,
  expectTooLargeQuorumRefused,
} from './queries.ts';
import {
  type Command,
  endEverything,
  expectNoStack,
  newFolder,
  nodeProcess,
  npmRun,
  outcomeOf,
  processesOf,
  run,
  until,
  untilGone,
  untilSaid,
} from './support/commands.ts';
import { ask, post, readyAt, stateAt, statusesOf, viewsOf } from './support/fleet.ts';
import { isMemoryLimited, memoryPercent, usedPercents } from './support/machine.ts';
import { freeBasePort } from './support/ports.ts';

const COUNT = 6;
const IDS = Array.from({ length: COUNT }, (_, i) => `n${i + 1}`);

let basePort = 0;
let data = '';
let cluster: Command;
let offered: string[] = [];

const url = (id: string): string => `http://127.0.0.1:${basePort + Number(id.slice(1))}`;
const urlsBut = (...ids: string[]): string[] => IDS.filter((id) => !ids.includes(id)).map(url);
const all = (status: string, count = COUNT): string[] => new Array(count).fill(status);

/** Names of the primary metrics that this machine can give. */
async function offeredMetrics(): Promise<string[]> {
  const machine = createMachine([]);
  await machine.collect(performance.now());
  await new Promise((resolve) => setTimeout(resolve, 100));
  const readings = await machine.collect(performance.now());
  const names = readings.map(({ metric }) => metric);
  return PRIMARY_METRICS.filter((name) => names.includes(name));
}

export const describeCluster = (): void =>
  void describe('npm run nodes -- 6', () => {
    beforeAll(async () => {
      offered = await offeredMetrics();
      basePort = await freeBasePort(COUNT + 4);
      data = await newFolder();
      cluster = npmRun('nodes', String(COUNT), '--base-port', String(basePort), '--data', data);
      await untilSaid(cluster, /ready: /, 25_000);
    });
    afterAll(endEverything);

    describe('starts', () => {
      specifyStart();
    });
    describe('survives', () => {
      specifyDeathAndReturn();
      specifyLeave();
      specifyTwoWithOneId();
    });
    describe('answers and ends', () => {
      specifyQuery();
      specifyEnd();
    });
  });

function specifyStart(): void {
  it('says how many nodes were ready after how long, and what to open', () => {
    const line = `ready: 6 nodes in \\d+\\.\\d s — open ${url('n1')} \\(Ctrl-C stops\\)\n`;
    expect(cluster.out()).toMatch(new RegExp(line));
    expect(cluster.error()).toBe('');
  });

  it('runs a process for each node, with its id in the list of processes', async () => {
    const pids = await Promise.all(IDS.map((id) => nodeProcess(cluster, id)));
    expect(new Set(pids).size).toBe(COUNT);
    // The short name, which `top` shows, is that of the runtime's thread without a title.
    const names = await Promise.all(pids.map((pid) => readFile(`/proc/${pid}/comm`, 'utf8')));
    expect(names).toEqual(IDS.map((id) => `priomon ${id}\n`));
  });

  it('lets every node answer for all with the metrics that this machine offers', async () => {
    expect(offered).toEqual(expect.arrayContaining(['cpu', 'memory']));
    for (const id of IDS) {
      const { answeredBy, nodes } = await stateAt(url(id));
      expect(answeredBy).toBe(id);
      expect(Object.keys(nodes).sort()).toEqual(IDS);
      for (const node of Object.values(nodes)) {
        expect(node.status).toBe('alive');
        expect(Object.keys(node.metrics)).toEqual(expect.arrayContaining(offered));
      }
    }
  });

  it('tells the memory that /proc/meminfo tells', async (test) => {
    if (isMemoryLimited()) test.skip('a limit of this container counts instead');
    // A delta of 7 points is not told, and what other tests take or free is on its way.
    await until(15_000, async () => {
      const truth = await memoryPercent();
      const { nodes } = await stateAt(url('n2'));
      for (const { metrics } of Object.values(nodes)) {
        expect(Math.abs((metrics.memory?.value ?? Number.NaN) - truth)).toBeLessThan(10);
      }
    });
  });

  it('tells the used share of a file system that is mounted here', async (test) => {
    if (!offered.includes('storage')) test.skip('this machine has no real file system');
    const truths = await usedPercents();
    const { nodes } = await stateAt(url('n3'));
    for (const { metrics } of Object.values(nodes)) {
      const value = metrics.storage?.value ?? Number.NaN;
      expect(Math.min(...truths.map((truth) => Math.abs(truth - value)))).toBeLessThan(1);
    }
  });

  it('keeps what each node saw of all in a database of its own', async () => {
    for (const id of ['n1', 'n6']) {
      const client = createClient({ url: `file:${join(data, `${id}.db`)}` });
      await until(10_000, async () => {
        const { rows } = await client.execute('SELECT DISTINCT node FROM series ORDER BY node');
        expect(rows.map(({ node }) => node)).toEqual(IDS);
      });
      client.close();
    }
    await until(10_000, async () => {
      const { points } = await ask<HistoryAnswer>(`${url('n5')}/history?node=n2&metric=memory`);
      expect(points[0]).toMatchObject({ node: 'n2', metric: 'memory', unit: '%', count: 1 });
    });
  });

  it("brings a user's own metric to all others", async () => {
    const body = { name: 'queue', value: 42, unit: 'jobs', description: 'Jobs that wait' };
    expect((await post(`${url('n2')}/metrics`, body)).status).toBe(202);
    // Stretched rounds last 3 s, and six nodes may need some of them.
    await until(28_000, async () => {
      const views = await viewsOf('n2', urlsBut('n2'));
      for (const { metrics } of views) {
        expect(metrics.queue).toMatchObject({ value: 42 });
      }
      expect((await stateAt(url('n5'))).families.queue).toMatchObject({ unit: 'jobs' });
    });
  });
}

function specifyDeathAndReturn(): void {
  let generation = 0;
  let restarted: Command;
  const n3 = (port: number): Command =>
    run('node', '--id', 'n3', '--port', String(port), '--data', data);

  it('tells on every node that one was killed, and shows its last state', async () => {
    generation = (await stateAt(url('n1'))).nodes.n3?.generation ?? 0;
    process.kill(await nodeProcess(cluster, 'n3'), 'SIGKILL');
    await until(10_000, async () => {
      expect(await statusesOf('n3', urlsBut('n3'))).toEqual(all('dead', 5));
    });
    for (const view of await viewsOf('n3', urlsBut('n3'))) {
      expect(Object.keys(view.metrics)).toEqual(expect.arrayContaining(offered));
    }
    await untilSaid(cluster, /n3 ended: SIGKILL/, 2_000);
  });

  it('answers its last state by a quorum of all that live, and refuses a larger one', async () => {
    await expectQuorumOnTheDead('n3', urlsBut('n3'));
    await expectTooLargeQuorumRefused('n3', url('n1'), 5);
  });

  it('takes it back with a higher generation; it finds its peers in its database', async () => {
    restarted = n3(basePort + 3);
    await until(10_000, async () => {
      for (const view of await viewsOf('n3', urlsBut('n3'))) {
        expect(view.status).toBe('alive');
        expect(view.generation).toBeGreaterThan(generation);
        expect(view.metrics).toHaveProperty('memory');
      }
      expect(Object.keys((await stateAt(url('n3'))).nodes).sort()).toEqual(IDS);
    });
    generation = (await stateAt(url('n3'))).nodes.n3?.generation ?? 0;
  });

  it('takes it back at another port too, even before any node missed it', async () => {
    process.kill(restarted.pid, 'SIGKILL');
    await restarted.ended;
    restarted = n3(basePort + COUNT + 1);
    await until(10_000, async () => {
      for (const view of await viewsOf('n3', urlsBut('n3'))) {
        expect(view.status).toBe('alive');
        expect(view.address).toBe(`http://127.0.0.1:${basePort + COUNT + 1}`);
        expect(view.generation).toBeGreaterThan(generation);
        expect(view.metrics).toHaveProperty('memory');
      }
    });
  });

  it('lets one node go by Ctrl-C with exit code 0, known to all as left', async () => {
    restarted.interrupt();
    expect(await restarted.ended).toEqual({ code: 0, signal: null });
    await until(3_000, async () => {
      expect(await statusesOf('n3', urlsBut('n3'))).toEqual(all('left', 5));
    });
    expectNoStack(restarted.error());
  });
}

function specifyLeave(): void {
  it('knows a planned leave with its reason from a failure', async () => {
    const others = urlsBut('n3', 'n4');
    const seen = new Set<string>();
    const response = await post(`${url('n4')}/leave`, { reason: 'new kernel' });
    expect(response.status).toBe(202);
    await until(3_000, async () => {
      const views = await viewsOf('n4', others);
      for (const { status } of views) seen.add(status);
      for (const view of views) {
        expect(view).toMatchObject({ status: 'left', leave: { reason: 'new kernel' } });
      }
    });
    await untilSaid(cluster, /n4 ended: exit code 0/, 3_000);
    // Longer than an exchange takes to fail and an accusation to come round.
    const endAt = performance.now() + 2_500;
    while (performance.now() < endAt) {
      for (const status of await statusesOf('n4', others)) seen.add(status);
    }
    expect([...seen].filter((status) => status !== 'alive')).toEqual(['left']);
  });
}

function specifyTwoWithOneId(): void {
  it('lets no second node of an id start, with a sentence that says why', async () => {
    const port = String(basePort + COUNT + 2);
    const own = await newFolder();
    const args = ['--id', 'n5', '--port', port, '--data', own, '--join', url('n1')];
    const { code, out, error } = await outcomeOf('node', ...args);
    expect({ code, out }).toEqual({ code: 1, out: '' });
    expect(error).toBe(
      `A node called n5 runs at ${url('n5')} already; give this one another --id, or stop the ` +
        'other first.\n',
    );
    for (const view of await viewsOf('n5', urlsBut('n3', 'n4'))) {
      expect(view).toMatchObject({ status: 'alive', address: url('n5') });
      expect(view.metrics).toHaveProperty('memory');
    }
    expect(cluster.out()).not.toContain('n5 ended');
  });
}

function specifyQuery(): void {
  it('answers npm run query as a table and as JSON', async () => {
    const table = await outcomeOf('query', '--url', url('n6'), '--metric', 'memory');
    expect(table).toMatchObject({ code: 0, error: '' });
    const [heading, ...rows] = table.out.trimEnd().split('\n');
    expect(heading).toMatch(/^node {2}status {2}memory +heard$/);
    expect(rows.map((row) => row.split(/ +/)[0])).toEqual(IDS);
    const json = await outcomeOf('query', '--url', url('n6'), '--node', 'n1', '--json');
    const answer = JSON.parse(json.out) as QueryAnswer;
    expect(new Set(answer.rows.map(({ node }) => node))).toEqual(new Set(['n1']));
  });

  it('answers aggregates over the living, and a quorum about one of them', async () => {
    await expectAggregates(url('n1'), ['n1', 'n2', 'n5', 'n6']);
    await expectQueryCommand(url('n6'), 'n2');
  });

  it('reports only what its own loop does as readiness', async () => {
    const { ready, gossip } = await readyAt(url('n1'));
    expect(ready).toBe(true);
    expect(gossip.refused).toEqual({});
  });
}

function specifyEnd(): void {
  it('leaves within two seconds of Ctrl-C, and no process stays', async () => {
    expect((await processesOf(cluster)).length).toBeGreaterThan(2);
    cluster.interrupt();
    await untilGone(cluster, 5_000);
    const [, seconds] = /stopped: \d nodes in (\d\.\d) s\n$/.exec(cluster.out()) ?? [];
    expect(Number(seconds)).toBeLessThanOrEqual(2);
    expectNoStack(cluster.out() + cluster.error());
  });
}
