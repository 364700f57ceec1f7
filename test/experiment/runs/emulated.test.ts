// Runs of real nodes in processes of their own: what is done to them has its effect, and none
// outlives its run. They mostly wait, so they wait together, and with runs in one process.

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { RunOutcome } from '../../../node/experiment/runs/perform.ts';
import { processesOf, until } from '../../e2e/support/commands.ts';
import { freeBasePort, hold } from '../../e2e/support/ports.ts';
import { NEEDS_PROC } from '../../support/lacking.ts';
import { describeInProcess } from './in-process.ts';
import { expectOf, killedIn, MOST_NODES, PORT_TAKEN, runReal, scalar } from './support.ts';

/** State, parent and group; the field before them is a name in brackets that may hold anything. */
function statOf(pid: number | 'self') {
  const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const [state, parent, group] = text.slice(text.lastIndexOf(')') + 2).split(' ');
  return { state, parent: Number(parent), group: Number(group) };
}

/** Processes of nodes that this one started; other test files run some too. */
async function nodeProcesses() {
  const all = await processesOf({ pid: statOf('self').group });
  return all.filter(
    ({ pid, args }) =>
      args[0]?.startsWith('priomon ') === true && statOf(pid).parent === process.pid,
  );
}

/** The process of a node whose number no run beside has. */
async function processOf(id: string): Promise<number> {
  const found = (await nodeProcesses()).find(({ args }) => args[0] === `priomon ${id}`);
  if (found === undefined) throw new Error(`no process runs ${id}`);
  return found.pid;
}

/** Stopped, as one run alone does to its nodes. */
const standingStill = async (): Promise<number[]> =>
  (await nodeProcesses()).map(({ pid }) => pid).filter((pid) => statOf(pid).state === 'T');

/** Those killed two seconds into the measured time came back three seconds later. */
function expectLives(done: RunOutcome): void {
  // Views are looked at first when the measured time begins. Timers may be early by half a ms.
  const fromMs = Math.min(...(done.rows.samples ?? []).map(({ atMs }) => atMs)) - 1;
  for (const { killedAtMs, restartedAtMs } of killedIn(done)) {
    expect(killedAtMs).toBeGreaterThan(fromMs + 2_000);
    // Two timers in turn.
    expect(restartedAtMs).toBeGreaterThan(Math.max(killedAtMs ?? 0, fromMs + 4_999));
  }
  for (const { rounds, messages, cpuMs } of done.rows.nodes ?? []) {
    expect(rounds).toBeGreaterThan(10);
    expect(messages).toBeGreaterThan(10);
    expect(cpuMs).toBeGreaterThan(0);
  }
}

describe.concurrent('nodes in processes of their own', { ...NEEDS_PROC, timeout: 180_000 }, () => {
  const MODE = { mode: 'emulate' } as const;

  it('die by kill and come back; what they used before is not lost', async () => {
    const failure = { 'failure.rate': '0.4', 'failure.at': '2s', 'failure.restart_after': '3s' };
    const queries = { 'queries.count': '4', 'queries.quorum': '2' };
    await expectOf(
      () => runReal({ ...MODE, ...failure, ...queries, measure: '10s' }),
      (done) => {
        expect(scalar(done, 'detection_ms')).toBeGreaterThan(0);
        expect(scalar(done, 'recovery_ms')).toBeGreaterThan(0);
        expectLives(done);
        const asked = done.rows.queries?.filter(({ phase }) => phase === 'failed') ?? [];
        expect(asked).toHaveLength(4);
        const ids = killedIn(done).map(({ node }) => node);
        expect(asked.filter(({ coordinator }) => ids.includes(coordinator))).toEqual([]);
      },
    );
  });

  it('stand still when machines vanish, and are ended with the run all the same', async () => {
    const failure = { 'failure.rate': '0.4', 'failure.at': '1s', 'failure.how': 'vanish' };
    let pids: readonly number[] = [];
    const run = async (): Promise<RunOutcome> => {
      const running = runReal({ ...MODE, ...failure, nodes: '6', measure: '12s' });
      pids = await until(60_000, async () => {
        const found = await standingStill();
        expect(found).toHaveLength(2);
        return found;
      });
      return running;
    };
    await expectOf(run, (done) => {
      expect(pids.filter((pid) => existsSync(`/proc/${pid}`))).toEqual([]);
      expect(scalar(done, 'detection_first_ms')).toBeGreaterThan(700);
      for (const { rounds, cpuMs } of killedIn(done)) {
        expect(rounds).toBeGreaterThan(0);
        expect(cpuMs).toBeGreaterThan(0);
      }
    });
  });

  it('fail their run with a sentence when one of them ends by itself', async () => {
    const running = runReal({ ...MODE, nodes: '7', measure: '60s' }).catch(
      (error: unknown) => error,
    );
    process.kill(await until(60_000, () => processOf('n7')), 'SIGKILL');
    expect(await running).toMatchObject({ code: 'node_ended' });
    expect((await running) as Error).toMatchObject({
      message: expect.stringMatching(/^n7 .*KILL/),
    });
  });

  it('fail it with a sentence when a port is taken', async () => {
    const base = await freeBasePort(MOST_NODES);
    const holder = await hold(base + 2);
    const flags = { ...MODE, base_port: String(base), nodes: '3', measure: '0' };
    await expect(runReal(flags)).rejects.toThrow(PORT_TAKEN);
    holder.close();
  });
});

describeInProcess();
