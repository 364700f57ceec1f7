// Real nodes with secrets, over real HTTP: who finds together, what is said where they do not, and
// how keys are exchanged while they run.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { loadConfig } from '../../../node/config/load.ts';
import type { HostedNode } from '../../../node/host/composition.ts';
import { startNode } from '../../../node/host/node.ts';
import type { Machine } from '../../../node/host/process/measuring.ts';
import type { ReadyAnswer } from '../../../node/http/answers/health-shapes.ts';

const KEY = 'a-key-of-the-cluster-0001';
const OTHER = 'a-key-of-the-cluster-0002';
const NO_MACHINE: Machine = { probes: [], collect: async () => [], runs: () => [] };
const NODE_COMMAND = fileURLToPath(new URL('../../../node/cli/node.ts', import.meta.url));
const DEADLINE_MS = 10_000;

// Of all tests together: they run at once, for they mostly wait.
const cleanUps: (() => Promise<unknown>)[] = [];
afterAll(async () => {
  for (const cleanUp of cleanUps.splice(0).toReversed()) await cleanUp();
});

interface Started extends HostedNode {
  readonly log: string[];
  readonly ready: () => Promise<ReadyAnswer>;
}

async function start(id: string, flags: Record<string, string> = {}): Promise<Started> {
  const log: string[] = [];
  const { config } = loadConfig({
    environment: {},
    flags: { port: '0', round: '100ms', max_round: '100ms', id, ...flags },
  });
  const node = await startNode(config, {
    stores: undefined,
    machine: NO_MACHINE,
    log: (_, sentence) => void log.push(sentence),
  });
  cleanUps.push(() => node.close());
  const ready = async () => (await (await fetch(`${node.url}/readyz`)).json()) as ReadyAnswer;
  return { ...node, log, ready };
}

const until = (check: () => unknown): Promise<unknown> =>
  vi.waitFor(check, { timeout: DEADLINE_MS, interval: 20 });

const alive = ({ driver }: HostedNode): string[] =>
  driver.view
    .members()
    .filter(({ status }) => status === 'alive')
    .map(({ id }) => id)
    .sort();

/** A file of keys, and how to replace it at once. */
async function keyFile(...keys: readonly string[]) {
  const folder = await mkdtemp(join(tmpdir(), 'priomon-keys-'));
  cleanUps.push(() => rm(folder, { recursive: true }));
  const path = join(folder, 'keys');
  const write = async (...lines: readonly string[]): Promise<void> => {
    await writeFile(`${path}.new`, lines.join('\n'));
    await rename(`${path}.new`, path);
  };
  await write(...keys);
  return { path, write };
}

describe.concurrent('nodes that cannot understand one another', () => {
  it.each<[string, Record<string, string>, Record<string, string>, string]>([
    ['other keys', { secret: KEY }, { secret: OTHER }, 'wrong_key'],
    ['a secret, and none', { secret: KEY }, {}, 'unsigned'],
    ['no secret, and one', {}, { secret: KEY }, 'signed'],
    ['one key, two clusters', { secret: KEY }, { secret: KEY, cluster: 'b' }, 'foreign_cluster'],
    ['two open clusters', {}, { cluster: 'b' }, 'foreign_cluster'],
  ])('(%s) say so in both logs and both /readyz', async (_, ofSeed, ofGuest, code) => {
    const seed = await start('seed', ofSeed);
    const guest = await start('guest', { ...ofGuest, join: seed.url });
    const refusing = new RegExp(`^127\\.0\\.0\\.1 is refused \\(${code}\\): it .*\\.$`);
    const refused = new RegExp(`^${seed.url} refuses this node \\(${code}\\): .*\\.$`);
    await until(async () => {
      const [bySeed, byGuest] = [await seed.ready(), await guest.ready()];
      expect(bySeed.checks.peers.problems).toEqual([expect.stringMatching(refusing)]);
      expect(byGuest.checks.peers.problems).toEqual([expect.stringMatching(refused)]);
      expect([bySeed.ready, byGuest.ready]).toEqual([true, true]);
      expect(bySeed.gossip.refused[code]).toBeGreaterThan(2);
    });
    expect(seed.log.filter((line) => refusing.test(line))).toHaveLength(1);
    expect(guest.log.filter((line) => refused.test(line))).toHaveLength(1);
    expect([alive(seed), alive(guest)]).toEqual([['seed'], ['guest']]);
  });
});

describe.concurrent('a node whose clock is off by hours', () => {
  it('is told which way, in its own output and in the log of its seed', async () => {
    const seed = await start('seed', { secret: KEY });
    const late = startLate('-3 * 3600000 - 120000', KEY, seed.url);
    const behind = "3 h 2 min behind this node's (2 min is allowed); set both by NTP.";
    await until(() => {
      expect(late.output()).toMatch(/answers at http/);
      expect(late.output()).toContain(
        `${seed.url} refuses this node (clock_off): Your clock says `,
      );
      expect(late.output()).toContain(`UTC and is ${behind}`);
      expect(seed.log.join()).toMatch(
        '127.0.0.1 is refused (clock_off): it has a clock that says ',
      );
      expect(seed.log.join()).toContain(`UTC, ${behind}`);
    });
    const url = /answers at (\S+)/.exec(late.output())?.[1];
    const { checks } = (await (await fetch(`${url}/readyz`)).json()) as ReadyAnswer;
    expect(checks.peers).toMatchObject({ status: 'degraded', problems: [expect.any(String)] });
    expect((await seed.ready()).checks.peers.problems.join()).toContain(behind);
    expect(alive(seed)).toEqual(['seed']);
  });
});

/** The command of one node in a process whose wall clock is off by so many ms. */
function startLate(offMs: string, secret: string, join: string) {
  const shift = `const now = Date.now; Date.now = () => now() + (${offMs});`;
  const child = spawn(
    process.execPath,
    [
      ...['--import', `data:text/javascript,${encodeURIComponent(shift)}`],
      ...[NODE_COMMAND, '--id', 'late', '--port', '0', '--no-storage', '--join', join],
    ],
    // As an operator gives it: others can see flags.
    { env: { ...process.env, PRIOMON_SECRET: secret }, stdio: ['ignore', 'pipe', 'pipe'] },
  );
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (text: string) => {
      output += text;
    });
  }
  const ended = once(child, 'exit');
  cleanUps.push(async () => {
    child.kill('SIGKILL');
    await ended;
  });
  return { output: () => output };
}

describe.concurrent('a node that got a wrong key', () => {
  it('joins when its file has the right one, and its problem is over', async () => {
    const keys = await keyFile(OTHER);
    const seed = await start('seed', { secret: KEY });
    const guest = await start('guest', { secret_file: keys.path, join: seed.url });
    await until(async () =>
      expect((await guest.ready()).checks.peers.problems[0]).toContain('(wrong_key)'),
    );
    await keys.write(KEY);
    await until(() => expect(alive(seed)).toEqual(['guest', 'seed']));
    await until(async () => expect((await guest.ready()).checks.peers.problems).toEqual([]));
  });
});

describe.concurrent('a file of keys', () => {
  it('that is missing keeps a node from starting, and its port free', async () => {
    await expect(start('a', { secret_file: '/no/such/file', port: '0' })).rejects.toMatchObject({
      code: 'secret_file',
      message: expect.stringContaining('there is no such file; write the keys into it'),
    });
  });

  it('that goes leaves the keys in use, and is told of', async () => {
    const keys = await keyFile(KEY);
    const seed = await start('seed', { secret_file: keys.path });
    await keys.write('# being replaced');
    await until(async () =>
      expect((await seed.ready()).checks.peers.problems).toEqual([
        `secret_file ${keys.path} cannot be used: it has no keys; write them into it, one a ` +
          'line. The keys that were read before stay in use.',
      ]),
    );
    await start('guest', { secret: KEY, join: seed.url });
    await until(() => expect(alive(seed)).toEqual(['guest', 'seed']));
  });
});

describe.concurrent('three nodes', () => {
  it('exchange their key while they run, without one exchange lost', async () => {
    const files = await Promise.all(['a', 'b', 'c'].map(() => keyFile(KEY)));
    const nodes: Started[] = [];
    for (const [i, { path }] of files.entries()) {
      const join = nodes[0] === undefined ? '' : nodes[0].url;
      // A busy machine is late, and late is lost.
      const flags = { secret_file: path, join, exchange_timeout: '10s' };
      nodes.push(await start(`n${i}`, flags));
    }
    const all = ['n0', 'n1', 'n2'];
    await until(() => expect(nodes.map(alive)).toEqual([all, all, all]));
    for (const keys of [[KEY, OTHER], [OTHER, KEY], [OTHER]]) {
      const before = nodes.map(({ log }) => log.length);
      for (const file of files) await file.write(...keys);
      await until(() => {
        for (const [i, { log }] of nodes.entries()) {
          expect(log.slice(before[i]).join()).toContain(`${keys.length} key`);
        }
      });
      const asked = await exchanges(nodes);
      await until(async () => {
        const now = await exchanges(nodes);
        for (const [i, count] of now.entries()) expect(count).toBeGreaterThan((asked[i] ?? 0) + 3);
      });
    }
    for (const node of nodes) {
      const { gossip, checks } = await node.ready();
      expect([gossip.failedExchanges, gossip.refused]).toEqual([0, {}]);
      expect(checks.peers.problems).toEqual([]);
    }
    expect(nodes.map(alive)).toEqual([all, all, all]);
    // The old key is worth nothing any more.
    const late = await start('late', { secret: KEY, join: nodes[0]?.url ?? '' });
    await until(async () =>
      expect((await late.ready()).checks.peers.problems[0]).toContain('(wrong_key)'),
    );
  });
});

const exchanges = (nodes: readonly Started[]): Promise<number[]> =>
  Promise.all(nodes.map(async ({ ready }) => (await ready()).gossip.exchanges));
