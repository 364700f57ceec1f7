// What a message carries goes into the state: definitions, updates, runs of entries. Says what
// of it was urgent news.

import { addNews } from '../broadcast/pending.ts';
import { addressFault } from '../membership/address-policy.ts';
import { bumpGeneration } from '../membership/identity.ts';
import { type Member, type MemberUpdate, prefetch, type SeenMember } from '../membership/member.ts';
import { changeMarks, type Roster } from '../membership/roster.ts';
import { applyUpdate } from '../membership/updates.ts';
import type { News, State } from '../state.ts';
import type { Cargo, Chunk } from '../wire/messages.ts';
import { learnDefinitions } from './definitions.ts';
import { noteGrowth } from './growth.ts';
import { hasRoomForEntry, keepEntry, makePlaces } from './keep.ts';
import { definitionAt, explain, tell, tellHeld } from './learned.ts';
import { deltaAt } from './publishing-rule.ts';
import {
  type Entry,
  laneOf,
  markOf,
  RECORD_INDEX,
  raiseMarks,
  stepsAt,
  versionAt,
} from './source.ts';

/** What a message brought that must not wait for the round. */
export interface Urgent {
  readonly chunks: News;
  readonly updates: Set<Member>;
}

/**
 * Merges a message's cargo; `roster` is what its references count in when they are no keys, `from`
 * the key of who sent it.
 */
export function absorb(
  state: State,
  cargo: Cargo,
  roster: Roster | undefined,
  from: number,
  now: number,
): Urgent {
  const before = { ...state.counters };
  state.counters.textsRefused += cargo.oddTexts ?? 0;
  const urgent: Urgent = { chunks: new Map(), updates: new Set() };
  const explained = learnDefinitions(state, cargo.definitions);
  for (const said of cargo.updates) {
    const member = applyUpdate(state, callable(state, said), now);
    if (member !== undefined) urgent.updates.add(member);
  }
  prefetch(cargo.chunks.flatMap(({ ref }) => seenAt(state, cargo, roster, ref) ?? []));
  for (const chunk of cargo.chunks) {
    const member = cargo.byKey
      ? state.members.byKey.get(chunk.ref)
      : memberAt(state, roster, chunk.ref);
    if (member === state.self) noteForgery(state, chunk, now);
    else if (member !== undefined) absorbChunk(state, member, chunk, urgent, now);
  }
  if (explained.size > 0) explain(state, explained, now);
  noteGrowth(state, from, before);
  return urgent;
}

/** Without an address that leads elsewhere than to a node: it is neither called nor passed on. */
function callable(state: State, said: MemberUpdate): MemberUpdate {
  const { id, address } = said;
  const fault = address === '' ? undefined : addressFault(address);
  if (fault === undefined) return said;
  state.counters.addressesRefused++;
  state.effects.push({ type: 'address_refused', id, address, fault });
  return { ...said, address: '' };
}

/** Whom a reference means, to be looked at. */
function seenAt(
  { members }: State,
  { byKey }: Cargo,
  roster: Roster | undefined,
  ref: number,
): SeenMember | undefined {
  if (byKey) return members.find(ref);
  const name = roster?.members[ref];
  return name && members.see(name);
}

/**
 * Peers hold versions of ours that we never published: a past that our disk forgot, or a forgery.
 * Under a new generation nobody believes them any more.
 */
function noteForgery(state: State, chunk: Chunk, now: number): void {
  const newest = Math.max(chunk.to, ...chunk.entries.map(({ version }) => version));
  if (newest > state.version) bumpGeneration(state, state.self.generation + 1, now);
}

/** The member at a position of the roster, unless it was forgotten or replaced since. */
function memberAt(
  { members }: State,
  roster: Roster | undefined,
  position: number,
): Member | undefined {
  const name = roster?.members[position];
  if (name === undefined) return undefined;
  return roster === members.roster() ? members.own(name) : members.byKey.get(name.key);
}

function absorbChunk(
  state: State,
  member: Member,
  chunk: Chunk,
  urgent: Urgent,
  now: number,
): void {
  const before = member.source.base;
  const { counters } = state;
  let accepted = 0;
  let refused = 0;
  let isUrgent = urgent.updates.has(member);
  makePlaces(state, member, chunk.entries);
  for (const { index, version, ageMs, value } of chunk.entries) {
    const outcome = takeEntry(state, member, { index, version, sampledAt: now - ageMs, value });
    if (outcome === 'refused') refused++;
    else if (outcome !== 'old') accepted++;
    isUrgent ||= outcome === 'urgent';
  }
  counters.entriesDuplicate += chunk.entries.length - accepted - refused;
  counters.entriesLearned += accepted;
  counters.entriesRefused += refused;
  counters.refusedForRoom += refused;
  if (chunk.from > markOf(member.source, chunk.lane ?? 0)) counters.runsWithGap++;
  // What was not taken is missing, and no mark may say otherwise: nobody would tell it again.
  const run = refused > 0 ? { ...chunk, to: chunk.from } : chunk;
  changeMarks(state.members, member, () => raiseMarks(member.source, run));
  if (accepted === 0) return;
  state.revision++;
  addNews(isUrgent ? urgent.chunks : state.pendingUpdates, member, before);
}

function takeEntry(
  state: State,
  member: Member,
  entry: Entry,
): 'old' | 'refused' | 'new' | 'urgent' {
  const { source } = member;
  const firstTold = versionAt(source, entry.index) === 0;
  const beforeSteps = stepsAt(source, entry.index);
  const named = source.record?.metrics.length ?? 0;
  if (!hasRoomForEntry(state, member, entry)) return 'refused';
  if (!keepEntry(state, member, entry)) return 'old';
  if (firstTold) state.counters.metricsLearned++;
  if (firstTold && entry.index === RECORD_INDEX) state.newcomerRound = state.round;
  member.heardAt = Math.max(member.heardAt, entry.sampledAt);
  if (typeof entry.value !== 'number') {
    for (let i = named; i < entry.value.metrics.length; i++) tellHeld(state, member, i + 1);
    return 'new';
  }
  const definition = definitionAt(state, member, entry.index);
  if (definition === undefined) return noteUnexplained(state, member, entry.index, firstTold);
  tell(state, member, definition, entry, entry.value);
  const before = beforeSteps * definition.resolution;
  const change = Math.abs(entry.value * definition.resolution - before);
  // Half a step of tolerance: the owner compared the value before it was rounded.
  const threshold = deltaAt(definition.delta, before) - definition.resolution / 2;
  const moved = !firstTold && change >= threshold;
  if (moved || firstTold) state.importance = Math.max(state.importance, definition.priority);
  return moved && definition.priority >= state.settings.urgentPriority ? 'urgent' : 'new';
}

/** Without the words for it a value may have moved or not, but the first one is news. */
function noteUnexplained(state: State, member: Member, index: number, firstTold: boolean): 'new' {
  const priority = laneOf(member.source, index) ?? 0;
  if (firstTold) state.importance = Math.max(state.importance, priority);
  return 'new';
}
