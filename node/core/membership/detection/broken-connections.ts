// Kept connections that broke: which node probes the process behind one, and when.

import { hasCallInterval } from '../../exchange/call-interval.ts';
import { hashNumbers } from '../../hash.ts';
import type { State } from '../../state.ts';
import { isLive, type Member } from '../member.ts';
import { MAX_LOOKS, ping } from './probing.ts';

/**
 * Those who held a connection that broke look one after another, in an order that the key of the
 * member at its end gives: the first finds out for all, and tells them within this time, ms.
 */
const TURN_MS = 80;
/** So many members at most hold a connection to one, by experience with rotating neighbours. */
const USUAL_HOLDERS = 64;
/** Nobody waits longer for the turns of others, who may hold none, ms; and some of them apart. */
const LONGEST_TURNS_MS = 500;
const LAST_TURNS_MS = 200;

/**
 * A kept connection broke: the process behind it may be gone. Of more members than one process can
 * be, whose address this is by somebody's word, rounds find out.
 */
export function noteBroken(state: State, address: string, now: number): void {
  if (state.leaving) return;
  const { members, broken, self } = state;
  let looks = 0;
  for (const seen of members.byId.values()) {
    if (seen.address !== address || seen.status !== 'alive' || seen === self) continue;
    if (hasCallInterval(seen)) continue;
    if (looks++ === MAX_LOOKS) return;
    const member = members.own(seen);
    if (broken.has(member)) continue;
    broken.set(member, { brokeAt: now, lookAt: now + turnsMs(state, member) });
  }
}

/** How long to leave a look to those whose turn comes before, ms. */
function turnsMs({ members, self, random }: State, { key }: Member): number {
  const own = hashNumbers(self.key, key);
  let before = 0;
  for (const other of members.byId.values()) {
    if (other.key !== key && isLive(other) && hashNumbers(other.key, key) < own) before++;
  }
  const waitMs = before * TURN_MS * Math.min(1, USUAL_HOLDERS / members.live);
  if (waitMs <= LONGEST_TURNS_MS) return waitMs;
  return LONGEST_TURNS_MS + random.next() * LAST_TURNS_MS;
}

/** When to look after the next connection that broke. */
export function brokenDueAt({ broken }: State): number {
  let at = Number.POSITIVE_INFINITY;
  for (const { lookAt } of broken.values()) at = Math.min(at, lookAt);
  return at;
}

/** Asks those whose connection broke, unless somebody else did and told us meanwhile. */
export function lookAfterBroken(state: State, now: number): void {
  for (const [member, { brokeAt, lookAt }] of state.broken) {
    if (lookAt > now) continue;
    state.broken.delete(member);
    const isSilent = member.status === 'alive' && member.heardAt <= brokeAt;
    if (isSilent && !state.leaving) ping(state, member, now, { brokeAt });
  }
}
