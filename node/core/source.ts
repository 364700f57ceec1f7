// What a view holds of one member's metrics: the newest entry of each, and honest marks that say
// up to which version nothing is missing.

import type { Labels } from './model.ts';

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
  /** Parallel arrays by entry index; version 0 means nothing is held. */
  versions: number[];
  steps: number[];
  sampledAt: number[];
}

export const createSource = (): Source => ({
  record: undefined,
  base: 0,
  ahead: undefined,
  versions: [],
  steps: [],
  sampledAt: [],
});

export const markOf = (marks: Marks, lane: number): number =>
  Math.max(marks.base, marks.ahead?.get(lane) ?? 0);

/** The lane of an entry, or undefined while the record that names it is not held. */
export function laneOf(source: Source, index: number): number | undefined {
  if (index === RECORD_INDEX) return RECORD_LANE;
  return source.record?.metrics[index - 1]?.priority;
}

export function entryAt(source: Source, index: number): Entry | undefined {
  const version = source.versions[index];
  if (!version) return undefined;
  const value = index === RECORD_INDEX ? source.record : source.steps[index];
  if (value === undefined) return undefined;
  return { index, version, sampledAt: source.sampledAt[index] ?? 0, value };
}

/** Entries that somebody with these marks lacks, oldest first. */
export function missingEntries(source: Source, theirs: Marks): Entry[] {
  const missing: Entry[] = [];
  for (let index = 0; index < source.versions.length; index++) {
    const version = source.versions[index] ?? 0;
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
  if (version <= (source.versions[index] ?? 0)) return false;
  if (source.versions.length <= index) growTo(source, index + 1);
  if (typeof entry.value === 'number') source.steps[index] = entry.value;
  else source.record = entry.value;
  source.versions[index] = version;
  source.sampledAt[index] = entry.sampledAt;
  return true;
}

/** New arrays of just this length: pushing makes room for 17, and there may be millions. */
function growTo(source: Source, length: number): void {
  const grown = (numbers: readonly number[]): number[] => {
    const longer = new Array<number>(length).fill(0);
    for (let i = 0; i < numbers.length; i++) longer[i] = numbers[i] ?? 0;
    return longer;
  };
  source.versions = grown(source.versions);
  source.steps = grown(source.steps);
  source.sampledAt = grown(source.sampledAt);
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
  while (source.versions.includes(source.base + 1)) source.base++;
  if (source.base !== before) dropPassedLanes(source);
  return source.base !== before;
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
