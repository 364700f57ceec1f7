// Failures, returns, partition and heal of a run, as deeds in its measured time; and how long it
// took until all was whole again.

import { createRandom, sample } from '../../core/random.ts';
import type { Collector } from '../measures/collector.ts';
import type { RunSpec } from '../plan/plan.ts';
import { cutOffOf, killedOf } from '../plan/points.ts';
import { type Deed, repeat } from './perform.ts';
import type { Stage } from './stage.ts';

export interface Fates {
  readonly deeds: readonly Deed[];
  /** When nodes die or are cut off, and when they are back; absent where that does not happen. */
  readonly downAtMs: number | undefined;
  readonly backAtMs: number | undefined;
  readonly victims: ReadonlySet<number>;
  /** Undefined where nobody was to come back, null when the run ended before all was whole. */
  recoveryMs(): number | null | undefined;
}

/** Keeps chance of this kind apart from the network's. */
const FATE_SALT = 0x5fa7e5;
/** Looks a round whether all is whole. */
const LOOKS_PER_ROUND = 4;

export function planFates(
  spec: RunSpec,
  stage: Stage,
  collector: Collector,
  fromMs: number,
): Fates {
  const { plan, point } = spec;
  const { failure, partition, measureMs } = plan;
  const all = Array.from({ length: point.nodes }, (_, node) => node);
  const random = createRandom(spec.seed ^ FATE_SALT);
  const victims = sample(random, all, killedOf(point.nodes, point.failureRate));
  const cutOff = partition ? sample(random, all, cutOffOf(point.nodes, partition.share)) : [];
  const deeds: Deed[] = [];
  let downAtMs: number | undefined;
  let backAtMs: number | undefined;
  let wholeAtMs: number | undefined;

  if (victims.length > 0) {
    downAtMs = fromMs + failure.atMs;
    deeds.push({ at: downAtMs, act: () => kill(victims, stage, collector, failure.how) });
    if (failure.restartAfterMs !== undefined) {
      backAtMs = downAtMs + failure.restartAfterMs;
      deeds.push({ at: backAtMs, act: () => restart(victims, stage, collector) });
    }
  }
  if (partition !== undefined && cutOff.length > 0) {
    const cutAtMs = fromMs + partition.atMs;
    const healAtMs = cutAtMs + partition.forMs;
    downAtMs = Math.min(downAtMs ?? cutAtMs, cutAtMs);
    deeds.push({ at: cutAtMs, act: () => divide(cutOff, stage, collector) });
    deeds.push({ at: healAtMs, act: () => stage.heal() });
    backAtMs = Math.max(backAtMs ?? 0, healAtMs);
  }
  if (backAtMs !== undefined) {
    const everyMs = point.roundMs / LOOKS_PER_ROUND;
    const look = (at: number): void =>
      stage.note(at, () => {
        if (wholeAtMs !== undefined || !isWhole(collector, point.nodes)) return;
        wholeAtMs = at;
        collector.divide(false);
      });
    deeds.push(...repeat(backAtMs, fromMs + measureMs, everyMs, look));
  }
  return {
    deeds,
    downAtMs,
    backAtMs,
    victims: new Set(victims),
    recoveryMs() {
      if (backAtMs === undefined) return undefined;
      return wholeAtMs === undefined ? null : wholeAtMs - backAtMs;
    },
  };
}

function kill(
  victims: readonly number[],
  stage: Stage,
  collector: Collector,
  how: 'crash' | 'vanish',
): void {
  const at = stage.now();
  for (const node of victims) {
    stage.kill(node, how);
    stage.note(at, () => collector.down(node, at));
  }
}

async function restart(
  victims: readonly number[],
  stage: Stage,
  collector: Collector,
): Promise<void> {
  const at = stage.now();
  for (const node of victims) stage.note(at, () => collector.up(node, at));
  await Promise.all(victims.map((node) => stage.restart(node)));
}

function divide(cutOff: readonly number[], stage: Stage, collector: Collector): void {
  const at = stage.now();
  stage.divide(cutOff);
  stage.note(at, () => collector.divide(true));
}

/** Everybody up takes everybody up for alive, and holds values of them. */
function isWhole({ membership, convergence, truth }: Collector, nodes: number): boolean {
  if (!membership.isWhole()) return false;
  for (let node = 0; node < nodes; node++) {
    if (truth.isUp(node) && !convergence.isFull(node)) return false;
  }
  return true;
}
