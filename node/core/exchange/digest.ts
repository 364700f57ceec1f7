// Digests: what a node says it holds, in half a byte per member when both sides know the same
// members, exactly when they do not.

import type { MemberName } from '../membership/member.ts';
import type { Roster } from '../membership/roster.ts';
import type { State } from '../state.ts';
import { keyDigestSize } from '../wire/encode.ts';
import type { Digest, KeyDigest, RosterDigest } from '../wire/messages.ts';
import { arrayHeaderSize, binarySize, integerSize } from '../wire/sizes.ts';

/** Blank and lane lists are bounded; what is left out is told in a later digest. */
const MAX_BLANKS = 128;
const MAX_AHEAD = 64;
/** A base is told modulo 16; within ±8 versions of the reader's own it is read right. */
export const MODULUS = 16;

/** The compact digest, for peers with the same (current) roster; at most `maxBytes`. */
export function rosterDigest(state: State, roster: Roster, maxBytes: number): RosterDigest {
  const { members, slots } = roster;
  const { bases, aheads } = state.members.columns;
  const room = Math.max(0, maxBytes - 12);
  const blanks: number[] = [];
  const ahead: number[] = [];
  let used = 0;
  for (let i = 0; i < members.length && used < room / 4; i++) {
    const slot = slots[i] as number;
    const base = bases[slot] as number;
    if (base === 0 && blanks.length < MAX_BLANKS) {
      blanks.push(i);
      used += integerSize(i);
    }
    if (aheads[slot] === 0) continue;
    for (const [lane, mark] of state.members.see(members[i] as MemberName).source.ahead ?? []) {
      if (ahead.length >= MAX_AHEAD * 3) break;
      ahead.push(i, lane, mark - base);
      used += integerSize(i) + integerSize(lane) + integerSize(mark - base);
    }
  }
  const bytes = Math.min(Math.ceil(members.length / 2), Math.max(0, Math.floor(room - used)));
  const offset = nextOffset(state, members.length, bytes * 2);
  return {
    kind: 'roster',
    offset,
    nibbles: packNibbles(slots, bases, offset, bytes),
    blanks,
    ahead,
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
  bases: Float64Array,
  offset: number,
  length: number,
): Uint8Array {
  const rest = Math.max(0, Math.ceil((slots.length - offset) / 2));
  const nibbles = new Uint8Array(Math.min(length, rest));
  for (let i = 0; i < nibbles.length; i++) {
    const low = bases[slots[offset + i * 2] ?? -1] ?? 0;
    const high = bases[slots[offset + i * 2 + 1] ?? -1] ?? 0;
    nibbles[i] = (low % MODULUS) | ((high % MODULUS) << 4);
  }
  return nibbles;
}

/** The exact digest: all members, or those of a random stretch of keys that fits `maxBytes`. */
export function keyDigest(state: State, maxBytes: number): KeyDigest {
  const sorted = state.members.ring();
  const fit = Math.max(0, Math.floor((maxBytes - keyDigestSize(0) - 3) / 8));
  if (sorted.length <= fit) {
    return { kind: 'keys', low: 0, high: 0xffffffff, rows: rowsOf(state, sorted) };
  }
  const start = state.random.below(sorted.length);
  const chosen = Array.from({ length: fit }, (_, i) => sorted[(start + i) % sorted.length]);
  const part = chosen.filter((member) => member !== undefined);
  const low = part[0]?.key ?? 1;
  const high = part.at(-1)?.key ?? 0;
  return {
    kind: 'keys',
    low,
    high,
    rows: rowsOf(
      state,
      part.sort((a, b) => a.key - b.key),
    ),
  };
}

const rowsOf = ({ members: { columns } }: State, names: readonly MemberName[]): number[] =>
  names.flatMap(({ key, slot }) => [key, columns.bases[slot] as number]);

export function digestSize(digest: Digest | undefined): number {
  if (digest === undefined) return 1;
  if (digest.kind === 'keys') return keyDigestSize(digest.rows.length / 2);
  const { offset, nibbles, blanks, ahead } = digest;
  if (offset === 0 && blanks.length === 0 && ahead.length === 0) return binarySize(nibbles.length);
  let size = 1 + integerSize(offset) + binarySize(nibbles.length);
  for (const numbers of [blanks, ahead]) {
    size += arrayHeaderSize(numbers.length);
    for (const number of numbers) size += integerSize(number);
  }
  return size;
}
