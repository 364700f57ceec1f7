// What a message carries goes into the state: definitions, updates, runs of entries. Says what
// of it was urgent news.

import { addNews } from '../broadcast/pending.ts';
import type { News } from '../broadcast/state.ts';
import { noteImportance } from '../exchange/state.ts';
import { addressFault } from '../membership/address-policy.ts';
import { bumpGeneration } from '../membership/identity.ts';
import {
  beats,
  type Member,
  type MemberUpdate,
  prefetch,
  type SeenMember,
} from '../membership/member.ts';
import { changeMarks, type Roster } from '../membership/roster.ts';
import { noteNewcomer } from '../membership/state.ts';
import { applyUpdate } from '../membership/updates.ts';
import type { State } from '../state.ts';
import type { Cargo, Chunk, WireEntry } from '../wire/messages.ts';
import { learnDefinitions } from './definitions.ts';
import { noteFact } from './facts/facts.ts';
import { isForged } from './facts/kept-facts.ts';
import { noteGrowth } from './growth.ts';
import { hasRoomForEntry, keepEntry, makePlaces } from './keep.ts';
import { explain, tell, tellHeld } from './learned.ts';
import { raiseMark, settleMarks } from './marks.ts';
import { deltaAt } from './publishing/publishing-rule.ts';
import { definitionAt } from './series.ts';
import { factAt, isFact, type Slot } from './slots.ts';
import {
  type Entry,
  entryCount,
  LABELS_INDEX,
  laneOf,
  markOf,
  openingOf,
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
  const urgent: Urgent = { chunks: new Map(), updates: new Set() };
  const explained = learnDefinitions(state, cargo.definitions);
  for (const said of worthApplying(state, cargo.updates)) {
    const member = applyUpdate(state, callable(state, said), now);
    if (member !== undefined) urgent.updates.add(member);
  }
  prefetch(cargo.chunks.flatMap(({ ref }) => seenAt(state, cargo, roster, ref) ?? []));
  /** Whose marks rose, and whether that is all. */
  const touched = new Map<Member, boolean>();
  for (const chunk of cargo.chunks) {
    const member = cargo.byKey
      ? state.members.byKey.get(chunk.ref)
      : memberAt(state, roster, chunk.ref);
    if (member === state.self) noteForgery(state, chunk, now);
    else if (member !== undefined) {
      const change = absorbChunk(state, member, chunk, urgent, now);
      if (change === undefined) continue;
      touched.set(member, change === 'lane' && touched.get(member) !== false);
    }
  }
  for (const [member, areHeld] of touched) {
    changeMarks(state.members, member, () => settleMarks(member.source, areHeld));
  }
  if (explained.size > 0) explain(state, explained, now);
  noteGrowth(state, from, before);
  return urgent;
}

/** Metrics of runs that one message may have replaced: many more than a usual budget names. */
const MAX_REPLACED_METRICS = 16_384;

/** Of what is said about ourselves the strongest; of later runs of others not too many at once. */
function* worthApplying(
  { members, self, counters }: State,
  updates: readonly MemberUpdate[],
): Generator<MemberUpdate> {
  const { id } = self;
  let strongest: MemberUpdate | undefined;
  let replaced = 0;
  for (const said of updates) {
    if (said.id === id) {
      if (strongest === undefined || outbids(said, strongest)) strongest = said;
      continue;
    }
    const held = members.byId.get(said.id);
    if (held !== undefined && said.generation > held.generation) {
      replaced += Math.max(entryCount(held.source), held.source.record?.slots.length ?? 0);
    }
    // It comes again: views that differ tell of all runs, some at a time.
    if (replaced > MAX_REPLACED_METRICS) counters.updatesRefused++;
    else yield said;
  }
  if (strongest !== undefined) yield strongest;
}

const outbids = (a: MemberUpdate, b: MemberUpdate): boolean =>
  a.generation === b.generation ? beats(a, b) : a.generation > b.generation;

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

/** Returns what is to be looked at: values and cards, or the mark of one lane alone. */
function absorbChunk(
  state: State,
  member: Member,
  chunk: Chunk,
  urgent: Urgent,
  now: number,
): 'versions' | 'lane' | undefined {
  const before = member.source.watermark;
  const { counters } = state;
  let accepted = 0;
  let refused = 0;
  let isUrgent = urgent.updates.has(member);
  makePlaces(state, member, chunk.entries);
  for (const entry of chunk.entries) {
    const outcome = takeEntry(state, member, fromWire(entry, now));
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
  let hasRisen = false;
  changeMarks(state.members, member, () => {
    hasRisen = raiseMark(member.source, run);
  });
  if (accepted === 0 && member.source.watermark === before) return hasRisen ? 'lane' : undefined;
  if (accepted === 0) return 'versions';
  state.revision++;
  addNews(isUrgent ? urgent.chunks : state.pendingUpdates, member, before);
  return 'versions';
}

export const fromWire = ({ ageMs, ...entry }: WireEntry, now: number): Entry => ({
  ...entry,
  sampledAt: now - ageMs,
});

function takeEntry(
  state: State,
  member: Member,
  entry: Entry,
): 'old' | 'refused' | 'new' | 'urgent' {
  const { source } = member;
  const { index, value } = entry;
  const beforeSteps = stepsAt(source, index);
  const wasStale = source.stale?.has(index) === true;
  const isAnother = index > LABELS_INDEX && (entry.opening ?? 0) !== openingOf(source, index);
  const isFirst = isAnother || versionAt(source, index) === 0;
  const slot = Math.abs(index);
  const { card: cardBefore } = source.record?.slots[slot] ?? {};
  if (!hasRoomForEntry(state, member, entry)) return 'refused';
  if (!keepEntry(state, member, entry)) return 'old';
  if (isFirst && index >= LABELS_INDEX) state.counters.metricsLearned++;
  if (isFirst && index === LABELS_INDEX) noteNewcomer(state, state.round);
  member.heardAt = Math.max(member.heardAt, entry.sampledAt);
  if (index < LABELS_INDEX) return takeCard(state, member, slot, cardBefore);
  if (index === LABELS_INDEX) return 'new';
  if (typeof value !== 'number') return takeFactText(state, member, index);
  const definition = definitionAt(state, member, index);
  if (definition === undefined) return noteUnexplained(state, member, index, isFirst);
  // That a value became stale is news, and no sample.
  if (!entry.isStale) tell(state, member, definition, entry, value);
  const before = beforeSteps * definition.resolution;
  const change = Math.abs(value * definition.resolution - before);
  // Half a step of tolerance: the owner compared the value before it was rounded.
  const threshold = deltaAt(definition.delta, before) - definition.resolution / 2;
  const moved = !isFirst && (change >= threshold || wasStale !== (entry.isStale === true));
  if (moved || isFirst) noteImportance(state, definition.priority);
  return moved && definition.priority >= state.settings.urgentPriority ? 'urgent' : 'new';
}

/** The value may have come before its card; what another card stood for is over. */
function takeCard(state: State, member: Member, slot: number, before: Slot['card']): 'new' {
  if (before === undefined) tellHeld(state, member, slot);
  const fact = factAt(member.source.record, slot);
  if (fact !== undefined && isForged(state, member, fact)) {
    state.counters.factsForged++;
    state.effects.push({ type: 'fact_forged', id: member.id, key: fact.key });
  }
  if (before && isFact(before)) noteFact(state, member, slot, before);
  else if (fact !== undefined) noteFact(state, member, slot, undefined);
  return 'new';
}

/** A fact is news whenever its owner tells it. */
function takeFactText(state: State, member: Member, index: number): 'new' | 'urgent' {
  noteFact(state, member, index, undefined);
  const priority = laneOf(member.source, index) ?? 0;
  noteImportance(state, priority);
  return priority >= state.settings.urgentPriority ? 'urgent' : 'new';
}

/** Without the words for it a value may have moved or not, but the first one is news. */
function noteUnexplained(state: State, member: Member, index: number, isFirst: boolean): 'new' {
  const priority = laneOf(member.source, index) ?? 0;
  if (isFirst) noteImportance(state, priority);
  return 'new';
}
