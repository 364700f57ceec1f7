// Durable Objects under `wrangler dev` in one signed cluster with processes of Node.js.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { endEverything, newFolder, run, until } from '../e2e/commands.ts';
import { membersAt, readyAt, stateAt, statusesOf } from '../e2e/fleet.ts';
import { freeBasePort } from '../e2e/ports.ts';
import { startWorkers, type Workers } from './wrangler.ts';

const SECRET = 'a-secret-for-tests-alone';
const TOKEN = 'a-token-for-tests-alone';
const OBJECTS = ['edge-1', 'edge-2'];
const PROCESSES = ['n1', 'n2'];
const ALL = [...OBJECTS, ...PROCESSES];

let port = 0;
let folder = '';
let workers: Workers;
let urls: string[] = [];

const start = (): Promise<Workers> =>
  startWorkers({
    ...{ nodes: OBJECTS, port, folder },
    variables: {
      PRIOMON_SECRET: SECRET,
      PRIOMON_ADMIN_TOKEN: TOKEN,
      PRIOMON_JOIN: `http://127.0.0.1:${port + 1}`,
      // Shorter than a free account could pay, for a test that has no time.
      PRIOMON_ROUND: '1s',
      PRIOMON_PLAN: 'paid',
    },
  });

/** A metric of a user, important enough not to wait for a round. */
async function measure(url: string, name: string, value: number): Promise<void> {
  const answer = await fetch(`${url}/metrics`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${TOKEN}` },
    body: JSON.stringify({ name, value, priority: 200, delta: 1 }),
  });
  expect(answer.status, await answer.text()).toBe(202);
}

/** Resolves when every node shows that value of that node. */
const everywhere = (id: string, name: string, value: number, limitMs: number): Promise<void> =>
  until(limitMs, async () => {
    const states = await Promise.all(urls.map(stateAt));
    const shown = states.map(({ nodes }) => nodes[id]?.metrics[name]?.value);
    expect(shown).toEqual(ALL.map(() => value));
  });

beforeAll(async () => {
  port = (await freeBasePort(3)) + 1;
  folder = await newFolder();
  for (const [i, id] of PROCESSES.entries()) {
    const seed = `http://127.0.0.1:${port}/n/edge-1`;
    const place = ['--port', String(port + 1 + i), '--data', folder, '--join', seed];
    run('node', '--id', id, ...place, '--secret', SECRET, '--admin-token', TOKEN);
  }
  workers = await start();
  urls = [...workers.urls, ...PROCESSES.map((_, i) => `http://127.0.0.1:${port + 1 + i}`)];
}, 90_000);
afterAll(endEverything);

describe('objects and processes', () => {
  it('find one another, and each shows the metrics of all', async () => {
    await until(30_000, async () => {
      for (const url of urls) {
        const { nodes } = await stateAt(url);
        expect(Object.keys(nodes)).toEqual(ALL);
        for (const id of PROCESSES) expect(nodes[id]?.metrics.memory?.unit).toBe('%');
        for (const id of OBJECTS) expect(nodes[id]?.metrics.requests?.unit).toBe('/s');
      }
    });
    for (const url of urls) expect((await readyAt(url)).ready).toBe(true);
  }, 40_000);

  it('hear of an urgent change at once, both ways', async () => {
    for (const [id, url] of [
      ['n1', urls[2] ?? ''],
      ['edge-1', urls[0] ?? ''],
    ] as const) {
      await measure(url, 'queue', 1);
      await everywhere(id, 'queue', 1, 15_000);
      await measure(url, 'queue', 42);
      await everywhere(id, 'queue', 42, 3_000);
    }
  }, 40_000);

  it('go on by themselves: alarms bring rounds that nobody asked for', async () => {
    const [url = ''] = workers.urls;
    const { round } = (await readyAt(url)).gossip;
    await until(15_000, async () => {
      expect((await readyAt(url)).gossip.round).toBeGreaterThan(round + 1);
    });
  });
});

describe('objects that end without a word', () => {
  it('are missed, and come back with their view, as later runs', async () => {
    const before = await membersAt(urls[2] ?? '');
    const generation = (id: string, members = before): number =>
      members.find((member) => member.id === id)?.generation ?? 0;
    await workers.kill();
    const processes = urls.slice(2);
    await until(20_000, async () => {
      const statuses = await statusesOf('edge-1', processes);
      for (const status of statuses) expect(status).not.toBe('alive');
    });
    workers = await start();
    const [first] = await Promise.all(workers.urls.map(stateAt));
    expect(Object.keys(first?.nodes ?? {})).toEqual(ALL);
    expect(first?.nodes.n1?.metrics.queue?.value).toBe(42);
    await until(20_000, async () => {
      for (const url of processes) {
        const members = await membersAt(url);
        expect(members.map(({ status }) => status)).toEqual(ALL.map(() => 'alive'));
        for (const id of OBJECTS) expect(generation(id, members)).toBeGreaterThan(generation(id));
      }
    });
  }, 90_000);
});
