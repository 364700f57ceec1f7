// Membership: updates in, suspicion, death, refutation, forgetting. After SWIM (Das, Gupta,
// Motivala 2002) with Lifeguard's extensions (2017).

import { announce } from '../broadcast/pending.ts';
import { addMember, hasRoomForMember, removeMember, removePreviousRun } from '../data/keep.ts';
import { dropPreviousRuns, keepPreviousRun } from '../data/previous-run.ts';
import { memberKey } from '../hash.ts';
import type { State } from '../state.ts';
import { worsen } from './detection/local-health.ts';
import { stopWatching } from './detection/probes.ts';
import { CONFIRMATIONS } from './detection/suspicion.ts';
import { highestGeneration } from './generation.ts';
import {
  bumpGeneration,
  isOfDuplicate,
  partFromDuplicate,
  raiseIncarnation,
  takeOverId,
} from './identity.ts';
import { beats, createMember, isLive, type Member, type MemberUpdate } from './member.ts';
import { changeStatus } from './roster.ts';
import { wallOf } from './state.ts';

/** Claims answered in one message. */
const MAX_DISPUTED = 16;
/** Confirmers remembered per suspect; more add nothing to the timeout. */
export const MAX_CONFIRMERS = CONFIRMATIONS + 1;

/** Merges an update; returns the member when this was news, to be passed on. */
export function applyUpdate(state: State, said: MemberUpdate, now: number): Member | undefined {
  if (isUnbelievable(state, said.generation, now)) return refuse(state, said);
  const held = state.members.byId.get(said.id);
  if (held === state.self) return hearAboutSelf(state, said, now);
  if (held === undefined) return admit(state, said, now);
  if (said.generation < held.generation) return undefined;
  if (said.generation > held.generation) return replace(state, held, said, now);
  return update(state, held, said, now);
}

const isUnbelievable = (state: State, generation: number, now: number): boolean =>
  generation > highestGeneration(wallOf(state, now));

/** Nobody passes it on either: whom it is about could not outbid it. */
function refuse(state: State, { id, generation }: MemberUpdate): undefined {
  state.counters.generationsRefused++;
  state.effects.push({ type: 'generation_refused', id, generation });
}

/** What was believed by a clock that was wrong, and is mended, is to be heard anew. */
export function dropUnbelievable(state: State, now: number): void {
  const { members, self, forgotten } = state;
  for (const [id, generation] of forgotten) {
    if (isUnbelievable(state, generation, now)) forgotten.delete(id);
  }
  for (const seen of [...members.byId.values()]) {
    if (seen === self || !isUnbelievable(state, seen.generation, now)) continue;
    const member = members.own(seen);
    discard(state, member);
    announce(state, member, 'forgotten');
  }
}

function admit(state: State, said: MemberUpdate, now: number): Member | undefined {
  const { settings, members, forgotten, counters } = state;
  const gone = said.status === 'dead' || said.status === 'left';
  const remembered = forgotten.get(said.id);
  const outdated = remembered !== undefined && said.generation <= remembered;
  if (outdated && !gone) dispute(state, said, remembered);
  if (outdated || (gone && said.ageMs >= settings.forgetAfterMs)) {
    counters.updatesRefused++;
    return undefined;
  }
  const taken = members.byKey.has(memberKey(said.id, said.generation));
  const hasRoom = taken || hasRoomForMember(state) || (!gone && makeRoom(state));
  if (taken || !hasRoom) {
    counters.membersRefused++;
    if (!hasRoom) counters.refusedForRoom++;
    if (taken && !gone) partFromNamesake(state, said);
    return undefined;
  }
  const member = createMember(said, now);
  addMember(state, member);
  counters.membersLearned++;
  state.newcomerRound = state.round;
  if (said.status === 'suspect') startSuspicion(state, member, said, now);
  announce(state, member, said.status);
  return member;
}

/** In a full house the dead give way to the living. */
function makeRoom(state: State): boolean {
  for (const id of state.members.gone) {
    const member = state.members.byId.get(id);
    if (member === undefined || member === state.self) continue;
    forget(state, member);
    if (hasRoomForMember(state)) return true;
  }
  return false;
}

/**
 * Who was cut off for longer than the dead are kept is forgotten and yet alive. Its generation
 * cannot come back, but a suspicion that names the suspect itself as the confirmer makes it take a
 * later one, whoever brings it there.
 */
function dispute(state: State, said: MemberUpdate, remembered: number): void {
  if (state.staleClaims.size >= MAX_DISPUTED) return;
  const { id, generation } = said;
  const confirmers = [memberKey(id, generation)];
  const later = { ...said, generation: remembered, address: '', status: 'dead', ageMs: 0 } as const;
  const same = { ...said, status: 'suspect', ageMs: 0, confirmers } as const;
  state.staleClaims.set(id, generation < remembered ? later : same);
}

/**
 * Another member has the same key, by chance: the wire could not tell them apart. A later
 * generation has another.
 */
const partFromNamesake = (state: State, said: MemberUpdate): void =>
  dispute(state, said, said.generation);

/** The same id with a higher generation wins at once, at whatever address. */
function replace(state: State, held: Member, said: MemberUpdate, now: number): Member | undefined {
  const taken = state.members.byKey.has(memberKey(said.id, said.generation));
  if (taken) {
    state.counters.membersRefused++;
    partFromNamesake(state, said);
    return undefined;
  }
  discard(state, held);
  const member = createMember(said, now);
  addMember(state, member);
  // Only then, so that it takes no room that the member needs.
  keepPreviousRun(state, held, now);
  state.newcomerRound = state.round;
  if (said.status === 'suspect') startSuspicion(state, member, said, now);
  announce(state, member, isLive(member) ? 'replaced' : said.status);
  return member;
}

function update(state: State, held: Member, said: MemberUpdate, now: number): Member | undefined {
  if (!beats(said, held)) return confirmSuspicion(held, said);
  const before = held.status;
  changeStatus(state.members, held, () => {
    held.incarnation = said.incarnation;
    held.status = said.status;
  });
  if (said.address !== '') held.address = said.address;
  held.leave = said.leave;
  held.suspicion = undefined;
  state.suspects.delete(held);
  if (said.status === 'suspect') startSuspicion(state, held, said, now);
  if (held.status !== before || held.status !== 'alive') held.statusSince = now - said.ageMs;
  // To refute, or to say where it is, it was alive a moment ago.
  if (said.status === 'alive') held.heardAt = Math.max(held.heardAt, now);
  announce(state, held, said.status);
  return held;
}

function startSuspicion(state: State, member: Member, said: MemberUpdate, now: number): void {
  const startedAt = Math.min(now, now - said.ageMs);
  member.suspicion = { startedAt, confirmers: new Set(said.confirmers), graceMs: 0, looked: false };
  state.suspects.add(member);
}

/** The same suspicion from others: each new confirmer shortens it. */
function confirmSuspicion(held: Member, said: MemberUpdate): Member | undefined {
  const { suspicion } = held;
  const same = said.status === 'suspect' && said.incarnation === held.incarnation;
  if (suspicion === undefined || !same) return undefined;
  const before = suspicion.confirmers.size;
  for (const key of said.confirmers) {
    if (suspicion.confirmers.size < MAX_CONFIRMERS) suspicion.confirmers.add(key);
  }
  return suspicion.confirmers.size > before ? held : undefined;
}

/** Somebody says something of us that is not so: a higher incarnation puts it right. */
function hearAboutSelf(state: State, said: MemberUpdate, now: number): Member | undefined {
  const { self } = state;
  if (state.replaced) return undefined;
  if (said.generation > self.generation) return takeOverId(state, said, now);
  if (said.generation < self.generation) return undefined;
  if (isOfDuplicate(state, said)) return partFromDuplicate(state, now);
  const forgotten = said.confirmers.includes(self.key) && !state.leaving;
  if (forgotten) return bumpGeneration(state, self.generation + 1, now);
  if (!beats(said, self)) return undefined;
  worsen(state.health);
  state.counters.refutations++;
  return raiseIncarnation(state, said.incarnation, now);
}

/** Forgets the dead and the left whose time is over, and remembers that it did. */
export function forgetOld(state: State, now: number): void {
  const { members, settings } = state;
  dropPreviousRuns(state, now);
  if (members.live === members.byId.size) return;
  for (const seen of [...members.byId.values()]) {
    if (isLive(seen) || seen === state.self) continue;
    if (now - seen.statusSince < settings.forgetAfterMs) continue;
    const member = members.own(seen);
    forget(state, member);
    announce(state, member, 'forgotten');
  }
}

/** Forgets a dead or left run at once, as somebody asked; says whether it was there. */
export function forgetRun(state: State, id: string, generation: number): boolean {
  const seen = state.members.byId.get(id);
  if (seen === undefined || isLive(seen) || seen.generation > generation) return false;
  const member = state.members.own(seen);
  forget(state, member);
  announce(state, member, 'forgotten');
  return true;
}

function forget(state: State, member: Member): void {
  discard(state, member);
  removePreviousRun(state, member.id);
  remember(state, member);
}

function remember(state: State, member: Member): void {
  state.forgotten.delete(member.id);
  state.forgotten.set(member.id, member.generation);
  for (const id of state.forgotten.keys()) {
    if (state.forgotten.size <= state.settings.maxForgotten) break;
    state.forgotten.delete(id);
  }
}

function discard(state: State, member: Member): void {
  removeMember(state, member);
  state.growthByPeer.delete(member.key);
  state.suspects.delete(member);
  stopWatching(state, member);
  state.recentChanges.delete(member);
  state.pendingUpdates.delete(member);
}
