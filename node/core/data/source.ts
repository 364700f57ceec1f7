// What a view holds of one member's metrics: the newest entry of each, and honest marks that say
// up to which version nothing is missing.

import type { Labels } from '../model.ts';

/** Entry 0 of every member is its record; metric i of the record is entry i + 1. */
export const RECORD_INDEX = 0;
/** The record rides in the most important lane. */
export const RECORD_LANE = 255;

/** Told once per generation; definitions are named by key, for most members share them. */
export interface MemberRecord {
  readonly labels: Labels;
  readonly metrics: readonly { readonly definitionKey: number; readonly priority: number }[];
}

/** One published value; `value` counts steps of the metric's resolution. */
export interface Entry {
  readonly index: number;
  readonly version: number;
  readonly sampledAt: number;
  readonly value: number | MemberRecord;
}

/**
 * A run of one member's entries without a gap: who holds everything up to `from` holds, after
 * merging, everything up to `to`; in one lane, or in all of them when `lane` is absent.
 */
export interface Run {
  readonly lane?: number | undefined;
  readonly from: number;
  readonly to: number;
  readonly entries: readonly Entry[];
}

/** How far somebody's view of a member reaches. */
export interface Marks {
  /** Complete in every lane up to this version. */
  readonly base: number;
  /** Lanes that are complete further than `base`. */
  readonly ahead?: ReadonlyMap<number, number> | undefined;
}

export interface Source {
  record: MemberRecord | undefined;
  base: number;
  ahead: Map<number, number> | undefined;
  /**
   * By entry index, three numbers each: version (0 means nothing is held), steps, when sampled. In
   * one array, for a large fleet's views hold millions of these between them.
   */
  cells: number[];
}

const STEPS = 1;
const SAMPLED_AT = 2;
const WIDTH = 3;

export const createSource = (): Source => ({
  record: undefined,
  base: 0,
  ahead: undefined,
  cells: [],
});

export const copySource = ({ record, base, ahead, cells }: Readonly<Source>): Source => ({
  record,
  base,
  ahead: ahead && new Map(ahead),
  cells: cells.slice(),
});

/** Entries there is room for; some may not be held. */
export const entryCount = (source: Source): number => source.cells.length / WIDTH;

/** The version held of an entry, 0 for none. */
export const versionAt = (source: Source, index: number): number =>
  source.cells[index * WIDTH] ?? 0;

export const stepsAt = (source: Source, index: number): number =>
  source.cells[index * WIDTH + STEPS] ?? 0;

export const sampledAt = (source: Source, index: number): number =>
  source.cells[index * WIDTH + SAMPLED_AT] ?? 0;

export const markOf = (marks: Marks, lane: number): number =>
  Math.max(marks.base, marks.ahead?.get(lane) ?? 0);

/** The lane of an entry, or undefined while the record that names it is not held. */
export function laneOf(source: Source, index: number): number | undefined {
  if (index === RECORD_INDEX) return RECORD_LANE;
  return source.record?.metrics[index - 1]?.priority;
}

export function entryAt(source: Source, index: number): Entry | undefined {
  const version = versionAt(source, index);
  if (version === 0) return undefined;
  const value = index === RECORD_INDEX ? source.record : stepsAt(source, index);
  if (value === undefined) return undefined;
  return { index, version, sampledAt: sampledAt(source, index), value };
}

/** When the newest sample of all was taken. */
export function lastSampledAt({ cells }: Source): number {
  let last = Number.NEGATIVE_INFINITY;
  for (let at = SAMPLED_AT; at < cells.length; at += WIDTH) last = Math.max(last, cells[at] ?? 0);
  return last;
}

/** Entries that somebody with these marks lacks, oldest first. */
export function missingEntries(source: Source, theirs: Marks): Entry[] {
  const missing: Entry[] = [];
  const count = entryCount(source);
  for (let index = 0; index < count; index++) {
    const version = versionAt(source, index);
    if (version <= theirs.base) continue;
    const lane = theirs.ahead === undefined ? undefined : laneOf(source, index);
    if (lane !== undefined && version <= markOf(theirs, lane)) continue;
    const entry = entryAt(source, index);
    if (entry !== undefined) missing.push(entry);
  }
  return missing.length > 1 ? missing.sort((a, b) => a.version - b.version) : missing;
}

/** Puts an entry in if it is newer than the one held; says whether it was. */
export function putEntry(source: Source, entry: Entry): boolean {
  const { index, version } = entry;
  if (version <= versionAt(source, index)) return false;
  if (entryCount(source) <= index) growTo(source, index + 1);
  const { cells } = source;
  if (typeof entry.value === 'number') cells[index * WIDTH + STEPS] = entry.value;
  else source.record = entry.value;
  cells[index * WIDTH] = version;
  cells[index * WIDTH + SAMPLED_AT] = entry.sampledAt;
  return true;
}

/** A new array of just this length: pushing makes room for 17 more, and there may be millions. */
export function growTo(source: Source, count: number): void {
  // No small integer, so that V8 lays doubles out from the start: times seldom are integers.
  const longer = new Array<number>(count * WIDTH).fill(Number.NaN);
  for (let i = 0; i < longer.length; i++) longer[i] = source.cells[i] ?? 0;
  source.cells = longer;
}

/**
 * Raises the marks as far as the run proves: only from where we already are without a gap.
 * Returns whether `base` moved.
 */
export function raiseMarks(source: Source, run: Omit<Run, 'entries'>): boolean {
  const before = source.base;
  if (run.lane === undefined) {
    if (run.from <= source.base && run.to > source.base) source.base = run.to;
  } else if (run.from <= markOf(source, run.lane) && run.to > markOf(source, run.lane)) {
    source.ahead ??= new Map();
    source.ahead.set(run.lane, run.to);
    promoteBase(source);
  }
  // Versions have no gaps: who holds the next one lacks nothing up to it.
  if (holdsVersion(source, source.base + 1)) passHeld(source);
  if (source.base !== before) dropPassedLanes(source);
  return source.base !== before;
}

function holdsVersion({ cells }: Source, version: number): boolean {
  for (let at = 0; at < cells.length; at += WIDTH) if (cells[at] === version) return true;
  return false;
}

/** Looks through all entries once, not once for each version. */
function passHeld(source: Source): void {
  const { cells } = source;
  const held = new Set<number>();
  for (let at = 0; at < cells.length; at += WIDTH) held.add(cells[at] ?? 0);
  while (held.has(source.base + 1)) source.base++;
}

/** When every lane is ahead of the base, the base follows the slowest. */
function promoteBase(source: Source): void {
  const { ahead, record } = source;
  if (ahead === undefined || record === undefined) return;
  let slowest = ahead.get(RECORD_LANE) ?? 0;
  for (const { priority } of record.metrics) {
    slowest = Math.min(slowest, ahead.get(priority) ?? 0);
  }
  source.base = Math.max(source.base, slowest);
}

function dropPassedLanes(source: Source): void {
  if (source.ahead === undefined) return;
  for (const [lane, mark] of source.ahead) {
    if (mark <= source.base) source.ahead.delete(lane);
  }
  if (source.ahead.size === 0) source.ahead = undefined;
}
