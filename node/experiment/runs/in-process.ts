// A run of real nodes that share this process: real HTTP, real time, one event loop.

import { createWorkerStores } from '../../storage/thread/worker.ts';
import { type InstrumentedNode, startInstrumentedNode } from '../emulation/instrumented-node.ts';
import { watchLateness } from '../emulation/lateness.ts';
import { setupOf } from '../emulation/setup.ts';
import { createCuts } from './cuts.ts';
import { askOverHttp, createRealTime, namingPorts, othersToJoin } from './real-time.ts';
import type { NodeUse, OpenStage, Stage } from './stage.ts';
import { createUses } from './uses.ts';

/** Nodes started at once; each opens a listener. */
const STARTING_TOGETHER = 20;
/** How often it is looked whether the event loop is late, ms. */
const BEAT_MS = 100;

export const openInProcess: OpenStage = async ({ spec, collector, onLine, folder, signal }) => {
  const { plan, point } = spec;
  const time = createRealTime(signal);
  const stores = plan.storesSamples ? createWorkerStores() : undefined;
  const nodes = new Map<number, InstrumentedNode>();
  /** Those that end: until then their ports are taken. */
  const ending = new Map<number, Promise<void>>();
  /** A run may be stopped while some come up, or come back. */
  const starting = new Set<Promise<void>>();
  let isClosed = false;
  const lateness = watchLateness(BEAT_MS);
  const uses = createUses();
  const cuts = createCuts(spec);
  const all = Array.from({ length: point.nodes }, (_, index) => index);

  async function start(index: number, join: readonly number[]): Promise<void> {
    if (isClosed) return;
    const setup = setupOf(spec, index, folder, time.zeroMs, join);
    const parts = { sink: collector, stores, lateness, onLine };
    const started = namingPorts(() => startInstrumentedNode(setup, parts)).then((node) => {
      nodes.set(index, node);
    });
    starting.add(started);
    await started.finally(() => starting.delete(started));
  }
  const useOf = (index: number): NodeUse => uses.of(index, nodes.get(index)?.use());
  const tellCuts = (): void => {
    for (const [index, node] of nodes) node.cutOff(cuts.of(index));
  };
  const end = (index: number): void => {
    const node = nodes.get(index);
    if (node === undefined) return;
    nodes.delete(index);
    ending.set(index, node.abandon());
  };

  const stage: Stage = {
    now: () => time.now(),
    async start() {
      time.zeroMs += time.now();
      for (let i = 0; i < all.length && !signal.aborted; i += STARTING_TOGETHER) {
        const some = all.slice(i, i + STARTING_TOGETHER);
        // All of them, so that none comes up after the run has failed and been closed.
        const started = some.map((index) => start(index, index === 0 ? [] : [0]));
        const failed = (await Promise.allSettled(started)).find((one) => 'reason' in one);
        if (failed !== undefined) throw failed.reason;
      }
    },
    until: (at) => time.until(at),
    note: (_at, action) => action(),
    kill(killed, how) {
      for (const index of killed) {
        useOf(index);
        if (how === 'vanish') cuts.vanish(index);
      }
      tellCuts();
      for (const index of killed) end(index);
      return time.now();
    },
    async restart(index, onStart) {
      await ending.get(index);
      uses.begin(index);
      cuts.appear(index);
      onStart(time.now());
      await start(index, othersToJoin(index, point.nodes));
      tellCuts();
    },
    divide(cutOff) {
      cuts.divide(cutOff);
      tellCuts();
    },
    heal() {
      cuts.divide([]);
      tellCuts();
    },
    ask: (question) => askOverHttp(spec, question),
    use: async () => all.map(useOf),
    settle: async () => {},
    async close() {
      isClosed = true;
      await Promise.allSettled(starting);
      for (const index of all) end(index);
      lateness.stop();
      await Promise.all(ending.values());
      await stores?.close();
    },
  };
  return stage;
};
