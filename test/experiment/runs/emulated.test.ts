// Runs of real nodes in processes of their own: what is done to them has its effect, and none
// outlives its run. They mostly wait, so they wait together.

import { existsSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { processesOf, until } from '../../e2e/commands.ts';
import { freeBasePort, hold } from '../../e2e/ports.ts';
import { killedIn, MOST_NODES, PORT_TAKEN, runReal, scalar } from './support.ts';

/** Processes with this node in our own group; runs beside have fewer nodes. */
async function processOf(id: string): Promise<number> {
  const stat = readFileSync('/proc/self/stat', 'utf8');
  const group = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[2]);
  const all = await processesOf({ pid: group });
  const found = all.find(({ args }) => {
    return args.at(-1) === id && args.at(-2)?.endsWith('emulation/child.ts');
  });
  if (found === undefined) throw new Error(`no process runs ${id}`);
  return found.pid;
}

const hasProc = existsSync('/proc/self/stat');

describe.runIf(hasProc).concurrent('nodes in processes of their own', { timeout: 60_000 }, () => {
  const MODE = { mode: 'emulate' } as const;

  it('die by kill and come back; what they used before is not lost', async () => {
    const failure = { 'failure.rate': '0.4', 'failure.at': '2s', 'failure.restart_after': '3s' };
    const queries = { 'queries.count': '4', 'queries.quorum': '2' };
    const done = await runReal({ ...MODE, ...failure, ...queries, measure: '10s' });
    expect(scalar(done, 'detection_ms')).toBeGreaterThan(0);
    expect(scalar(done, 'recovery_ms')).toBeGreaterThan(0);
    const killed = killedIn(done);
    for (const { killedAtMs, restartedAtMs } of killed) {
      expect(restartedAtMs).toBeGreaterThanOrEqual((killedAtMs ?? 0) + 2_500);
    }
    for (const { rounds, messages, cpuMs } of done.rows.nodes ?? []) {
      expect(rounds).toBeGreaterThan(10);
      expect(messages).toBeGreaterThan(10);
      expect(cpuMs).toBeGreaterThan(0);
    }
    const asked = done.rows.queries?.filter(({ phase }) => phase === 'failed') ?? [];
    expect(asked).toHaveLength(4);
    const ids = killed.map(({ node }) => node);
    expect(asked.filter(({ coordinator }) => ids.includes(coordinator))).toEqual([]);
  });

  it('stand still when machines vanish, and are ended with the run all the same', async () => {
    const failure = { 'failure.rate': '0.4', 'failure.at': '1s', 'failure.how': 'vanish' };
    const running = runReal({ ...MODE, ...failure, nodes: '6', measure: '6s' });
    const pid = await until(20_000, () => processOf('n6'));
    const done = await running;
    expect(existsSync(`/proc/${pid}`)).toBe(false);
    expect(scalar(done, 'detection_first_ms')).toBeGreaterThan(700);
    for (const { rounds, cpuMs } of killedIn(done)) {
      expect(rounds).toBeGreaterThan(0);
      expect(cpuMs).toBeGreaterThan(0);
    }
  });

  it('fail their run with a sentence when one of them ends by itself', async () => {
    const running = runReal({ ...MODE, nodes: '7', measure: '60s' }).catch(
      (error: unknown) => error,
    );
    process.kill(await until(20_000, () => processOf('n7')), 'SIGKILL');
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
