// Single changes on their way: when half and all of the living had them, how many copies it took,
// and, of a few, who told whom.

import type { MetricDefinition } from '../../core/model.ts';
import { deltaAt } from '../../core/publish.ts';
import type { Fresh, SpreadRow, UpdateRow } from '../../storage/results/rows.ts';
import { nodeName } from './names.ts';
import type { Copied, Told } from './sink.ts';
import type { Truth } from './truth.ts';

export interface Updates {
  published(told: Told, at: number): void;
  told(viewer: number, told: Told, at: number): void;
  copied(copy: Copied): void;
  /** A node that died waits for nothing any more. */
  died(node: number): void;
  /** Ends the run at `at`: what was published too late to have arrived is left out. */
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

interface Tracked {
  readonly row: Pick<
    UpdateRow,
    'number' | 'owner' | 'metric' | 'priority' | 'version' | 'publishedAtMs'
  >;
  readonly ownerIndex: number;
  readonly stamp: number;
  readonly place: number;
  /** 1 for who is still to get it. */
  readonly waiting: Uint8Array;
  wanted: number;
  reached: number;
  copies: number;
  halfMs: number | null;
  allMs: number | null;
  readonly spread: Fresh<SpreadRow>[] | undefined;
}

/** Followed at once, and in all, of each priority. */
const MAX_ACTIVE = 40;
const MAX_TRACKED = 500;
/** Updates of each priority whose way is recorded node by node. */
const MAX_SPREADS = 2;
/** What was published within so many rounds of the end may still have been on its way. */
const GRACE_ROUNDS = 10;

export function createUpdates(options: UpdateOptions): Updates {
  const { truth, metrics, nodes } = options;
  /** What the last update of each metric left behind. */
  const references = new Float64Array(nodes * metrics.length).fill(Number.NaN);
  const active = new Map<number, Tracked[]>();
  const done: Tracked[] = [];
  const counts = new Map<number, { active: number; all: number }>();
  let number = 0;

  function isUpdate(place: number, told: Told, definition: MetricDefinition): boolean {
    const reference = references[place] as number;
    const moved = Math.abs(told.value - reference);
    // Half a step of tolerance: the owner compared the value before it was rounded.
    if (moved < deltaAt(definition.delta, reference) - definition.resolution / 2) return false;
    references[place] = told.value;
    return !Number.isNaN(reference);
  }

  function track(place: number, told: Told, at: number, definition: MetricDefinition): void {
    const { priority, name } = definition;
    const count = counts.get(priority) ?? { active: 0, all: 0 };
    counts.set(priority, count);
    if (count.active >= MAX_ACTIVE || count.all >= MAX_TRACKED) return;
    const waiting = new Uint8Array(nodes);
    let wanted = 0;
    for (let node = 0; node < nodes; node++) {
      if (node === told.owner || !truth.isUp(node)) continue;
      waiting[node] = 1;
      wanted++;
    }
    if (wanted === 0) return;
    const owner = nodeName(told.owner);
    const { version } = told;
    const row = { number: number++, owner, metric: name, priority, version, publishedAtMs: at };
    const first = { update: row.number, node: owner, from: owner, afterMs: 0, round: 0 };
    const tracked: Tracked = {
      row,
      ownerIndex: told.owner,
      stamp: truth.stampOf(told),
      place,
      waiting,
      wanted,
      reached: 0,
      copies: 0,
      halfMs: null,
      allMs: null,
      spread: count.all < MAX_SPREADS ? [first] : undefined,
    };
    active.set(place, [...(active.get(place) ?? []), tracked]);
    count.active++;
    count.all++;
  }

  function arrive(tracked: Tracked, viewer: number, from: number, at: number): void {
    tracked.waiting[viewer] = 0;
    tracked.reached++;
    const afterMs = at - tracked.row.publishedAtMs;
    tracked.spread?.push({
      update: tracked.row.number,
      node: nodeName(viewer),
      from: nodeName(from),
      afterMs,
      round: Math.floor(afterMs / options.roundMs),
    });
    noteReach(tracked, afterMs);
  }

  function noteReach(tracked: Tracked, afterMs: number): void {
    if (tracked.halfMs === null && tracked.reached * 2 >= tracked.wanted) tracked.halfMs = afterMs;
    if (tracked.reached >= tracked.wanted) tracked.allMs ??= afterMs;
  }

  /** Stops following what all have. */
  function settle(place: number): void {
    const list = active.get(place) ?? [];
    const open = list.filter((tracked) => tracked.allMs === null);
    for (const tracked of list) {
      if (tracked.allMs !== null) retire(tracked);
    }
    if (open.length === 0) active.delete(place);
    else active.set(place, open);
  }

  function retire(tracked: Tracked): void {
    done.push(tracked);
    const count = counts.get(tracked.row.priority);
    if (count !== undefined) count.active--;
  }

  return {
    published(told, at) {
      const place = told.owner * metrics.length + told.metric;
      const definition = metrics[told.metric];
      if (definition === undefined || !isUpdate(place, told, definition)) return;
      if (options.isMeasuring(at)) track(place, told, at, definition);
    },
    told(viewer, told, at) {
      const place = told.owner * metrics.length + told.metric;
      const list = active.get(place);
      if (list === undefined) return;
      const stamp = truth.stampOf(told);
      let finished = false;
      for (const tracked of list) {
        if (stamp < tracked.stamp || tracked.waiting[viewer] !== 1) continue;
        arrive(tracked, viewer, told.from, at);
        finished ||= tracked.allMs !== null;
      }
      if (finished) settle(place);
    },
    copied(copy) {
      const list = active.get(copy.owner * metrics.length + copy.metric);
      if (list === undefined) return;
      const stamp = truth.stampOf(copy);
      for (const tracked of list) if (tracked.stamp === stamp) tracked.copies++;
    },
    died(node) {
      for (const tracked of [...active.values()].flat()) {
        if (tracked.waiting[node] !== 1) continue;
        tracked.waiting[node] = 0;
        tracked.wanted--;
        if (tracked.wanted === 0) tracked.wanted = tracked.reached;
      }
    },
    finish(at) {
      const late = at - GRACE_ROUNDS * options.roundMs;
      const open = [...active.values()].flat();
      const counted = open.filter(({ row }) => row.publishedAtMs < late);
      const all = [...done, ...counted].sort((a, b) => a.row.number - b.row.number);
      return {
        updates: all.map(({ row, reached, wanted, halfMs, allMs, copies }) => ({
          ...row,
          reached,
          wanted,
          halfMs,
          allMs,
          copies,
        })),
        spreads: all.flatMap(({ spread }) => spread ?? []),
      };
    },
  };
}
