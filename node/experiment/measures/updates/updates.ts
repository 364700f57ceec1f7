// Single changes on their way: when half and all of the living had them, how many copies it took,
// and, of a few, who told whom.

import { deltaAt } from '../../../core/data/publishing/publishing-rule.ts';
import type { MetricDefinition } from '../../../core/model.ts';
import type { Fresh, SpreadRow, UpdateRow } from '../../../storage/results/rows.ts';
import { nodeName } from '../names.ts';
import type { Copied, Told } from '../sink.ts';
import type { Truth } from '../truth.ts';
import { arrive, giveUp, type Tracked, updateRowOf } from './tracked.ts';
import { createUpdateSample, type Turn } from './update-sample.ts';

export interface Updates {
  published(told: Told, at: number): void;
  told(viewer: number, told: Told, at: number): void;
  copied(copy: Copied): void;
  /** A node that died waits for nothing any more. */
  died(node: number, at: number): void;
  /** Ends the run at `at`: what was published too late to arrive is left out, arrived or not. */
  finish(at: number): { updates: Fresh<UpdateRow>[]; spreads: Fresh<SpreadRow>[] };
}

export interface UpdateOptions {
  readonly truth: Truth;
  readonly metrics: readonly MetricDefinition[];
  readonly nodes: number;
  readonly roundMs: number;
  /** Changes are followed from then on; before, nodes still get to know one another. */
  isMeasuring(at: number): boolean;
}

/** The way of an update is recorded node by node where a figure could still show it. */
const MOST_DRAWN_NODES = 1_000;
/** What was published within so many rounds of the end may still have been on its way. */
const LEAST_GRACE_ROUNDS = 10;
/** Of what push-pull gossip needs in theory: log₃ n + log₂ ln n rounds with one target. */
const GRACE_FACTOR = 1.5;

const graceRounds = (nodes: number): number => {
  const rounds = Math.log(nodes) / Math.log(3) + Math.log2(Math.max(1, Math.log(nodes)));
  return Math.max(LEAST_GRACE_ROUNDS, Math.ceil(GRACE_FACTOR * rounds));
};

export function createUpdates(options: UpdateOptions): Updates {
  const { truth, metrics, nodes, roundMs } = options;
  const isUpdate = createRule(options);
  const sample = createUpdateSample();
  /** By owner and metric: those that some still wait for, and all that copies may be of. */
  const open = new Map<number, Tracked[]>();
  const followed = new Map<number, Map<number, Tracked>>();
  /** What came to a viewer before its publish was heard of: clocks of processes differ a little. */
  const early = new Map<number, { readonly viewer: number; told: Told; at: number }[]>();
  let number = 0;
  const placeOf = ({ owner, metric }: Pick<Told, 'owner' | 'metric'>): number =>
    owner * metrics.length + metric;

  function follow(told: Told, at: number, { priority, name }: MetricDefinition): void {
    const turn = sample.next(priority);
    const { version } = told;
    const owner = nodeName(told.owner);
    const row = { number: number++, owner, metric: name, priority, version, publishedAtMs: at };
    if (turn === undefined || truth.living < 2) return;
    const tracked = trackedOf(row, told, turn);
    const { place, stamp } = tracked;
    open.set(place, [...(open.get(place) ?? []), tracked]);
    followed.set(place, (followed.get(place) ?? new Map()).set(stamp, tracked));
    for (const gone of sample.keep(tracked)) {
      close(gone.place, (one) => one === gone);
      followed.get(gone.place)?.delete(gone.stamp);
    }
  }

  function trackedOf(row: Tracked['row'], told: Told, { order, isSpread }: Turn): Tracked {
    const waiting = new Uint8Array(nodes);
    for (let node = 0; node < nodes; node++) {
      if (node !== told.owner && truth.isUp(node)) waiting[node] = 1;
    }
    const { number: update, owner: node } = row;
    const first = { update, node, from: node, afterMs: 0, round: 0 };
    return {
      ...{ row, order, waiting, stamp: truth.stampOf(told), place: placeOf(told) },
      wanted: waiting.reduce((sum, one) => sum + one, 0),
      ...{ reached: 0, copies: 0, halfMs: null, allMs: null },
      spread: isSpread && nodes <= MOST_DRAWN_NODES ? [first] : undefined,
    };
  }

  /** Waits no more for those at a place that are done. */
  function close(place: number, isDone: (tracked: Tracked) => boolean): void {
    const left = (open.get(place) ?? []).filter((tracked) => !isDone(tracked));
    if (left.length === 0) open.delete(place);
    else open.set(place, left);
  }

  function arrived(viewer: number, told: Told, at: number): void {
    const place = placeOf(told);
    const stamp = truth.stampOf(told);
    if (stamp > truth.newest(told.owner, told.metric)) {
      early.set(place, [...(early.get(place) ?? []), { viewer, told, at }]);
    }
    const list = open.get(place);
    if (list === undefined) return;
    for (const tracked of list) {
      // A newer value makes the older one needless.
      if (stamp < tracked.stamp || tracked.waiting[viewer] !== 1) continue;
      arrive(tracked, viewer, told.from, at, roundMs);
    }
    if (list.some(isComplete)) close(place, isComplete);
  }

  return {
    published(told, at) {
      const definition = metrics[told.metric];
      if (definition === undefined) return;
      if (isUpdate(placeOf(told), told.value, definition) && options.isMeasuring(at)) {
        follow(told, at, definition);
      }
      const before = early.get(placeOf(told));
      if (before === undefined) return;
      early.delete(placeOf(told));
      for (const one of before) arrived(one.viewer, one.told, one.at);
    },
    told: arrived,
    copied(copy) {
      const tracked = followed.get(placeOf(copy))?.get(truth.stampOf(copy));
      if (tracked !== undefined) tracked.copies++;
    },
    died(node, at) {
      for (const [place, list] of [...open]) {
        for (const tracked of list) giveUp(tracked, node, at);
        close(place, isComplete);
      }
    },
    finish(at) {
      const late = at - graceRounds(nodes) * roundMs;
      const counted = sample.all().filter(({ row }) => row.publishedAtMs < late);
      counted.sort((a, b) => a.row.number - b.row.number);
      const spreads = counted.flatMap(({ spread }) => spread ?? []);
      return { updates: counted.map(updateRowOf), spreads };
    },
  };
}

const isComplete = ({ allMs }: Tracked): boolean => allMs !== null;

/** A value is an update when it differs by the delta from what the last one left behind: so the
 * same changes count whether a strategy tells these alone or every sample. */
function createRule({ nodes, metrics }: UpdateOptions) {
  const references = new Float64Array(nodes * metrics.length).fill(Number.NaN);
  return (place: number, value: number, definition: MetricDefinition): boolean => {
    const reference = references[place] as number;
    const moved = Math.abs(value - reference);
    // Half a step of tolerance: the owner compared the value before it was rounded.
    if (moved < deltaAt(definition.delta, reference) - definition.resolution / 2) return false;
    references[place] = value;
    return !Number.isNaN(reference);
  };
}
