// Digests: what a node says it holds, in half a byte per member when both sides know the same
// members, exactly when they do not.

import type { Source } from '../data/source.ts';
import type { MemberName } from '../membership/member.ts';
import type { Roster } from '../membership/roster.ts';
import type { State } from '../state.ts';
import { keyDigestSize } from '../wire/encode.ts';
import type { Digest, KeyDigest, RosterDigest } from '../wire/messages.ts';
import { arrayHeaderSize, binarySize, integerSize } from '../wire/sizes.ts';

/** Blank and lane lists are bounded; what is left out is told in a later digest. */
const MAX_BLANKS = 128;
const MAX_LANES = 64;
/** They get one part of so many of a digest's room. */
const EXTRAS_SHARE = 4;
/** A watermark is told modulo 16; within ±8 versions of the reader's own it is read right. */
export const MODULUS = 16;

/** The compact digest, for peers with the same (current) roster; at most `maxBytes`. */
export function rosterDigest(state: State, roster: Roster, maxBytes: number): RosterDigest {
  const { members, slots } = roster;
  const { watermarks, hasLaneAhead } = state.members.columns;
  const room = Math.max(0, maxBytes - 12);
  const blanks: number[] = [];
  const lanes: number[] = [];
  let left = room / EXTRAS_SHARE;
  for (let i = 0; i < members.length && left > 0; i++) {
    const slot = slots[i] as number;
    if (watermarks[slot] === 0 && blanks.length < MAX_BLANKS) {
      blanks.push(i);
      left -= integerSize(i);
    }
    if (hasLaneAhead[slot] === 0) continue;
    left = tellLanes(lanes, state.members.see(members[i] as MemberName).source, i, left);
  }
  const forNibbles = Math.max(0, Math.floor(room - (room / EXTRAS_SHARE - left)));
  const bytes = Math.min(Math.ceil(members.length / 2), forNibbles);
  const offset = nextOffset(state, members.length, bytes * 2);
  return {
    kind: 'roster',
    offset,
    nibbles: packNibbles(slots, watermarks, offset, bytes),
    blanks,
    lanes,
  };
}

/** A digest that does not fit whole goes round the roster, one stretch an exchange. */
function nextOffset(state: State, members: number, covered: number): number {
  if (covered >= members) return 0;
  const offset = state.digestOffset >= members ? 0 : state.digestOffset;
  state.digestOffset = offset + covered;
  return offset;
}

function packNibbles(
  slots: Int32Array,
  watermarks: Float64Array,
  offset: number,
  length: number,
): Uint8Array {
  const rest = Math.max(0, Math.ceil((slots.length - offset) / 2));
  const nibbles = new Uint8Array(Math.min(length, rest));
  for (let i = 0; i < nibbles.length; i++) {
    const low = watermarks[slots[offset + i * 2] ?? -1] ?? 0;
    const high = watermarks[slots[offset + i * 2 + 1] ?? -1] ?? 0;
    nibbles[i] = (low % MODULUS) | ((high % MODULUS) << 4);
  }
  return nibbles;
}

/**
 * The exact digest: all members, or those of a random stretch of keys that fits `maxBytes`. The
 * lanes that are ahead get what this leaves, and a quarter more where the message has the room.
 */
export function keyDigest(state: State, maxBytes: number, roomBytes = maxBytes): KeyDigest {
  const most = Math.min(roomBytes, maxBytes + maxBytes / EXTRAS_SHARE);
  const sorted = state.members.ring();
  const fit = Math.max(0, Math.floor((maxBytes - keyDigestSize(0) - 3) / 8));
  if (sorted.length <= fit) return keysOf(state, sorted, 0, 0xffffffff, most);
  const start = state.random.below(sorted.length);
  const chosen = Array.from({ length: fit }, (_, i) => sorted[(start + i) % sorted.length]);
  const part = chosen.filter((member) => member !== undefined);
  const [low, high] = [part[0]?.key ?? 1, part.at(-1)?.key ?? 0];
  part.sort((a, b) => a.key - b.key);
  return keysOf(state, part, low, high, most);
}

function keysOf(
  { members }: State,
  named: readonly MemberName[],
  low: number,
  high: number,
  maxBytes: number,
): KeyDigest {
  const { watermarks, hasLaneAhead } = members.columns;
  const lanes: number[] = [];
  let room = maxBytes - keyDigestSize(named.length) - arrayHeaderSize(MAX_LANES * 3);
  named.forEach((name, at) => {
    if (hasLaneAhead[name.slot] === 0) return;
    room = tellLanes(lanes, members.see(name).source, at, room);
  });
  const rows = named.flatMap(({ key, slot }) => [key, watermarks[slot] as number]);
  return { kind: 'keys', low, high, rows, lanes };
}

/** Adds the lanes that are ahead while they fit; returns what room they leave. */
function tellLanes(lanes: number[], source: Source, at: number, roomBytes: number): number {
  let room = roomBytes;
  for (const [lane, mark] of source.laneWatermarks ?? []) {
    const by = mark - source.watermark;
    const size = integerSize(at) + integerSize(lane) + integerSize(by);
    if (size > room || lanes.length >= MAX_LANES * 3) break;
    lanes.push(at, lane, by);
    room -= size;
  }
  return room;
}

export function digestSize(digest: Digest | undefined): number {
  if (digest === undefined) return 1;
  const { lanes } = digest;
  if (digest.kind === 'keys') {
    const own = 1 + integerSize(digest.low) + integerSize(digest.high);
    const rows = binarySize(digest.rows.length * 4);
    return own + rows + (lanes.length === 0 ? 0 : listSize(lanes));
  }
  const { offset, nibbles, blanks } = digest;
  if (offset === 0 && blanks.length === 0 && lanes.length === 0) return binarySize(nibbles.length);
  const own = 1 + integerSize(offset) + binarySize(nibbles.length);
  return own + listSize(blanks) + listSize(lanes);
}

function listSize(numbers: readonly number[]): number {
  let size = arrayHeaderSize(numbers.length);
  for (const number of numbers) size += integerSize(number);
  return size;
}
