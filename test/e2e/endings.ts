// How a local cluster ends, however it is ended, and what it tells programs.

import { afterEach, describe, expect, it } from 'vitest';
import {
  type Command,
  endEverything,
  expectNoStack,
  newFolder,
  npmRun,
  processesOf,
  run,
  until,
  untilGone,
  untilSaid,
} from './support/commands.ts';
import { stateAt, statusesOf } from './support/fleet.ts';
import { freeBasePort } from './support/ports.ts';

/** Two seconds are promised; a machine that runs other tests as well may add one. */
const LIMIT_MS = 3_000;

let basePort = 0;
let data = '';

const url = (i: number): string => `http://127.0.0.1:${basePort + i}`;

async function cluster(count: number, ...args: string[]): Promise<Command> {
  basePort = await freeBasePort(count);
  data = await newFolder();
  return run('nodes', String(count), '--base-port', String(basePort), '--data', data, ...args);
}

const jsonLines = ({ out }: Command): { type: string }[] =>
  out()
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

export function describeEndings(): void {
  describe('npm run nodes', () => {
    afterEach(endEverything);
    specifyJson();
    specifyInProcess();
    specifyEarlyEnd();
    specifyLostParents();
  });
}

function specifyJson(): void {
  it('--json writes one object a line, from the first start to the last stop', async () => {
    const nodes = await cluster(3, '--json');
    await untilSaid(nodes, /"type":"state"/, 45_000);
    nodes.interrupt();
    expect(await nodes.ended).toEqual({ code: 0, signal: null });
    const lines = jsonLines(nodes);
    expect(lines.slice(0, 3)).toEqual(
      [1, 2, 3].map((started) => ({ type: 'started', started, nodes: 3 })),
    );
    expect(lines).toContainEqual({ type: 'knowing', knowing: 3, nodes: 3 });
    const ready = { type: 'ready', nodes: 3, seconds: expect.any(Number), url: url(1) };
    expect(lines).toContainEqual(ready);
    const state = lines.find(({ type }) => type === 'state');
    expect(state).toMatchObject({
      nodes: ['n1', 'n2', 'n3'].map((node) => ({
        node,
        status: 'alive',
        round: expect.any(Number),
      })),
    });
    expect(lines.at(-1)).toMatchObject({ type: 'stopped', nodes: 3 });
    expect(nodes.error()).toBe('');
  });
}

function specifyInProcess(): void {
  it('--in-process runs all nodes in one process, over real HTTP as well', async () => {
    const nodes = await cluster(8, '--in-process');
    await untilSaid(nodes, /ready: 8 nodes/, 45_000);
    expect(await processesOf(nodes)).toHaveLength(1);
    for (const i of [1, 8]) expect(Object.keys((await stateAt(url(i))).nodes)).toHaveLength(8);
    const startedAt = performance.now();
    nodes.interrupt();
    expect(await nodes.ended).toEqual({ code: 0, signal: null });
    expect(performance.now() - startedAt).toBeLessThan(LIMIT_MS);
    expectNoStack(nodes.error());
  });
}

function specifyEarlyEnd(): void {
  it('ends as well when Ctrl-C comes while nodes start', async () => {
    const nodes = await cluster(12, '--json');
    await untilSaid(nodes, /"type":"started"/, 45_000);
    const startedAt = performance.now();
    nodes.interrupt();
    expect(await nodes.ended).toEqual({ code: 0, signal: null });
    await untilGone(nodes, 6_000);
    expect(performance.now() - startedAt).toBeLessThan(LIMIT_MS);
    expect(nodes.out()).not.toContain('"ready"');
    expect(nodes.error()).toBe('');
  });

  it('gives up when a node is lost before all were ready', async () => {
    const nodes = await cluster(6, '--json');
    await untilSaid(nodes, /"type":"started"/, 45_000);
    const child = (await processesOf(nodes)).find(({ args }) => args[0] === 'priomon n1');
    process.kill(child?.pid ?? 0, 'SIGKILL');
    expect((await nodes.ended).code).toBe(1);
    expect(nodes.error()).toMatch(/^n1 ended .*: SIGKILL\.\n$/);
    await untilGone(nodes, 6_000);
  });

  it('ends when the reader of its output is gone', async () => {
    const nodes = await cluster(2, '--json');
    await untilSaid(nodes, /"type":"started"/, 45_000);
    nodes.stdout?.destroy();
    await untilGone(nodes, 10_000);
    expect(nodes.error()).toBe('');
  });
}

function specifyLostParents(): void {
  it('ends its nodes when the npm that started it is killed', async () => {
    basePort = await freeBasePort(2);
    data = await newFolder();
    const nodes = npmRun('nodes', '2', '--base-port', String(basePort), '--data', data);
    await untilSaid(nodes, /ready: 2 nodes/, 45_000);
    process.kill(nodes.pid, 'SIGKILL');
    await untilGone(nodes, 6_000);
  });

  it('ends its nodes when it is killed itself, and a node beside it hears goodbye', async () => {
    const nodes = await cluster(2);
    await untilSaid(nodes, /ready: 2 nodes/, 45_000);
    const beside = await run(
      ...(['node', '--id', 'beside', '--port', '0', '--data', data] as const),
      ...['--join', url(1)],
    );
    await untilSaid(beside, /answers at/, 5_000);
    const address = /http:\S+/.exec(beside.out())?.[0] ?? '';
    // Each has to know it: who leaves tells those whom it knows, and the other leaves as well.
    await until(5_000, async () => {
      expect(await statusesOf('beside', [url(1), url(2)])).toEqual(['alive', 'alive']);
      expect(await statusesOf('n2', [address])).toEqual(['alive']);
    });
    process.kill(nodes.pid, 'SIGKILL');
    await untilGone(nodes, 6_000);
    // Heard, but perhaps not yet read. Who never said it would be dead by and by.
    await until(3_000, async () => {
      for (const id of ['n1', 'n2']) expect(await statusesOf(id, [address])).toEqual(['left']);
    });
  });
}
