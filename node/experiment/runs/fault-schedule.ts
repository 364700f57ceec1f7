// Failures, returns, partition and heal of a run, as actions in its measured time; and how long it
// took until all was whole again.

import { createRandom, sample } from '../../core/random.ts';
import type { Collector } from '../measures/collector.ts';
import type { RunSpec } from '../plan/plan.ts';
import { cutOffOf, killedOf } from '../plan/points.ts';
import { type Action, repeat } from './actions.ts';
import type { Stage } from './stage.ts';

export interface FaultSchedule {
  readonly actions: readonly Action[];
  /** When nodes die or are cut off, and when they are back; absent where that does not happen. */
  readonly downAtMs: number | undefined;
  readonly backAtMs: number | undefined;
  /** Now: what is measured may be told later. */
  isUp(node: number): boolean;
  /** Waits for those that are coming back; rejects when one cannot. */
  settled(): Promise<void>;
  /** Undefined where nobody was to come back, null when the run ended before all was whole. */
  recoveryMs(): number | null | undefined;
}

/** Keeps randomness of this kind apart from the network's. */
const FAULT_SALT = 0x5fa7e5;
/** Looks a round whether all is whole. */
const LOOKS_PER_ROUND = 4;

/** The same nodes for every run of this seed. */
export function victimsOf({ seed, plan, point }: RunSpec): { killed: number[]; cutOff: number[] } {
  const all = Array.from({ length: point.nodes }, (_, node) => node);
  const random = createRandom(seed ^ FAULT_SALT);
  const killed = sample(random, all, killedOf(point.nodes, point.failureRate));
  const { partition } = plan;
  const count = partition === undefined ? 0 : cutOffOf(point.nodes, partition.share);
  return { killed, cutOff: count === 0 ? [] : sample(random, all, count) };
}

export function planFaults(
  spec: RunSpec,
  stage: Stage,
  collector: Collector,
  fromMs: number,
): FaultSchedule {
  const { failure, partition, measureMs } = spec.plan;
  const { killed, cutOff } = victimsOf(spec);
  const lives = createLives(killed, stage, collector);
  const actions: Action[] = [];
  let downAtMs: number | undefined;
  let backAtMs: number | undefined;
  let wholeAtMs: number | undefined;

  if (killed.length > 0) {
    downAtMs = fromMs + failure.atMs;
    actions.push({ at: downAtMs, act: () => lives.end(failure.how) });
    if (failure.restartAfterMs !== undefined) {
      backAtMs = downAtMs + failure.restartAfterMs;
      actions.push({ at: backAtMs, act: () => lives.beginAnew() });
    }
  }
  if (partition !== undefined && cutOff.length > 0) {
    const cutAtMs = fromMs + partition.atMs;
    const healAtMs = cutAtMs + partition.forMs;
    downAtMs = Math.min(downAtMs ?? cutAtMs, cutAtMs);
    actions.push({ at: cutAtMs, act: () => divide(cutOff, stage, collector) });
    actions.push({ at: healAtMs, act: () => stage.heal() });
    backAtMs = Math.max(backAtMs ?? 0, healAtMs);
  }
  if (backAtMs !== undefined) {
    const everyMs = spec.point.roundMs / LOOKS_PER_ROUND;
    const look = (at: number): void =>
      stage.note(at, () => {
        if (wholeAtMs !== undefined || !lives.areBack() || !isWhole(collector, spec)) return;
        wholeAtMs = at;
        collector.divide(false);
      });
    actions.push(...repeat(backAtMs, fromMs + measureMs, everyMs, look));
  }
  return {
    actions,
    downAtMs,
    backAtMs,
    isUp: lives.isUp,
    settled: lives.settled,
    recoveryMs() {
      if (backAtMs === undefined) return undefined;
      // A process takes its time to start, which is no recovery yet.
      const sinceMs = Math.max(backAtMs, lives.lastStartMs());
      return wholeAtMs === undefined ? null : Math.max(0, wholeAtMs - sinceMs);
    },
  };
}

/** The end of these nodes, and their next beginning. */
function createLives(killed: readonly number[], stage: Stage, collector: Collector) {
  const down = new Set<number>();
  let restarts: Promise<unknown> | undefined;
  let lastStartMs = 0;

  async function restart(node: number): Promise<void> {
    await stage.restart(node, (at) => {
      lastStartMs = Math.max(lastStartMs, at);
      stage.note(at, () => collector.up(node, at));
    });
    down.delete(node);
  }

  return {
    isUp: (node: number): boolean => !down.has(node),
    lastStartMs: (): number => lastStartMs,
    /** In the collector's eyes; true as well where nobody is to come back. */
    areBack: (): boolean => restarts === undefined || killed.every(collector.truth.isUp),
    async end(how: 'crash' | 'vanish'): Promise<void> {
      for (const node of killed) down.add(node);
      const at = await stage.kill(killed, how);
      stage.note(at, () => {
        for (const node of killed) collector.down(node, at);
      });
    },
    /** The run goes on meanwhile: on a busy machine this takes seconds. */
    beginAnew(): void {
      restarts = Promise.all(killed.map(restart));
      restarts.catch(() => undefined);
    },
    async settled(): Promise<void> {
      await restarts;
    },
  };
}

function divide(cutOff: readonly number[], stage: Stage, collector: Collector): void {
  const at = stage.now();
  stage.divide(cutOff);
  stage.note(at, () => collector.divide(true));
}

/** Everybody up takes everybody up for alive, and holds values of them. */
function isWhole({ membership, convergence, truth }: Collector, { point }: RunSpec): boolean {
  if (!membership.isWhole()) return false;
  for (let node = 0; node < point.nodes; node++) {
    if (truth.isUp(node) && !convergence.isFull(node)) return false;
  }
  return true;
}
