// What really was: each node's values as measured, and what it published when.

import type { Told } from './sink.ts';

/** A published version that no view may be behind without being late. */
interface Published {
  readonly stamp: number;
  readonly at: number;
  readonly value: number;
}

/** Published versions remembered per node and metric; a view further behind counts from these on. */
const KEPT = 64;
/** Generations of one node are told apart by this much; far above any version of a run. */
const GENERATION_STEP = 2 ** 32;

export interface Truth {
  /** The value measured last; NaN while none was, or while the node is down. */
  value(owner: number, metric: number): number;
  isUp(owner: number): boolean;
  sampled(owner: number, values: readonly number[]): void;
  /** Returns the value that was published before; undefined for the first. */
  published(told: Told, at: number): number | undefined;
  /** Orders versions over restarts: a later generation's come after all of an earlier one. */
  stampOf(told: Pick<Told, 'owner' | 'generation' | 'version'>): number;
  newest(owner: number, metric: number): Published | undefined;
  /** Of the last that it published; 0 before the first. */
  generation(owner: number): number;
  /** When the first version after `stamp` was published; undefined: none was. */
  leftAt(owner: number, metric: number, stamp: number): number | undefined;
  down(owner: number): void;
  up(owner: number): void;
}

export function createTruth(nodes: number, metrics: number): Truth {
  const values = new Float64Array(nodes * metrics).fill(Number.NaN);
  const logs: Published[][] = Array.from({ length: nodes * metrics }, () => []);
  const generations: number[][] = Array.from({ length: nodes }, () => []);
  const isDown = new Uint8Array(nodes);
  const at = (owner: number, metric: number): number => owner * metrics + metric;

  const stampOf: Truth['stampOf'] = ({ owner, generation, version }) => {
    const known = generations[owner] ?? [];
    let place = known.indexOf(generation);
    if (place < 0) {
      known.push(generation);
      known.sort((a, b) => a - b);
      place = known.indexOf(generation);
    }
    return place * GENERATION_STEP + version;
  };

  return {
    value: (owner, metric) =>
      isDown[owner] === 1 ? Number.NaN : (values[at(owner, metric)] as number),
    isUp: (owner) => isDown[owner] === 0,
    sampled(owner, measured) {
      for (let metric = 0; metric < metrics; metric++) {
        values[at(owner, metric)] = measured[metric] ?? Number.NaN;
      }
    },
    published(told, when) {
      const log = logs[at(told.owner, told.metric)] ?? [];
      const before = log.at(-1)?.value;
      log.push({ stamp: stampOf(told), at: when, value: told.value });
      if (log.length > KEPT) log.shift();
      return before;
    },
    stampOf,
    generation: (owner) => generations[owner]?.at(-1) ?? 0,
    newest: (owner, metric) => logs[at(owner, metric)]?.at(-1),
    leftAt(owner, metric, stamp) {
      const log = logs[at(owner, metric)] ?? [];
      // Most views hold the newest: nothing to search.
      if ((log.at(-1)?.stamp ?? 0) <= stamp) return undefined;
      return log.find((published) => published.stamp > stamp)?.at;
    },
    down(owner) {
      isDown[owner] = 1;
      values.fill(Number.NaN, owner * metrics, (owner + 1) * metrics);
    },
    up(owner) {
      isDown[owner] = 0;
    },
  };
}
