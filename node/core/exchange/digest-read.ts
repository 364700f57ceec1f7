// Digests read: which members a peer is behind or ahead of us on.

import type { Marks } from '../data/source.ts';
import {
  dataHashOf,
  hashOfWatermark,
  type Member,
  type MemberName,
  type SeenMember,
} from '../membership/member.ts';
import type { Roster } from '../membership/roster.ts';
import { sample } from '../random.ts';
import type { State } from '../state.ts';
import type { KeyDigest, RosterDigest } from '../wire/messages.ts';
import { MODULUS } from './digest.ts';

/** A peer's marks as its digest tells them: per member, or undefined where it says nothing. */
export interface Theirs {
  readonly marks: ReadonlyMap<Member, Marks>;
  /** Keys the peer named that we do not know. */
  readonly unknownKeys: readonly number[];
  /** Members of ours that the peer has never heard of. */
  readonly absent: ReadonlySet<Member>;
  /** Whether the digest explains the peer's data hash; when not, it was misread. */
  readonly exact: boolean;
  /** More differs than is told here. */
  readonly isCut: boolean;
}

/** Reads the compact digest; `roster` is the one the peer counted in. */
export function readRosterDigest(
  state: State,
  digest: RosterDigest,
  roster: Roster,
  theirHash: number,
): Theirs {
  const marks = new Map<Member, Marks>();
  const blanks = new Set(digest.blanks);
  const lanesOf = groupLanes(digest.lanes);
  const { members } = state;
  let hash = members.dataHash;
  const isCurrent = roster === members.roster();
  const { watermarks, hasLaneAhead } = members.columns;
  const end = Math.min(roster.members.length, digest.offset + digest.nibbles.length * 2);
  for (let at = digest.offset; at < end; at++) {
    const slot = isCurrent ? (roster.slots[at] as number) : slotIn(state, roster, at);
    if (slot === undefined) continue;
    const byte = digest.nibbles[(at - digest.offset) >> 1] as number;
    const nibble = (at - digest.offset) % 2 === 0 ? byte & 15 : byte >> 4;
    const own = watermarks[slot] as number;
    const watermark = blanks.size > 0 && blanks.has(at) ? 0 : nearest(nibble, own);
    const lanes = lanesOf?.get(at);
    if (watermark === own && lanes === undefined && hasLaneAhead[slot] === 0) continue;
    const name = roster.members[at] as MemberName;
    const member = isCurrent ? members.own(name) : (members.byKey.get(name.key) as Member);
    if (watermark !== own) hash = hash ^ dataHashOf(member) ^ hashOfWatermark(member, watermark);
    marks.set(member, { watermark, laneWatermarks: lanes && absolute(lanes, watermark) });
  }
  const whole = digest.offset === 0 && end === roster.members.length;
  const exact = !whole || hash >>> 0 === theirHash;
  return { marks, unknownKeys: [], absent: new Set(), exact, isCut: false };
}

/** Of an older roster some may be gone, and others have moved. */
const slotIn = ({ members }: State, roster: Roster, at: number): number | undefined =>
  members.find((roster.members[at] as MemberName).key)?.slot;

/** The version congruent to `nibble` that lies closest to ours; the peer is rarely far. */
function nearest(nibble: number, own: number): number {
  let difference = (nibble - own) % MODULUS;
  if (difference < 0) difference += MODULUS;
  if (difference > MODULUS / 2 && own + difference - MODULUS > 0) difference -= MODULUS;
  return own + difference;
}

function groupLanes(triples: readonly number[]): Map<number, Map<number, number>> | undefined {
  if (triples.length === 0) return undefined;
  const grouped = new Map<number, Map<number, number>>();
  for (let i = 0; i + 2 < triples.length; i += 3) {
    const [at, lane, by] = triples.slice(i, i + 3) as [number, number, number];
    const lanes = grouped.get(at) ?? new Map<number, number>();
    grouped.set(at, lanes.set(lane, by));
  }
  return grouped;
}

const absolute = (lanes: ReadonlyMap<number, number>, watermark: number): Map<number, number> =>
  new Map([...lanes].map(([lane, by]) => [lane, watermark + by]));

/** No member that an answer could speak of takes less of it. */
const LEAST_BYTES = 4;
/** Differences that are looked at all the same, where messages are short. */
const FEWEST_READ = 1_024;

/**
 * Reads the exact digest; members of ours in its range that it does not name are blank there. Of
 * thousands of differences some are read, at random, for an answer has no room for the others.
 */
export function readKeyDigest(state: State, digest: KeyDigest): Theirs {
  const { low, high, rows } = digest;
  const lanesOf = groupLanes(digest.lanes);
  const { members, random, settings } = state;
  const inside = (key: number): boolean =>
    low <= high ? key >= low && key <= high : key >= low || key <= high;
  const most = Math.max(FEWEST_READ, settings.budgetBytes / LEAST_BYTES);
  const some = <T>(all: T[]): T[] => (all.length > most ? sample(random, all, most) : all);
  const unknown: number[] = [];
  const differing: (readonly [SeenMember, Marks])[] = [];
  const named = new Set<number>();
  for (let i = 0; i + 1 < rows.length; i += 2) {
    const [key, watermark] = [rows[i] as number, rows[i + 1] as number];
    named.add(key);
    const member = members.find(key);
    const lanes = lanesOf?.get(i / 2);
    if (member === undefined) unknown.push(key);
    else if (
      member.source.watermark !== watermark ||
      member.source.laneWatermarks !== undefined ||
      lanes
    ) {
      differing.push([member, { watermark, laneWatermarks: lanes && absolute(lanes, watermark) }]);
    }
  }
  const unnamed: SeenMember[] = [];
  for (const seen of members.byId.values()) {
    if (inside(seen.key) && !named.has(seen.key)) unnamed.push(seen);
  }
  const marks = new Map<Member, Marks>();
  for (const [member, told] of some(differing)) marks.set(members.own(member), told);
  const absent = new Set(some(unnamed).map(members.own));
  for (const member of absent) marks.set(member, { watermark: 0 });
  const isCut = Math.max(unknown.length, differing.length, unnamed.length) > most;
  return { marks, unknownKeys: some(unknown), absent, exact: true, isCut };
}
