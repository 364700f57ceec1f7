// When a stored value may be carried on: not while its node was dead for the observer, and not
// while the observer itself was down.

import type { MembershipEvent } from '../../ports.ts';

export type LifeEvent = Pick<MembershipEvent, 'node' | 'generation' | 'status' | 'atMs'>;

/** Half open, wall clock, ms. */
export interface Gap {
  readonly fromMs: number;
  readonly untilMs: number;
}

/** A run of the observer. */
export interface OwnRun {
  /** The wall clock of its start. */
  readonly generation: number;
  /** Of its last row, or of what it said of itself after that: a calm node stores few rows. */
  readonly lastMs: number;
  /** Of the row that is stamped earliest, where that was looked for. */
  readonly firstMs?: number;
}

export interface Lives {
  /** When nothing is known of this run of a node, in the order of time and apart. */
  gapsOf(node: string, generation: number): readonly Gap[];
}

/** What is known of the observer itself. */
export interface OwnLife {
  readonly observer: string;
  readonly runs: readonly OwnRun[];
  /** Others wrote their lines while it was away: only its own have a gap then. */
  readonly isShared?: boolean;
}

/** `events` in any order, all of one observer. */
export function createLives(events: readonly LifeEvent[], own: OwnLife): Lives {
  const byNode = Map.groupBy(
    events.toSorted((a, b) => a.atMs - b.atMs),
    ({ node }) => node,
  );
  const known = new Map<string, readonly Gap[]>();
  const absences = join(absencesOf(own.runs));
  const shared = own.isShared === true ? [] : absences;
  return {
    gapsOf(node, generation) {
      const isOwn = node === own.observer;
      const seen = byNode.get(node);
      if (seen === undefined && !isOwn) return shared;
      const key = `${generation} ${node}`;
      const cut = isOwn ? [...absences, ...endOf(own.runs, generation)] : shared;
      const deaths = known.has(key) ? [] : allDeathsOf(seen ?? [], generation, isOwn);
      const gaps = known.get(key) ?? join([...deaths, ...cut]);
      known.set(key, gaps);
      return gaps;
    },
  };
}

const isAlive = ({ status }: LifeEvent): boolean => status === 'alive' || status === 'suspect';

/** An observer never says of itself that its next run lives: only where it stood still is over. */
function allDeathsOf(events: readonly LifeEvent[], generation: number, isOwn: boolean): Gap[] {
  const earlier = isOwn ? events.filter((event) => event.generation < generation) : events;
  const before = deathsBefore(earlier, generation);
  const over = isOwn ? before.filter(({ untilMs }) => Number.isFinite(untilMs)) : before;
  return [...over, ...deathsOf(events, generation)];
}

/**
 * Deaths of earlier runs, until anything was said of this one. A node that was taken for dead and
 * goes on as another run tells that run's values as old as they are.
 */
function deathsBefore(events: readonly LifeEvent[], generation: number): Gap[] {
  const gaps: Gap[] = [];
  let fromMs: number | undefined;
  for (const event of events) {
    const isBegun = event.generation >= generation;
    if (!isBegun && !isAlive(event)) fromMs ??= event.atMs;
    else if (fromMs !== undefined) {
      gaps.push({ fromMs, untilMs: event.atMs });
      fromMs = undefined;
    }
    if (isBegun) return gaps;
  }
  return fromMs === undefined ? gaps : [...gaps, { fromMs, untilMs: Number.POSITIVE_INFINITY }];
}

/**
 * What an observer says of a later run ends this one; of an earlier run it says nothing here. A
 * suspect still lives.
 */
function deathsOf(events: readonly LifeEvent[], generation: number): Gap[] {
  const gaps: Gap[] = [];
  let deadSinceMs: number | undefined;
  let isOver = false;
  for (const event of events) {
    if (event.generation < generation || isOver) continue;
    isOver = isAlive(event) && event.generation > generation;
    if (!isAlive(event) || isOver) deadSinceMs ??= event.atMs;
    else if (deadSinceMs !== undefined) {
      gaps.push({ fromMs: deadSinceMs, untilMs: event.atMs });
      deadSinceMs = undefined;
    }
  }
  if (deadSinceMs !== undefined) {
    gaps.push({ fromMs: deadSinceMs, untilMs: Number.POSITIVE_INFINITY });
  }
  return gaps;
}

/** A run of the observer that a later one followed: what it stored last is not so any more. */
function endOf(runs: readonly OwnRun[], generation: number): Gap[] {
  const run = runs.find((each) => each.generation === generation);
  if (run === undefined || !runs.some((each) => each.generation > generation)) return [];
  return [{ fromMs: run.lastMs + 1, untilMs: Number.POSITIVE_INFINITY }];
}

/**
 * From the last that a run of the observer stored of itself to the start of the next run. A
 * clock that was ahead at a start and set back since makes that too late: so an absence is over
 * with the first row of that run, or of any later one.
 */
function absencesOf(runs: readonly OwnRun[]): Gap[] {
  let rowsMs = Number.POSITIVE_INFINITY;
  return pausesOf(runs).flatMap(({ run, fromMs, untilMs }) => {
    rowsMs = Math.min(rowsMs, run.firstMs ?? run.lastMs);
    const endMs = Math.min(untilMs, rowsMs);
    return fromMs < endMs ? [{ fromMs, untilMs: endMs }] : [];
  });
}

/** Before each run what its generation makes of it, empty or not; the latest first. */
export function pausesOf(runs: readonly OwnRun[]): (Gap & { readonly run: OwnRun })[] {
  const ordered = runs.toSorted((a, b) => b.generation - a.generation);
  return ordered.map((run, index) => {
    const fromMs = (ordered[index + 1]?.lastMs ?? Number.POSITIVE_INFINITY) + 1;
    return { run, fromMs, untilMs: run.generation };
  });
}

/** In order, and those that overlap as one. */
function join(gaps: readonly Gap[]): Gap[] {
  const joined: Gap[] = [];
  for (const gap of gaps.toSorted((a, b) => a.fromMs - b.fromMs)) {
    const last = joined.at(-1);
    if (last === undefined || gap.fromMs > last.untilMs) joined.push(gap);
    else if (gap.untilMs > last.untilMs) joined.splice(-1, 1, { ...last, untilMs: gap.untilMs });
  }
  return joined;
}

/** What is left of `fromMs` to `untilMs` without the gaps. */
export function without(gaps: readonly Gap[], fromMs: number, untilMs: number): Gap[] {
  const left: Gap[] = [];
  let sinceMs = fromMs;
  for (let index = indexAfter(gaps, fromMs); index < gaps.length; index++) {
    const gap = gaps[index];
    if (gap === undefined || gap.fromMs >= untilMs) break;
    if (gap.fromMs > sinceMs) left.push({ fromMs: sinceMs, untilMs: gap.fromMs });
    sinceMs = gap.untilMs;
  }
  if (sinceMs < untilMs) left.push({ fromMs: sinceMs, untilMs });
  return left;
}

export function isIn(gaps: readonly Gap[], atMs: number): boolean {
  const gap = gaps[indexAfter(gaps, atMs)];
  return gap !== undefined && gap.fromMs <= atMs;
}

/** Of the first gap that ends after `atMs`. */
function indexAfter(gaps: readonly Gap[], atMs: number): number {
  let [low, high] = [0, gaps.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((gaps[middle]?.untilMs ?? atMs) <= atMs) low = middle + 1;
    else high = middle;
  }
  return low;
}
