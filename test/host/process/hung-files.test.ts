// A node whose machine's files lie on a file system that hangs, as lxcfs may. A pipe without a
// writer stands for it: whoever opens it waits, in the kernel, until there is one.

import { execFileSync } from 'node:child_process';
import {
  closeSync,
  constants,
  mkdirSync,
  openSync,
  renameSync,
  rmSync,
  writeFileSync,
  writeSync,
} from 'node:fs';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { ReadyAnswer } from '../../../node/http/answers/health-shapes.ts';
import {
  type Command,
  endEverything,
  newFolder,
  run,
  until,
  untilSaid,
} from '../../e2e/support/commands.ts';
import { NEEDS_LINUX } from '../../support/lacking.ts';

afterAll(endEverything);

const TEXTS = {
  stat: 'cpu  100 0 100 800 0 0 0 0 0 0\n',
  meminfo: 'MemTotal: 1000 kB\nMemFree: 250 kB\nMemAvailable: 250 kB\n',
  loadavg: '0.50 0.50 0.50 1/100 1000\n',
} as const;

type Name = keyof typeof TEXTS;

/** Folder of a machine, as it would be mounted for --host-root, whose files may begin to hang. */
async function newHost() {
  const root = await newFolder();
  const at = (name: string): string => join(root, 'proc', name);
  mkdirSync(at('1'), { recursive: true });
  writeFileSync(at('1/mountinfo'), '1 1 8:250 / /data rw - ext4 /dev/x rw\n');
  for (const [name, text] of Object.entries(TEXTS)) writeFileSync(at(name), text);
  return {
    root,
    path: at,
    hang(name: Name): void {
      execFileSync('mkfifo', [at('pipe')]);
      renameSync(at('pipe'), at(name));
    },
    /** Who waits gets an answer, and whoever asks from now on gets one at once. */
    answer(name: Name): void {
      renameSync(at(name), at('pipe'));
      writeFileSync(at(name), TEXTS[name]);
      // Refused where nobody waits: then the test is not about a hung file.
      const pipe = openSync(at('pipe'), constants.O_WRONLY | constants.O_NONBLOCK);
      writeSync(pipe, TEXTS[name]);
      closeSync(pipe);
      rmSync(at('pipe'));
    },
  };
}

const startOn = async (root: string): Promise<Command> =>
  run('node', '--id', 'hung', '--port', '0', '--data', await newFolder(), '--host-root', root);

async function get<Answer>(node: Command, path: string): Promise<Answer> {
  const url = /answers at (http:\S+)/.exec(node.out())?.[1];
  const signal = AbortSignal.timeout(1_000);
  return (await (await fetch(`${url}${path}`, { signal })).json()) as Answer;
}

const isAlive = (node: Command) =>
  until(5_000, async () => expect(await get(node, '/livez')).toEqual({ status: 'ok' }));

const problemsOf = async (node: Command): Promise<readonly string[]> =>
  (await get<ReadyAnswer>(node, '/readyz')).checks.probes.problems;

const untilTold = (node: Command, path: string) =>
  until(5_000, async () =>
    expect((await problemsOf(node)).join()).toContain(`${path} does not answer`),
  );

const measuredAtMs = async (node: Command, metric: string): Promise<number> =>
  Date.parse((await get<{ sampledAt: string }>(node, `/state/hung/${metric}`)).sampledAt);

const untilMeasuredAfter = (node: Command, metric: string, afterMs: number) =>
  until(10_000, async () => expect(await measuredAtMs(node, metric)).toBeGreaterThan(afterMs));

// Each mostly waits, so they wait together.
describe.concurrent('a node on files that hang', NEEDS_LINUX, () => {
  it('starts, answers, names the file, and measures when it answers', async () => {
    const host = await newHost();
    host.hang('meminfo');
    const node = await startOn(host.root);
    await untilSaid(node, /answers at/, 15_000);
    await isAlive(node);
    const sentence = new RegExp(
      `^Probe memory failed: ${host.path('meminfo')} does not answer; mend the file system`,
    );
    await until(5_000, async () =>
      expect(await problemsOf(node)).toContainEqual(expect.stringMatching(sentence)),
    );
    host.answer('meminfo');
    await untilMeasuredAfter(node, 'memory', 0);
    await until(5_000, async () => {
      expect((await problemsOf(node)).filter((text) => text.includes('meminfo'))).toEqual([]);
    });
  });

  it('stays alive when they begin to, measures again later, and ends when told to', async () => {
    const host = await newHost();
    const node = await startOn(host.root);
    await untilSaid(node, /answers at/, 15_000);
    await untilMeasuredAfter(node, 'memory', 0);
    host.hang('stat');
    await untilTold(node, host.path('stat'));
    await isAlive(node);
    await until(10_000, async () =>
      expect(await get(node, '/state/hung/load1')).toMatchObject({ stale: true }),
    );
    host.answer('stat');
    await untilMeasuredAfter(node, 'load1', Date.now());
    host.hang('loadavg');
    await untilTold(node, host.path('loadavg'));
    await isAlive(node);
    process.kill(node.pid, 'SIGTERM');
    expect(await node.ended).toEqual({ code: 0, signal: null });
  });

  it('says so instead of starting where not even the mounts of --host-root are told', async () => {
    const host = await newHost();
    renameSync(host.path('1/mountinfo'), host.path('1/was'));
    execFileSync('mkfifo', [host.path('1/mountinfo')]);
    const node = await startOn(host.root);
    expect(await node.ended).toEqual({ code: 2, signal: null });
    expect(node.error()).toContain(
      `host_root: ${host.path('1/mountinfo')} does not answer; mend the file system`,
    );
  });
});
