// Two supervised processes with one id, and one whose clock is wrong until somebody sets it.

import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  type Command,
  endEverything,
  expectNoStack,
  newFolder,
  run,
  runProgram,
  until,
  untilSaid,
} from './support/commands.ts';
import { membersAt, readyAt } from './support/fleet.ts';

const FAST = ['--round', '200ms', '--max-round', '200ms', '--port', '0'];
/** Starts that a supervisor makes in vain before anybody believes that it goes on so. */
const IN_VAIN = 3;
const DAY_MS = 86_400_000;

let peer: Command;
let peerUrl = '';

const urlOf = (command: Command): string => /http:\S+/.exec(command.out())?.[0] ?? '';

interface Supervised {
  readonly runs: Command[];
  stop(): void;
}

/** Starts a node again whenever it has ended, as systemd and Kubernetes do. */
function supervise(...args: string[]): Supervised {
  const runs: Command[] = [];
  let isOver = false;
  const loop = async (): Promise<void> => {
    while (!isOver) {
      const command = run('node', ...args);
      runs.push(command);
      await command.ended;
    }
  };
  void loop();
  return {
    runs,
    stop: () => {
      isOver = true;
    },
  };
}

export const describeIdentity = (): void =>
  void describe('npm run node', () => {
    beforeAll(async () => {
      peer = run('node', '--id', 'peer', '--no-storage', ...FAST);
      await untilSaid(peer, /answers at/, 10_000);
      peerUrl = urlOf(peer);
    });
    afterAll(endEverything);
    specifyRestartLoops();
    specifyClock();
    specifyOneFolder();
  });

function specifyOneFolder(): void {
  it('twice with one id on one data folder is refused, until the first is gone', async () => {
    const data = await newFolder();
    const args = ['--id', 'twin', '--data', data, ...FAST];
    const first = run('node', ...args);
    await untilSaid(first, /answers at/, 10_000);
    const second = run('node', ...args);
    expect(await second.ended).toEqual({ code: 1, signal: null });
    expect(second.error()).toBe(
      `A node called twin stores in folder ${data} already, process ${first.pid}; give this one ` +
        'another --id, or stop the other first.\n',
    );
    process.kill(first.pid, 'SIGKILL');
    await first.ended;
    await untilSaid(run('node', ...args), /answers at/, 10_000);
  });
}

function specifyRestartLoops(): void {
  it('twice with one id, each started again and again, ends with one node up', async () => {
    const folders = [await newFolder(), await newFolder()];
    const loops = folders.map((data) =>
      supervise('--id', 'n3', '--data', data, '--join', peerUrl, ...FAST),
    );
    try {
      // Both start at once, and either may stay.
      const [up, down] = await until(25_000, () => {
        const [fewer, more] = loops.toSorted((a, b) => a.runs.length - b.runs.length);
        expect(more?.runs.length).toBeGreaterThan((fewer?.runs.length ?? 0) + IN_VAIN);
        return [fewer, more] as [Supervised, Supervised];
      });
      const survivor = up.runs.at(-1) as Command;
      const refused = down.runs.slice(-1 - IN_VAIN, -1);
      for (const { ended, error } of refused) {
        expect(await ended).toEqual({ code: 1, signal: null });
        expect(error()).toBe(
          `A node called n3 runs at ${urlOf(survivor)} already; give this one another --id, or ` +
            'stop the other first.\n',
        );
      }
      const [member] = (await membersAt(peerUrl)).filter(({ node: id }) => id === 'n3');
      expect(member).toMatchObject({ status: 'alive', address: urlOf(survivor) });
      expect(up.runs.at(-1)).toBe(survivor);
      for (const { runs } of loops) for (const { error } of runs) expectNoStack(error());
    } finally {
      for (const loop of loops) loop.stop();
    }
  });
}

/** A machine's clock that is ahead from the start, and is set right by a signal. */
const CLOCK = (aheadMs: number): string => `
  const now = Date.now;
  let aheadMs = ${aheadMs};
  Date.now = () => now() + aheadMs;
  process.on('SIGUSR2', () => { aheadMs = 0; });
`;

async function runAhead(id: string, aheadMs: number): Promise<Command> {
  const preload = join(await newFolder(), 'clock.mjs');
  await writeFile(preload, CLOCK(aheadMs));
  const args = ['--id', id, '--no-storage', '--join', peerUrl, ...FAST];
  const command = runProgram(process.execPath, '--import', preload, 'node/cli/node.ts', ...args);
  await untilSaid(command, /answers at/, 10_000);
  return command;
}

const skewAt = async (url: string, id: string): Promise<number> =>
  (await membersAt(url)).find((member) => member.node === id)?.skewMs ?? Number.NaN;

function specifyClock(): void {
  it('shows peers the error of its clock, and that it was set while it runs', async () => {
    const node = await runAhead('ahead', 30 * DAY_MS);
    const error = async () => Math.abs((await skewAt(peerUrl, 'ahead')) - 30 * DAY_MS);
    await until(5_000, async () => expect(await error()).toBeLessThan(1_000));
    process.kill(node.pid, 'SIGUSR2');
    // Samples are taken each second, and two rounds follow.
    await until(5_000, async () => {
      expect(Math.abs(await skewAt(peerUrl, 'ahead'))).toBeLessThan(1_000);
      expect(Math.abs(await skewAt(urlOf(node), 'peer'))).toBeLessThan(1_000);
    });
  });

  it('is refused with a clock decades ahead, which both sides say, until it is set', async () => {
    const node = await runAhead('decades', 60 * 365 * DAY_MS);
    const problems = async (url: string) => (await readyAt(url)).checks.peers.problems.join();
    await until(5_000, async () => {
      expect(await problems(urlOf(node))).toMatch(/refuses this node \(generation_ahead\): Your/);
      expect(await problems(peerUrl)).toMatch(/is refused \(generation_ahead\)/);
    });
    expect(node.error()).toMatch(/refuses this node \(generation_ahead\).+set both clocks/);
    process.kill(node.pid, 'SIGUSR2');
    await until(8_000, async () => {
      const seen = (await membersAt(peerUrl)).find(({ node: id }) => id === 'decades');
      expect(seen?.status).toBe('alive');
      expect(await problems(urlOf(node))).toBe('');
    });
  });
}
