// A run of real nodes that share this process: real HTTP, real time, one event loop.

import { createWorkerStores } from '../../storage/worker.ts';
import { type LabNode, startLabNode } from '../emulation/lab-node.ts';
import { addressOf, setupOf } from '../emulation/setup.ts';
import { askOverHttp, createRealTime, othersToJoin } from './real-time.ts';
import type { NodeUse, OpenStage, Stage } from './stage.ts';

/** Nodes started at once; each opens a listener. */
const STARTING_TOGETHER = 20;

export const openInProcess: OpenStage = async ({ spec, collector, onLine, folder, signal }) => {
  const { plan, point } = spec;
  const time = createRealTime(signal);
  const stores = plan.storesSamples ? createWorkerStores() : undefined;
  const nodes = new Map<number, LabNode>();
  /** Of earlier lives, by node. */
  const past = new Map<number, NodeUse>();
  const all = Array.from({ length: point.nodes }, (_, index) => index);

  async function start(index: number, join: readonly number[]): Promise<void> {
    const setup = setupOf(spec, index, folder, time.zeroMs, join);
    nodes.set(index, await startLabNode(setup, { sink: collector, stores, onLine }));
  }
  const useOf = (index: number): NodeUse => {
    const before = past.get(index);
    const node = nodes.get(index);
    // Processor and memory of a shared process belong to no node.
    const use = node && { ...node.use(), cpuMs: null, rssBytes: null };
    return add(before, use);
  };

  const stage: Stage = {
    now: () => time.now(),
    async start() {
      time.zeroMs += time.now();
      for (let i = 0; i < all.length && !signal.aborted; i += STARTING_TOGETHER) {
        const some = all.slice(i, i + STARTING_TOGETHER);
        await Promise.all(some.map((index) => start(index, index === 0 ? [] : [0])));
      }
    },
    until: (at) => time.until(at),
    note: (_at, action) => action(),
    kill(index) {
      past.set(index, useOf(index));
      void nodes.get(index)?.abandon();
      nodes.delete(index);
    },
    restart: (index) => start(index, othersToJoin(index, point.nodes)),
    divide(cutOff) {
      const apart = new Set(cutOff);
      for (const [index, node] of nodes) {
        const beyond = all.filter((other) => apart.has(other) !== apart.has(index));
        node.cutOff(beyond.map((other) => addressOf(spec, other)));
      }
    },
    heal() {
      for (const node of nodes.values()) node.heal();
    },
    ask: (question) => askOverHttp(spec, question),
    use: async () => all.map(useOf),
    settle: async () => {},
    async close() {
      await Promise.all([...nodes.values()].map((node) => node.abandon()));
      await stores?.close();
    },
  };
  return stage;
};

const UNUSED: NodeUse = {
  startedAtMs: 0,
  messages: 0,
  bodyBytes: 0,
  wireBytes: 0,
  sentBytes: 0,
  receivedBytes: 0,
  rounds: 0,
  cpuMs: null,
  rssBytes: null,
  lateMs: 0,
  lateP99Ms: 0,
};

/** What a node used over its lives. */
export function add(before: NodeUse = UNUSED, now: NodeUse = UNUSED): NodeUse {
  return {
    startedAtMs: before === UNUSED ? now.startedAtMs : before.startedAtMs,
    messages: before.messages + now.messages,
    bodyBytes: before.bodyBytes + now.bodyBytes,
    wireBytes: before.wireBytes + now.wireBytes,
    sentBytes: before.sentBytes + now.sentBytes,
    receivedBytes: before.receivedBytes + now.receivedBytes,
    rounds: before.rounds + now.rounds,
    cpuMs: sum(before.cpuMs, now.cpuMs),
    rssBytes: now.rssBytes ?? before.rssBytes,
    lateMs: Math.max(before.lateMs, now.lateMs),
    lateP99Ms: Math.max(before.lateP99Ms, now.lateP99Ms),
  };
}

const sum = (a: number | null, b: number | null): number | null =>
  a === null && b === null ? null : (a ?? 0) + (b ?? 0);
