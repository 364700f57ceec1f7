// Real processes for minutes: metrics are posted, nodes are killed and come back. Nothing grows,
// nothing is lost, and none that lives is taken for dead. Its short form is test/e2e/cluster.ts.

import { readFile } from 'node:fs/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createRandom } from '../../node/core/random.ts';
import {
  type Command,
  endEverything,
  expectNoStack,
  newFolder,
  run,
  until,
  untilSaid,
} from '../e2e/support/commands.ts';
import { post, readyAt, stateAt, statusesOf } from '../e2e/support/fleet.ts';
import { freeBasePort } from '../e2e/support/ports.ts';
import { SEED } from '../support/scale.ts';

const NODES = 6;
const CYCLES = 20;
/** A cycle kills a node, and waits until all have missed it and found it again. */
const CYCLE_LIMIT_MS = 40_000;
/** Of a node process that stores, also where nothing was compiled ahead. */
const MAX_RSS_BYTES = 200e6;
const MAX_GROWTH_BYTES = 25e6;

const random = createRandom(SEED);
const ids = Array.from({ length: NODES }, (_, i) => `n${i + 1}`);
const commands = new Map<string, Command>();
let base = 0;
let data = '';

const url = (id: string): string => `http://127.0.0.1:${base + Number(id.slice(1))}`;
const urlsBut = (...without: string[]): string[] =>
  ids.filter((id) => !without.includes(id)).map(url);
const anyOf = (names: readonly string[]): string => names[random.below(names.length)] ?? 'n1';

async function start(id: string): Promise<void> {
  const port = String(base + Number(id.slice(1)));
  const join = urlsBut(id).slice(0, 2).join(',');
  const command = run('node', '--id', id, '--port', port, '--data', data, '--join', join);
  commands.set(id, command);
  await untilSaid(command, /answers at/, 20_000);
}

const rssBytes = async (id: string): Promise<number> => {
  const text = await readFile(`/proc/${commands.get(id)?.pid}/status`, 'utf8');
  return 1_024 * Number(/^VmRSS:\s+(\d+) kB/m.exec(text)?.[1]);
};

async function expectAllAlive(): Promise<void> {
  await until(30_000, async () => {
    for (const id of ids) {
      expect(await statusesOf(id, urlsBut())).toEqual(ids.map(() => 'alive'));
    }
  });
}

beforeAll(async () => {
  base = await freeBasePort(NODES);
  data = await newFolder();
  await Promise.all(ids.map(start));
  await expectAllAlive();
}, 120_000);
afterAll(endEverything);

describe(`${NODES} processes over ${CYCLES} deaths and returns`, () => {
  let posted = 0;

  it.each(Array.from({ length: CYCLES }, (_, i) => i + 1))(
    'number %i is noticed by all, and what was posted meanwhile is known to all',
    { timeout: 4 * CYCLE_LIMIT_MS },
    async () => {
      const victim = anyOf(ids);
      const others = ids.filter((id) => id !== victim);
      const publisher = anyOf(others);
      process.kill(commands.get(victim)?.pid ?? 0, 'SIGKILL');
      const value = ++posted;
      const answer = await post(`${url(publisher)}/metrics`, {
        name: 'queue',
        value,
        priority: 20,
        delta: 1,
      });
      expect(answer.status).toBe(202);
      await until(CYCLE_LIMIT_MS, async () => {
        expect(await statusesOf(victim, others.map(url))).toEqual(others.map(() => 'dead'));
      });
      for (const one of others) {
        expect(await statusesOf(one, others.map(url))).not.toContain('dead');
      }
      await start(victim);
      await expectAllAlive();
      await until(CYCLE_LIMIT_MS, async () => {
        for (const one of urlsBut()) {
          expect((await stateAt(one)).nodes[publisher]?.metrics.queue?.value).toBe(value);
        }
      });
    },
  );

  it('every node is ready, stores, drops nothing and has no fault in its log', async () => {
    for (const id of ids) {
      const { ready, checks } = await readyAt(url(id));
      expect(ready).toBe(true);
      expect(checks.storage).toMatchObject({ status: 'ok' });
      expectNoStack(commands.get(id)?.error() ?? '');
      expect(commands.get(id)?.error()).not.toContain('report it');
    }
  });

  it('memory stays bounded, and does not grow by being asked', async () => {
    const askFor = async (durationMs: number): Promise<void> => {
      const endAt = performance.now() + durationMs;
      while (performance.now() < endAt) await Promise.all(urlsBut().map(stateAt));
    };
    // The last to come back still has its youth before it.
    await askFor(30_000);
    const before = await Promise.all(ids.map(rssBytes));
    await askFor(60_000);
    const after = await Promise.all(ids.map(rssBytes));
    for (const [i, bytes] of after.entries()) {
      expect(bytes).toBeLessThan(MAX_RSS_BYTES);
      expect(bytes - (before[i] ?? 0)).toBeLessThan(MAX_GROWTH_BYTES);
    }
  });
});
