// What really was: each node's values as it measured them, and what it published when.

import { deltaAt } from '../../core/data/publishing/publishing-rule.ts';
import type { MetricDefinition } from '../../core/model.ts';
import type { Told } from './sink.ts';

/** Samples remembered per node: a view that was wrong for longer counts as that late. */
const KEPT_SAMPLES = 256;
/** Published versions remembered per node and metric; half of them go when it is full. */
const KEPT_VERSIONS = 2_048;
/** Generations of one node are told apart by this much; far above any version of a run. */
const GENERATION_STEP = 2 ** 32;

export interface Truth {
  /** The value measured last; NaN while none was, or while the node is down. */
  value(owner: number, metric: number): number;
  isUp(owner: number): boolean;
  /** Nodes that are up. */
  readonly living: number;
  sampled(owner: number, at: number, values: readonly number[]): void;
  published(told: Told, at: number): void;
  /** Orders versions over restarts: a later generation's come after all of an earlier one. */
  stampOf(told: Pick<Told, 'owner' | 'generation' | 'version'>): number;
  /** Stamp of what it published last; -Infinity before the first. */
  newest(owner: number, metric: number): number;
  /** Of the last that it published; 0 before the first. */
  generation(owner: number): number;
  /** When the first version after `stamp` was published; undefined: none was. */
  leftAt(owner: number, metric: number, stamp: number): number | undefined;
  /**
   * Since when the measured values are a delta or more away from `held`, without a break; of NaN,
   * since the first value. Undefined: the last one is nearer.
   */
  apartSince(owner: number, metric: number, held: number): number | undefined;
  down(owner: number): void;
  up(owner: number): void;
}

export function createTruth(nodes: number, metrics: readonly MetricDefinition[]): Truth {
  const history = createHistory(nodes, metrics);
  const logs = Array.from({ length: nodes * metrics.length }, (): Version[] => []);
  const generations: number[][] = Array.from({ length: nodes }, () => []);
  const isDown = new Uint8Array(nodes);
  let living = nodes;
  const logOf = (owner: number, metric: number) => logs[owner * metrics.length + metric] ?? [];

  const stampOf: Truth['stampOf'] = ({ owner, generation, version }) => {
    const known = generations[owner] ?? [];
    // Nearly always its only one, or its last.
    let place = known.length - 1;
    while (place >= 0 && (known[place] as number) > generation) place--;
    const isKnown = place >= 0 && known[place] === generation;
    return (isKnown ? place : place + 0.5) * GENERATION_STEP + version;
  };

  return {
    ...history,
    value: (owner, metric) => (isDown[owner] === 1 ? Number.NaN : history.value(owner, metric)),
    isUp: (owner) => isDown[owner] === 0,
    get living() {
      return living;
    },
    published(told, at) {
      const known = generations[told.owner] ?? [];
      if (told.generation > (known.at(-1) ?? 0)) known.push(told.generation);
      const log = logOf(told.owner, told.metric);
      log.push({ stamp: stampOf(told), at });
      if (log.length >= KEPT_VERSIONS) log.splice(0, KEPT_VERSIONS / 2);
    },
    stampOf,
    newest: (owner, metric) => logOf(owner, metric).at(-1)?.stamp ?? Number.NEGATIVE_INFINITY,
    generation: (owner) => generations[owner]?.at(-1) ?? 0,
    leftAt: (owner, metric, stamp) =>
      logOf(owner, metric).find((version) => version.stamp > stamp)?.at,
    down(owner) {
      if (isDown[owner] === 0) living--;
      isDown[owner] = 1;
      history.forget(owner);
    },
    up(owner) {
      if (isDown[owner] === 1) living++;
      isDown[owner] = 0;
    },
  };
}

interface Version {
  readonly stamp: number;
  readonly at: number;
}

interface History extends Pick<Truth, 'value' | 'sampled' | 'apartSince'> {
  forget(owner: number): void;
}

/** The last samples of every node, in rings. */
function createHistory(nodes: number, metrics: readonly MetricDefinition[]): History {
  const times = new Float64Array(nodes * KEPT_SAMPLES);
  const values = new Float64Array(nodes * metrics.length * KEPT_SAMPLES);
  /** Of all time, by node: where its ring goes on. */
  const counts = new Uint32Array(nodes);
  const ringOf = (owner: number, metric: number): number =>
    (owner * metrics.length + metric) * KEPT_SAMPLES;
  const countOf = (owner: number): number => counts[owner] as number;

  function value(owner: number, metric: number): number {
    const count = countOf(owner);
    if (count === 0) return Number.NaN;
    return values[ringOf(owner, metric) + ((count - 1) % KEPT_SAMPLES)] as number;
  }

  return {
    value,
    sampled(owner, at, measured) {
      const slot = countOf(owner) % KEPT_SAMPLES;
      times[owner * KEPT_SAMPLES + slot] = at;
      for (let metric = 0; metric < metrics.length; metric++) {
        values[ringOf(owner, metric) + slot] = measured[metric] ?? Number.NaN;
      }
      counts[owner] = countOf(owner) + 1;
    },
    apartSince(owner, metric, held) {
      const near = nearness(metrics[metric], held);
      // Most views are right: nothing to search.
      if (Math.abs(value(owner, metric) - held) < near) return undefined;
      const ring = ringOf(owner, metric);
      const count = countOf(owner);
      let since: number | undefined;
      for (let i = count - 1; i >= Math.max(0, count - KEPT_SAMPLES); i--) {
        const slot = i % KEPT_SAMPLES;
        if (Math.abs((values[ring + slot] as number) - held) < near) break;
        since = times[owner * KEPT_SAMPLES + slot];
      }
      return since;
    },
    forget(owner) {
      counts[owner] = 0;
    },
  };
}

/** What differs by less is not worth telling; rounding to the resolution never counts. */
const nearness = (definition: MetricDefinition | undefined, held: number): number =>
  definition === undefined
    ? Number.POSITIVE_INFINITY
    : Math.max(definition.resolution, deltaAt(definition.delta, held));
