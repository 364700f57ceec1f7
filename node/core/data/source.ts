// What a view holds of one member: its labels, the card and the newest value of each slot, and
// honest marks that say up to which version nothing is missing.

import type { Labels } from '../model.ts';
import { type Card, EMPTY_RECORD, type MemberRecord, withSlot } from './slots.ts';

/** Entry 0 of every member is its labels; entry s is the value of slot s, entry −s its card. */
export const LABELS_INDEX = 0;
/** Labels and cards ride in the most important lane. */
export const CARD_LANE = 255;

/** Of entry 0. */
export interface LabelsValue {
  readonly labels: Labels;
}

/** Of a slot: steps of the metric's resolution; the text of a fact; the card; null for closed. */
export type EntryValue = number | string | LabelsValue | Card | null;

/** One thing that an owner told. */
export interface Entry {
  readonly index: number;
  /** Which opening of its slot it belongs to; absent for the first, which is number 0. */
  readonly opening?: number | undefined;
  readonly version: number;
  readonly sampledAt: number;
  readonly value: EntryValue;
  /** The owner could not sample it since: the value is its last. */
  readonly isStale?: true | undefined;
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
  readonly watermark: number;
  /** Lanes that are complete further than `watermark`. */
  readonly laneWatermarks?: ReadonlyMap<number, number> | undefined;
}

export interface Source {
  record: MemberRecord | undefined;
  watermark: number;
  laneWatermarks: Map<number, number> | undefined;
  /**
   * By entry index, three numbers each: version (0 means nothing is held), steps, when sampled. In
   * one array, for a large fleet's views hold millions of these between them.
   */
  cells: number[];
  /** Texts of facts, by slot; most members have none. */
  texts: Map<number, string> | undefined;
  /** Characters of these. */
  textLength: number;
  /** Slots whose value is stale. */
  stale: Set<number> | undefined;
}

const STEPS = 1;
const SAMPLED_AT = 2;
const WIDTH = 3;

export const createSource = (): Source => ({
  record: undefined,
  watermark: 0,
  laneWatermarks: undefined,
  cells: [],
  texts: undefined,
  textLength: 0,
  stale: undefined,
});

export const copySource = (source: Readonly<Source>): Source => ({
  record: source.record,
  watermark: source.watermark,
  laneWatermarks: source.laneWatermarks && new Map(source.laneWatermarks),
  cells: source.cells.slice(),
  texts: source.texts && new Map(source.texts),
  textLength: source.textLength,
  stale: source.stale && new Set(source.stale),
});

/** Places for values; some may hold none. */
export const entryCount = (source: Source): number => source.cells.length / WIDTH;

export const openingOf = ({ record }: Readonly<Source>, slot: number): number =>
  record?.slots[slot]?.opening ?? 0;

/** The version held of an entry, 0 for none. */
export const versionAt = (source: Source, index: number): number =>
  index < 0 ? (source.record?.slots[-index]?.version ?? 0) : (source.cells[index * WIDTH] ?? 0);

export const stepsAt = (source: Source, index: number): number =>
  source.cells[index * WIDTH + STEPS] ?? 0;

export const sampledAt = (source: Source, index: number): number =>
  source.cells[index * WIDTH + SAMPLED_AT] ?? 0;

export const markOf = (marks: Marks, lane: number): number =>
  Math.max(marks.watermark, marks.laneWatermarks?.get(lane) ?? 0);

/** The lane of an entry, or undefined while the card that tells it is not held. */
export const laneOf = ({ record }: Source, index: number): number | undefined =>
  index <= LABELS_INDEX ? CARD_LANE : record?.slots[index]?.card?.priority;

export function entryAt(source: Source, index: number): Entry | undefined {
  const version = versionAt(source, index);
  if (version === 0) return undefined;
  const { record, texts, stale } = source;
  if (index === LABELS_INDEX) {
    const { labels } = record ?? EMPTY_RECORD;
    return { index, version, sampledAt: sampledAt(source, index), value: { labels } };
  }
  const slot = record?.slots[Math.abs(index)];
  const opening = slot?.opening || undefined;
  if (index > 0) {
    const value = texts?.get(index) ?? stepsAt(source, index);
    const isStale = stale?.has(index) === true || undefined;
    return { index, opening, version, sampledAt: sampledAt(source, index), value, isStale };
  }
  const card = slot?.card;
  if (slot === undefined || card === undefined) return undefined;
  return { index, opening, version, sampledAt: slot.toldAt, value: card };
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
  const first = 1 - Math.max(1, source.record?.slots.length ?? 0);
  for (let index = first; index < count; index++) {
    const version = versionAt(source, index);
    if (version <= theirs.watermark) continue;
    const lane = theirs.laneWatermarks === undefined ? undefined : laneOf(source, index);
    if (lane !== undefined && version <= markOf(theirs, lane)) continue;
    const entry = entryAt(source, index);
    if (entry !== undefined) missing.push(entry);
  }
  return missing.length > 1 ? missing.sort((a, b) => a.version - b.version) : missing;
}

/** Puts an entry in if it is newer than what is held; says whether it was. */
export function putEntry(source: Source, entry: Entry): boolean {
  const { index, version, value } = entry;
  if (version <= versionAt(source, index)) return false;
  if (index < LABELS_INDEX) return putCard(source, entry);
  if (index > LABELS_INDEX && !hasPlace(source, entry)) return false;
  if (entryCount(source) <= index) growTo(source, index + 1);
  const { cells } = source;
  cells[index * WIDTH] = version;
  cells[index * WIDTH + SAMPLED_AT] = entry.sampledAt;
  if (typeof value === 'number') {
    cells[index * WIDTH + STEPS] = value;
    dropText(source, index);
  } else if (typeof value === 'string') putText(source, index, value);
  else if (value !== null && 'labels' in value) {
    source.record = { ...(source.record ?? EMPTY_RECORD), labels: value.labels };
  }
  if (entry.isStale) {
    source.stale ??= new Set();
    source.stale.add(index);
  } else source.stale?.delete(index);
  return true;
}

function putCard(source: Source, entry: Entry): boolean {
  const { opening = 0, version, sampledAt: toldAt, value } = entry;
  const index = -entry.index;
  const record = source.record ?? EMPTY_RECORD;
  const held = record.slots[index];
  // That a later opening exists is known by its value alone.
  if (opening < (held?.opening ?? 0)) return false;
  const card = value as Card | null;
  source.record = withSlot(record, index, { card, opening, version, toldAt });
  if (card === null || opening > (held?.opening ?? 0)) voidValue(source, index);
  return true;
}

/** Whether a value belongs to what its slot holds now, or will hold once the card has come. */
function hasPlace(source: Source, { index, opening = 0 }: Entry): boolean {
  const record = source.record ?? EMPTY_RECORD;
  const held = record.slots[index];
  if (opening < (held?.opening ?? 0)) return false;
  if (opening === (held?.opening ?? 0)) return held?.card !== null;
  const slot = { card: undefined, opening, version: 0, toldAt: 0 };
  source.record = withSlot(record, index, slot);
  voidValue(source, index);
  return true;
}

function putText(source: Source, index: number, text: string): void {
  dropText(source, index);
  source.textLength += text.length;
  source.texts ??= new Map();
  source.texts.set(index, text);
}

function dropText(source: Source, index: number): void {
  source.textLength -= source.texts?.get(index)?.length ?? 0;
  source.texts?.delete(index);
}

function voidValue(source: Source, index: number): void {
  const { cells, stale } = source;
  if (cells.length > index * WIDTH) cells[index * WIDTH] = 0;
  dropText(source, index);
  stale?.delete(index);
}

/** A new array of just this length: pushing makes room for 17 more, and there may be millions. */
export function growTo(source: Source, count: number): void {
  // No small integer, so that V8 lays doubles out from the start: times seldom are integers.
  const longer = new Array<number>(count * WIDTH).fill(Number.NaN);
  for (let i = 0; i < longer.length; i++) longer[i] = source.cells[i] ?? 0;
  source.cells = longer;
}

export function holdsVersion({ cells, record }: Source, wanted: number): boolean {
  for (let at = 0; at < cells.length; at += WIDTH) if (cells[at] === wanted) return true;
  return record?.slots.some((slot) => slot?.version === wanted) === true;
}

/** Calls back for each version that is held. */
export function eachVersion({ cells, record }: Source, call: (version: number) => void): void {
  for (let at = 0; at < cells.length; at += WIDTH) call(cells[at] ?? 0);
  for (const slot of record?.slots ?? []) call(slot?.version ?? 0);
}
