// A run of real nodes in processes of their own. What is seen at them comes in batches, and is put
// into the order of its times before it is measured.

import { createProcessPool, type ProcessPool } from '../emulation/process-pool.ts';
import { replaySeen } from '../emulation/reports.ts';
import { setupOf } from '../emulation/setup.ts';
import { createOrderly } from './actions.ts';
import { createCuts } from './cuts.ts';
import { victimsOf } from './fault-schedule.ts';
import { askOverHttp, createRealTime, namingPorts, othersToJoin } from './real-time.ts';
import type { NodeUse, OpenStage, Stage } from './stage.ts';
import { createUses } from './uses.ts';

/** Reports come every second; nothing that is older than this is still to come. */
const SEEN_WITHIN_MS = 2_000;

export const openEmulated: OpenStage = async (options) => {
  const { spec, signal, collector, onLine } = options;
  const orderly = createOrderly();
  const pool = createProcessPool(signal, (index) => ({
    onLine,
    onSeen(seen) {
      for (const one of seen) orderly.add(one[1], () => replaySeen(collector, index, one));
    },
  }));
  const all = Array.from({ length: spec.point.nodes }, (_, index) => index);
  try {
    const returning = spec.plan.failure.restartAfterMs === undefined ? [] : victimsOf(spec).killed;
    await Promise.all([
      ...all.map((index) => pool.open(index)),
      ...returning.map((index) => pool.prepare(index)),
    ]);
  } catch (error) {
    await pool.end();
    throw error;
  }
  return createStage(options, pool, orderly, all);
};

function createStage(
  { spec, folder, signal }: Parameters<OpenStage>[0],
  pool: ProcessPool,
  orderly: ReturnType<typeof createOrderly>,
  all: readonly number[],
): Stage {
  const { processes } = pool;
  const time = createRealTime(signal);
  const uses = createUses();
  const cuts = createCuts(spec);
  const useOf = async (index: number): Promise<NodeUse> =>
    uses.of(index, await processes.get(index)?.use());
  const go = async (index: number, join: readonly number[]): Promise<void> => {
    const setup = setupOf(spec, index, folder, time.zeroMs, join);
    await namingPorts(() => processes.get(index)?.go(setup));
  };
  const tellCuts = (index: number): void => {
    processes.get(index)?.tell({ type: 'cut', addresses: cuts.of(index) });
  };
  return {
    now: () => time.now(),
    async start() {
      time.zeroMs += time.now();
      await Promise.all(all.map((index) => go(index, index === 0 ? [] : [0])));
    },
    async until(at) {
      await time.until(at);
      pool.check();
      orderly.release(time.now() - SEEN_WITHIN_MS);
    },
    note: (at, action) => orderly.add(at, action),
    async kill(nodes, how) {
      // What they used until now would die with them.
      await Promise.all(nodes.map(useOf));
      const at = time.now();
      for (const index of nodes) {
        if (how === 'vanish') pool.freeze(index);
        else void processes.get(index)?.kill();
      }
      return at;
    },
    async restart(index, onStart) {
      await processes.get(index)?.kill();
      await pool.open(index);
      uses.begin(index);
      onStart(time.now());
      await go(index, othersToJoin(index, spec.point.nodes));
      tellCuts(index);
    },
    divide(cutOff) {
      cuts.divide(cutOff);
      for (const index of all) tellCuts(index);
    },
    heal() {
      cuts.divide([]);
      for (const index of all) tellCuts(index);
    },
    ask: (question) => askOverHttp(spec, question),
    use: () => Promise.all(all.map(useOf)),
    async settle(at) {
      await Promise.all([...processes.values()].map((process) => process.flush()));
      orderly.release(at);
    },
    close: () => pool.end(),
  };
}
