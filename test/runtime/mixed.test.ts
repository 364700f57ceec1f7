// One signed cluster on all runtimes: processes of Node.js and of Deno, and Durable Objects under
// `wrangler dev`.

import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { type Command, endEverything, newFolder, until } from '../e2e/support/commands.ts';
import { membersAt, readyAt, stateAt, statusesOf } from '../e2e/support/fleet.ts';
import { freeBasePort } from '../e2e/support/ports.ts';
import { RUNTIMES, type Runtime } from './runtimes.ts';
import { startWorkers, type Workers } from './wrangler.ts';

const SECRET = 'a-secret-for-tests-alone';
const TOKEN = 'a-token-for-tests-alone';

const [nodeJs, deno] = RUNTIMES as [Runtime, Runtime];
/** By id, in the order of their ports. */
const PROCESSES = new Map([
  ...['n1', 'n2', 'n3'].map((id) => [id, nodeJs] as const),
  ...['d1', 'd2'].map((id) => [id, deno] as const),
]);
const OBJECTS = ['edge-1', 'edge-2'];
const ALL = [...OBJECTS, ...PROCESSES.keys()].sort();
/** One of each kind, and none that others were told to join. */
const VICTIMS = ['n3', 'd2'];

let port = 0;
let folder = '';
let workers: Workers;
const running = new Map<string, Command>();

const processUrl = (id: string): string =>
  `http://127.0.0.1:${port + 1 + [...PROCESSES.keys()].indexOf(id)}`;
const urlOf = (id: string): string =>
  PROCESSES.has(id) ? processUrl(id) : (workers.urls[OBJECTS.indexOf(id)] ?? '');
const urlsOf = (ids: Iterable<string>): string[] => [...ids].map(urlOf);

function startProcess(id: string): void {
  const words = [
    ...['--id', id, '--port', new URL(processUrl(id)).port, '--data', folder],
    ...['--join', `${processUrl('n1')},${processUrl('n2')}`],
    ...['--secret', SECRET, '--admin-token', TOKEN],
  ];
  const command = PROCESSES.get(id)?.start(...words);
  if (command !== undefined) running.set(id, command);
}

async function startObjects(): Promise<void> {
  workers = await startWorkers({
    ...{ nodes: OBJECTS, port, folder },
    variables: {
      PRIOMON_SECRET: SECRET,
      PRIOMON_ADMIN_TOKEN: TOKEN,
      PRIOMON_JOIN: `${processUrl('n1')},${processUrl('d1')}`,
      // Shorter than a free account could pay, for a test that has no time.
      PRIOMON_ROUND: '1s',
      PRIOMON_PLAN: 'paid',
    },
  });
}

/** A metric of a user, important enough not to wait for a round. */
async function measure(id: string, value: number): Promise<void> {
  const answer = await fetch(`${urlOf(id)}/metrics`, {
    method: 'POST',
    headers: { 'Content-Type': 'application/json', Authorization: `Bearer ${TOKEN}` },
    body: JSON.stringify({ name: 'queue', value, priority: 200, delta: 1 }),
  });
  expect(answer.status, await answer.text()).toBe(202);
}

/** Resolves when every node shows that value of that node. */
const everywhere = (id: string, value: number, limitMs: number): Promise<void> =>
  until(limitMs, async () => {
    const states = await Promise.all(urlsOf(ALL).map(stateAt));
    const shown = states.map(({ nodes }) => nodes[id]?.metrics.queue?.value);
    expect(shown).toEqual(ALL.map(() => value));
  });

const generations = async (): Promise<Map<string, number>> =>
  new Map((await membersAt(urlOf('n1'))).map(({ node: id, generation }) => [id, generation]));

beforeAll(async () => {
  port = (await freeBasePort(PROCESSES.size + 1)) + 1;
  folder = await newFolder();
  for (const id of PROCESSES.keys()) startProcess(id);
  await startObjects();
}, 120_000);
afterAll(endEverything);

describe('nodes on Node.js, on Deno and on Cloudflare', () => {
  it('find one another, and each shows the metrics of all', async () => {
    await until(60_000, async () => {
      // All at once: an object sleeps until it is asked for the first time.
      for (const { nodes, families } of await Promise.all(urlsOf(ALL).map(stateAt))) {
        expect(Object.keys(nodes).sort()).toEqual(ALL);
        expect(families).toMatchObject({ memory: { unit: '%' }, requests: { unit: '/s' } });
        for (const id of PROCESSES.keys()) expect(nodes[id]?.metrics).toHaveProperty('memory');
        for (const id of OBJECTS) expect(nodes[id]?.metrics).toHaveProperty('requests');
      }
    });
    for (const url of urlsOf(ALL)) expect((await readyAt(url)).ready).toBe(true);
  }, 70_000);

  it.each(['n1', 'd1', 'edge-1'])('hear of an urgent change of %s at once', async (id) => {
    await measure(id, 1);
    await everywhere(id, 1, 15_000);
    await measure(id, 42);
    await everywhere(id, 42, 3_000);
  });

  it('go on by themselves: alarms bring rounds that no request asked for', async () => {
    const { round } = (await readyAt(urlOf('edge-1'))).gossip;
    await until(15_000, async () => {
      expect((await readyAt(urlOf('edge-1'))).gossip.round).toBeGreaterThan(round + 1);
    });
  });

  it('come back, each kind of them, as later runs after ending without a word', async () => {
    const before = await generations();
    const survivors = [...PROCESSES.keys()].filter((id) => !VICTIMS.includes(id));
    for (const id of VICTIMS) process.kill(running.get(id)?.pid ?? 0, 'SIGKILL');
    await workers.kill();
    await until(30_000, async () => {
      for (const id of [...VICTIMS, ...OBJECTS]) {
        for (const status of await statusesOf(id, urlsOf(survivors))) expect(status).toBe('dead');
      }
    });
    for (const id of VICTIMS) startProcess(id);
    await startObjects();
    // From its own storage, before anybody could have told it.
    const { nodes } = await stateAt(urlOf('edge-1'));
    expect(Object.keys(nodes).sort()).toEqual(ALL);
    expect(nodes.d1?.metrics.queue?.value).toBe(42);
    await until(30_000, async () => {
      for (const url of urlsOf(ALL)) {
        const members = await membersAt(url);
        expect(members.map(({ status }) => status)).toEqual(ALL.map(() => 'alive'));
      }
      const after = await generations();
      for (const id of [...VICTIMS, ...OBJECTS]) {
        expect(after.get(id)).toBeGreaterThan(before.get(id) ?? Number.NaN);
      }
      for (const id of survivors) expect(after.get(id)).toBe(before.get(id));
    });
  }, 150_000);
});
