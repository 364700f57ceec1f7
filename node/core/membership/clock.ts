// What the wall clock is for: peers show how far theirs is from ours, and no generation may lie far
// beyond it. The protocol itself counts in monotonic time. A clock may be set while the node runs.

import type { State } from '../state.ts';
import { highestGeneration } from './generation.ts';
import { abandonGeneration } from './identity.ts';
import type { Member } from './member.ts';
import { wallOf } from './state.ts';
import { dropUnbelievable } from './updates.ts';

/** A clock that moved by less since peers were told is told with the ordinary rounds, ms. */
const STEP_MS = 500;
/** After a step, exchanges that tell the clock: for each live member, and at least in all. */
const RETRANSMITS_EACH = 2;
const MIN_RETRANSMITS = 16;
/** A skew that changed by less is no change that a reader would see, ms. */
const SEEN_MS = 100;
/** Now and then the wall clock rides along. */
const EVERY_ROUNDS = 16;

/** The wall clock as it is now, ms; what was measured against the previous one is set right. */
export function takeClock(state: State, wallMs: number, now: number): void {
  const { members, wall } = state;
  const before = wall.offsetMs;
  const offsetMs = wallMs - now;
  wall.offsetMs = offsetMs;
  if (before === undefined) wall.toldMs = offsetMs;
  else shiftSkews(state, offsetMs - before);
  if (Math.abs(offsetMs - wall.toldMs) >= STEP_MS) {
    wall.toldMs = offsetMs;
    wall.retransmits = Math.max(MIN_RETRANSMITS, RETRANSMITS_EACH * members.live);
  }
  // Set back, it lowers what can be believed.
  if (before !== undefined && offsetMs < before) dropUnbelievable(state, now);
  if (state.self.generation > highestGeneration(wallMs)) {
    abandonGeneration(state, Math.floor(wallMs), now);
  }
}

/** Peers' clocks stand where they stood: ours moved. */
function shiftSkews(state: State, movedMs: number): void {
  if (movedMs === 0) return;
  for (const seen of [...state.members.byId.values()]) {
    if (seen.skewMs === undefined) continue;
    const member = state.members.own(seen);
    member.skewMs = seen.skewMs - movedMs;
  }
  state.revision++;
}

/** The wall clock to tell on an exchange, if it is due; `isAsked` when the peer told its own. */
export function wallToTell(state: State, isAsked: boolean, now: number): number | undefined {
  const { wall } = state;
  const wallMs = wallOf(state, now);
  if (wallMs === undefined || (wall.retransmits === 0 && !isAsked)) return undefined;
  if (wall.retransmits > 0) wall.retransmits--;
  return Math.round(wallMs);
}

export const isWallDue = ({ round }: State): boolean => round % EVERY_ROUNDS === 1;

/** Estimates a peer's wall clock against ours; one-way times are not known and not subtracted. */
export function noteSkew(
  state: State,
  peer: Member | undefined,
  wallMs: number | undefined,
  now: number,
): void {
  const ownMs = wallOf(state, now);
  if (peer === undefined || wallMs === undefined || ownMs === undefined) return;
  const before = peer.skewMs ?? Number.POSITIVE_INFINITY;
  peer.skewMs = wallMs - ownMs;
  if (Math.abs(peer.skewMs - before) >= SEEN_MS) state.revision++;
}
