// Which entries a peer gets when they do not all fit: chunks (member, lane) compete by
// priority × lag × count / bytes; a reserved share goes to random ones, so that no lane starves.

import {
  CARD_LANE,
  type Entry,
  eachVersion,
  entryCount,
  laneOf,
  type Marks,
  markOf,
  missingEntries,
  type Source,
} from '../data/source.ts';
import { type Member, prefetch } from '../membership/member.ts';
import { type Random, sample } from '../random.ts';
import { AGE_STEP_MS, chunkOverhead, entrySize } from '../wire/encode.ts';
import type { Chunk, WireEntry } from '../wire/messages.ts';

/** What a peer lacks, and what of it may go into one message. */
export interface Choice {
  readonly lacking: Iterable<readonly [Member, Marks]>;
  /** How the message names a member. */
  readonly refOf: (member: Member) => number;
  readonly budgetBytes: number;
  readonly reserveShare: number;
  readonly random: Random;
  readonly now: number;
}

export interface Picked {
  readonly chunks: Chunk[];
  readonly bytes: number;
  /** Something did not fit. */
  readonly cut: boolean;
}

/** Everything that one peer lacks of one member in one lane. */
export interface Candidate {
  readonly member: Member;
  readonly ref: number;
  /** The priority of its metrics. */
  readonly lane: number;
  readonly theirs: Marks;
  readonly entries: readonly WireEntry[];
  readonly bytes: number;
  /** Not even its first entry fits into less. */
  readonly leastBytes: number;
  /** Age of the oldest entry. */
  readonly lagMs: number;
}

/** The higher goes first. */
export type Score = (candidate: Candidate) => number;

const weigh: Score = ({ lane, lagMs, entries, bytes }) => (lane * lagMs * entries.length) / bytes;

/** Bytes a list of chunks may add to a message besides the chunks: its header. */
const LIST_HEADER_BYTES = 3;

/**
 * Entries that are weighed against one another for one message, some ten times what fits: a peer
 * may say that it lacks all of thousands of members, and to weigh them all would take a second.
 */
const MAX_WEIGHED = 4_096;
/** No entry takes less, so that a longer message can be filled all the same. */
const LEAST_ENTRY_BYTES = 4;
/** To look whether an entry is lacking costs so much less than to weigh it. */
const LOOKS_PER_WEIGHING = 32;
/** By so much at most an entry is shorter in a run that reaches less far. */
const MAX_INTEGER_BYTES = 9;
/** What a member costs besides its entries, in looks. */
const MEMBER_LOOKS = 8;

type Lacking = readonly [Member, Marks];

/** Of values and of cards. */
const placeCount = (source: Source): number =>
  entryCount(source) + (source.record?.slots.length ?? 0);

function costOf([{ source }, { watermark }]: Lacking): number {
  let lacked = 0;
  eachVersion(source, (version) => {
    if (version > watermark) lacked++;
  });
  return lacked + (MEMBER_LOOKS + placeCount(source)) / LOOKS_PER_WEIGHING;
}

/** The first of them, until so much is spent. */
function upTo(most: number, lacking: readonly Lacking[]): Lacking[] {
  const taken: Lacking[] = [];
  let left = most;
  for (const each of lacking) {
    if (left <= 0) break;
    left -= costOf(each);
    taken.push(each);
  }
  return taken;
}

/** All where they can be weighed in good time, else some at random; the next message has others. */
function weighable({ lacking, budgetBytes, random }: Choice): { some: Lacking[]; areAll: boolean } {
  const all = [...lacking];
  prefetch(all.map(([member]) => member));
  const most = Math.max(MAX_WEIGHED, budgetBytes / LEAST_ENTRY_BYTES);
  const entries = all.reduce((sum, [{ source }]) => sum + placeCount(source), 0);
  if (entries + all.length <= most) return { some: all, areAll: true };
  const first = upTo(most, all);
  if (first.length === all.length) return { some: all, areAll: true };
  return { some: upTo(most, sample(random, all, first.length)), areAll: false };
}

/** Fills at most `budgetBytes` with what the peer lacks, given the marks it named. */
export function pickChunks(choice: Choice, score: Score = weigh): Picked {
  const { refOf, budgetBytes, reserveShare, random, now } = choice;
  const { some, areAll } = weighable(choice);
  let bytes = LIST_HEADER_BYTES;
  const chunks: Chunk[] = [];
  for (const [member, theirs] of some) {
    const whole = wholeChunk(member, theirs, refOf(member), now);
    if (whole === undefined) continue;
    bytes += chunkSize(whole);
    chunks.push(whole);
    // By how much it is too long does not matter, and to size all of it takes long.
    if (bytes > budgetBytes) break;
  }
  if (chunks.length === 0) return { chunks, bytes: 0, cut: false };
  if (bytes <= budgetBytes) return { chunks, bytes, cut: !areAll };
  const candidates = some.flatMap(([member, theirs]) =>
    laneCandidates(member, theirs, refOf(member), now),
  );
  return compete(candidates, score, budgetBytes, reserveShare, random);
}

/**
 * All lanes of a member in one run; undefined when there is nothing to tell. What the peer seems to
 * hold ahead of its watermark is told again: a run over all lanes has to be whole from `from` on,
 * for its marks may have been misread.
 */
export function wholeChunk(
  member: Member,
  theirs: Marks,
  ref: number,
  now: number,
): Chunk | undefined {
  const { source } = member;
  const missing = missingEntries(source, theirs);
  const to = Math.max(source.watermark, theirs.watermark);
  if (missing.length === 0 && to === theirs.watermark) return undefined;
  const { watermark } = theirs;
  const entries =
    theirs.laneWatermarks === undefined ? missing : missingEntries(source, { watermark });
  return { ref, from: watermark, to, entries: entries.map((entry) => toWire(entry, now)) };
}

export function toWire(entry: Entry, now: number): WireEntry {
  const { sampledAt, ...told } = entry;
  return { ...told, ageMs: Math.max(0, now - sampledAt) };
}

export function chunkSize(chunk: Chunk): number {
  let size = overheadOf(chunk);
  for (const entry of chunk.entries) size += entrySize(entry, chunk.to);
  return size;
}

const overheadOf = ({ ref, lane, from, to, entries }: Chunk): number =>
  chunkOverhead(ref, lane, from, to, entries.length);

function laneCandidates(member: Member, theirs: Marks, ref: number, now: number): Candidate[] {
  const lanes = new Map<number, WireEntry[]>();
  for (const entry of missingEntries(member.source, theirs)) {
    const lane = laneOf(member.source, entry.index);
    // It might belong to any lane: before the record tells, none can be said to be whole.
    if (lane === undefined) return [];
    const entries = lanes.get(lane) ?? [];
    entries.push(toWire(entry, now));
    lanes.set(lane, entries);
  }
  for (const lane of quietLanes(member.source, theirs)) {
    if (!lanes.has(lane)) lanes.set(lane, []);
  }
  return [...lanes].map(([lane, entries]) => {
    const chunk = laneChunk(member.source, theirs, ref, lane, entries, true);
    const sizes = entries.map((entry) => entrySize(entry, chunk.to));
    const bytes = sizes.reduce((sum, size) => sum + size, overheadOf(chunk));
    const leastBytes = (sizes[0] ?? 0) - MAX_INTEGER_BYTES;
    const lagMs = Math.max(AGE_STEP_MS, ...entries.map((entry) => entry.ageMs));
    return { member, ref, lane, theirs, entries, bytes, leastBytes, lagMs };
  });
}

/** A member has few priorities; to tell this of one that has many would take long. */
const MAX_QUIET_LANES = 8;

/**
 * Lanes whose mark is ahead of theirs, also where no entry is missing. Unless a peer is told that,
 * by runs without entries, its watermark stays behind and its digests have to name all the others.
 */
function quietLanes(source: Source, theirs: Marks): ReadonlySet<number> {
  const quiet = new Set<number>();
  // Who knows nothing of a member needs its words first.
  if (theirs.watermark === 0) return quiet;
  const consider = (lane: number): void => {
    if (markOf(theirs, lane) < markOf(source, lane)) quiet.add(lane);
  };
  consider(CARD_LANE);
  for (const slot of source.record?.slots ?? []) {
    if (quiet.size > MAX_QUIET_LANES) return new Set();
    if (slot?.card) consider(slot.card.priority);
  }
  return quiet;
}

/** A run in one lane; complete runs reach our own mark, partial ones their last entry. */
function laneChunk(
  source: Source,
  theirs: Marks,
  ref: number,
  lane: number,
  entries: readonly WireEntry[],
  complete: boolean,
): Chunk {
  const from = markOf(theirs, lane);
  const reach = markOf(source, lane);
  const last = entries.at(-1)?.version ?? from;
  const to = Math.max(from, complete ? reach : Math.min(reach, last));
  return { ref, lane, from, to, entries };
}

function compete(
  candidates: readonly Candidate[],
  score: Score,
  budgetBytes: number,
  reserveShare: number,
  random: Random,
): Picked {
  // Who knows nothing of a member yet gets its first words before anything else.
  const first = ({ theirs }: Candidate): number =>
    theirs.watermark === 0 ? Number.MAX_SAFE_INTEGER : 0;
  const ranked = candidates
    .map((candidate) => {
      const isQuiet = candidate.entries.length === 0;
      return { candidate, rank: isQuiet ? 0 : first(candidate) + score(candidate) };
    })
    .sort((a, b) => b.rank - a.rank)
    .map(({ candidate }) => candidate);
  const chunks: Chunk[] = [];
  let bytes = LIST_HEADER_BYTES;
  const fill = (candidate: Candidate, limit: number): boolean => {
    const chunk = fitting(candidate, limit - bytes);
    if (chunk === undefined) return false;
    chunks.push(chunk);
    bytes += chunkSize(chunk);
    return true;
  };
  const reserved = Math.floor(budgetBytes * reserveShare);
  const left = ranked.filter((candidate) => !fill(candidate, budgetBytes - reserved));
  for (const candidate of sample(random, left, left.length)) fill(candidate, budgetBytes);
  return { chunks, bytes: chunks.length === 0 ? 0 : bytes, cut: true };
}

/**
 * As much of a candidate as fits, oldest first and without a gap. Halving: to leave out one entry
 * after another would take the square of them.
 */
function fitting(candidate: Candidate, room: number): Chunk | undefined {
  const { member, theirs, ref, lane, entries } = candidate;
  // Texts of those for which there is no room are not measured once more.
  if (candidate.leastBytes > room) return undefined;
  if (candidate.bytes <= room) return laneChunk(member.source, theirs, ref, lane, entries, true);
  let fits: Chunk | undefined;
  for (let least = 1, most = entries.length - 1; least <= most; ) {
    const count = (least + most) >> 1;
    const part = entries.slice(0, count);
    const chunk = laneChunk(member.source, theirs, ref, lane, part, false);
    if (chunkSize(chunk) <= room) {
      fits = chunk;
      least = count + 1;
    } else most = count - 1;
  }
  return fits;
}
