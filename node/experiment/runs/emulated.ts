// A run of real nodes in processes of their own. What is seen at them comes in batches, and is put
// into the order of its times before it is measured.

import { OperatingError } from '../../errors.ts';
import { type NodeProcess, openProcess } from '../emulation/process.ts';
import { replaySeen } from '../emulation/reports.ts';
import { addressOf, setupOf } from '../emulation/setup.ts';
import { nodeName } from '../measures/names.ts';
import { add } from './in-process.ts';
import { createOrderly } from './orderly.ts';
import { askOverHttp, createRealTime, othersToJoin } from './real-time.ts';
import type { NodeUse, OpenStage, Stage, StageOptions } from './stage.ts';

/** Processes that load their code at once: more than cores only take turns. */
const LOADING_TOGETHER = 4;
/** Reports come every quarter of a second; nothing that is older than this is still to come. */
const SEEN_WITHIN_MS = 1_500;

export const openEmulated: OpenStage = async (options) => {
  const { spec, signal } = options;
  const time = createRealTime(signal);
  const orderly = createOrderly();
  const processes = new Map<number, NodeProcess>();
  const past = new Map<number, NodeUse>();
  const last = new Map<number, NodeUse>();
  const all = Array.from({ length: spec.point.nodes }, (_, index) => index);
  await openAll(options, all, processes, orderly);

  const setup = (index: number, join: readonly number[]) =>
    setupOf(spec, index, options.folder, time.zeroMs, join);
  const useOf = async (index: number): Promise<NodeUse> => {
    const use = await processes.get(index)?.use();
    if (use !== undefined) last.set(index, use);
    return add(past.get(index), use ?? last.get(index));
  };
  const stage: Stage = {
    now: () => time.now(),
    async start() {
      time.zeroMs += time.now();
      await Promise.all(
        all.map((index) => processes.get(index)?.go(setup(index, index === 0 ? [] : [0]))),
      );
    },
    async until(at) {
      await time.until(at);
      orderly.release(time.now() - SEEN_WITHIN_MS);
    },
    note: (at, action) => orderly.add(at, action),
    kill(index, how) {
      if (how === 'vanish') processes.get(index)?.freeze();
      else processes.get(index)?.kill();
    },
    async restart(index) {
      past.set(index, add(past.get(index), last.get(index)));
      last.delete(index);
      processes.get(index)?.kill();
      const process = await open(options, index, orderly);
      processes.set(index, process);
      await process.go(setup(index, othersToJoin(index, spec.point.nodes)));
    },
    divide(cutOff) {
      const apart = new Set(cutOff);
      for (const [index, process] of processes) {
        const beyond = all.filter((other) => apart.has(other) !== apart.has(index));
        const addresses = beyond.map((other) => addressOf(spec, other));
        process.tell({ type: 'cut', addresses });
      }
    },
    heal() {
      for (const process of processes.values()) process.tell({ type: 'heal' });
    },
    ask: (question) => askOverHttp(spec, question),
    use: () => Promise.all(all.map(useOf)),
    async settle() {
      await Promise.all([...processes.values()].map((process) => process.flush()));
      orderly.release(Number.POSITIVE_INFINITY);
    },
    async close() {
      for (const process of processes.values()) process.kill();
      await Promise.all([...processes.values()].map((process) => process.stop()));
    },
  };
  return stage;
};

const open = (
  { collector, onLine }: StageOptions,
  index: number,
  orderly: ReturnType<typeof createOrderly>,
): Promise<NodeProcess> =>
  openProcess({
    id: nodeName(index),
    onLine,
    onSeen(seen) {
      for (const one of seen) orderly.add(one[1], () => replaySeen(collector, index, one));
    },
  });

/** A few at a time, until all have loaded their code. */
async function openAll(
  options: StageOptions,
  all: readonly number[],
  processes: Map<number, NodeProcess>,
  orderly: ReturnType<typeof createOrderly>,
): Promise<void> {
  const waiting = [...all];
  const work = async (): Promise<void> => {
    for (let index = waiting.shift(); index !== undefined; index = waiting.shift()) {
      if (options.signal.aborted) throw new OperatingError('stopped', 'The run was stopped.');
      processes.set(index, await open(options, index, orderly));
    }
  };
  try {
    await Promise.all(Array.from({ length: LOADING_TOGETHER }, work));
  } catch (error) {
    for (const process of processes.values()) process.kill();
    throw error;
  }
}
