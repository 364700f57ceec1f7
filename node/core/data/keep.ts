// What goes into a view and out of it, with all that follows: the bytes that it takes, and which
// definitions its records name.

import type { Member, SeenMember } from '../membership/member.ts';
import type { State } from '../state.ts';
import {
  countPrevious,
  discountPrevious,
  nameDefinitions,
  unnameDefinitions,
} from './definitions.ts';
import { definitionKeys, seriesAt } from './slots.ts';
import {
  type Entry,
  type EntryValue,
  entryCount,
  growTo,
  putEntry,
  type Source,
  versionAt,
} from './source.ts';
import type { PreviousRun } from './state.ts';
import {
  bytesAround,
  definitionBytes,
  growthOf,
  MEMBER_BYTES,
  NAMED_BYTES,
  sourceBytes,
} from './view-size.ts';

const fits = (state: State, bytes: number): boolean =>
  bytes <= 0 || state.viewBytes + bytes <= state.settings.maxViewBytes;

export const hasRoomForMember = (state: State): boolean =>
  state.members.byId.size < state.settings.maxMembers && fits(state, MEMBER_BYTES);

/** Whether a member's entry may be taken; what is our own always is. */
export function hasRoomForEntry(
  state: State,
  { source }: SeenMember,
  entry: Pick<Entry, 'index' | 'opening' | 'version' | 'value'>,
): boolean {
  const { index, version, value } = entry;
  // What is old will not be taken, and so needs none.
  if (version <= versionAt(source, index)) return true;
  if (Math.abs(index) > state.settings.maxMetrics) return false;
  if (typeof value === 'string' && !hasRoomForText(state, source, index, value)) return false;
  const key = keyIn(value);
  const isNew = key !== undefined && !state.definitionUsers.has(key);
  return fits(state, growthOf(source, entry) + (isNew ? NAMED_BYTES : 0));
}

/** Characters of facts that are taken of one member, and that a view holds of all. */
const MEMBER_FACTS = 4_096;
const VIEW_FACTS = 4 * 2 ** 20;
/** A view looks through all facts in each round, so a short one counts there as so many. */
const LEAST_FACT = 256;

function hasRoomForText(state: State, source: Source, slot: number, text: string): boolean {
  const held = source.textLength - (source.texts?.get(slot)?.length ?? 0);
  const growth = lengthOf(text) - textLength(source, slot);
  return held + text.length <= MEMBER_FACTS && state.factLength + growth <= VIEW_FACTS;
}

const lengthOf = (text: string | undefined): number =>
  text === undefined ? 0 : Math.max(LEAST_FACT, text.length);

const textLength = ({ texts }: Source, slot: number): number => lengthOf(texts?.get(slot));

const factLength = ({ texts }: Source): number =>
  [...(texts?.values() ?? [])].reduce((sum, text) => sum + lengthOf(text), 0);

/** The family that a card names. */
const keyIn = (value: EntryValue): number | undefined =>
  typeof value === 'object' && value !== null && 'definitionKey' in value
    ? value.definitionKey
    : undefined;

export function addMember(state: State, member: Member): void {
  state.members.add(member);
  state.viewBytes += MEMBER_BYTES + sourceBytes(member.source);
  state.factLength += factLength(member.source);
  nameDefinitions(state, definitionKeys(member.source.record));
}

export function removeMember(state: State, member: Member): void {
  state.members.remove(member);
  state.viewBytes -= MEMBER_BYTES + sourceBytes(member.source);
  state.factLength -= factLength(member.source);
  unnameDefinitions(state, definitionKeys(member.source.record));
}

/** Places for all entries of a run at once: to grow for each of them takes the square of it. */
export function makePlaces(
  state: State,
  { source }: Member,
  entries: readonly Pick<Entry, 'index'>[],
): void {
  const count = entryCount(source);
  let last = count - 1;
  for (const { index } of entries) {
    if (index > last && index <= state.settings.maxMetrics) last = index;
  }
  const bytes = growthOf(source, { index: last, value: 0 });
  if (last < count || !fits(state, bytes)) return;
  growTo(source, last + 1);
  state.viewBytes += bytes;
}

/** Puts an entry of a member of this view in if it is newer; says whether it was. */
export function keepEntry(state: State, { source }: Member, entry: Entry): boolean {
  const slot = Math.abs(entry.index);
  const before = bytesAround(source, slot);
  const lengthBefore = textLength(source, slot);
  const named = seriesAt(source.record, slot)?.definitionKey;
  if (!putEntry(source, entry)) return false;
  state.viewBytes += bytesAround(source, slot) - before;
  state.factLength += textLength(source, slot) - lengthBefore;
  const names = seriesAt(source.record, slot)?.definitionKey;
  if (names === named) return true;
  if (names !== undefined) nameDefinitions(state, [names]);
  if (named !== undefined) unnameDefinitions(state, [named]);
  return true;
}

/** Unless there is no room for it: readers see a gap then. */
export function addPreviousRun(state: State, previous: PreviousRun): void {
  const { id, source } = previous.member;
  removePreviousRun(state, id);
  const bytes = MEMBER_BYTES + sourceBytes(source);
  if (!fits(state, bytes)) return;
  state.previousRuns.set(id, previous);
  state.viewBytes += bytes;
  countPrevious(state, source.record);
}

export function removePreviousRun(state: State, id: string): void {
  const source = state.previousRuns.get(id)?.member.source;
  if (source === undefined) return;
  state.previousRuns.delete(id);
  state.viewBytes -= MEMBER_BYTES + sourceBytes(source);
  discountPrevious(state, source.record);
}

/** What follows from all that is held. */
export interface Holdings {
  readonly viewBytes: number;
  readonly definitionUsers: ReadonlyMap<number, number>;
}

/** Counts anew what is otherwise kept up with every change. */
export function recount({ members, previousRuns, definitions }: State): Holdings {
  const definitionUsers = new Map<number, number>();
  let viewBytes = 0;
  for (const { source } of members.byId.values()) {
    viewBytes += MEMBER_BYTES + sourceBytes(source);
    for (const key of definitionKeys(source.record)) {
      definitionUsers.set(key, (definitionUsers.get(key) ?? 0) + 1);
    }
  }
  for (const { member } of previousRuns.values())
    viewBytes += MEMBER_BYTES + sourceBytes(member.source);
  for (const definition of definitions.values()) viewBytes += definitionBytes(definition);
  return { viewBytes: viewBytes + definitionUsers.size * NAMED_BYTES, definitionUsers };
}

/** For a view that was given all its members, and the words for all that they have, at once. */
export function adopt(state: State, { viewBytes, definitionUsers }: Holdings): void {
  state.viewBytes = viewBytes;
  state.definitionUsers.clear();
  for (const [key, users] of definitionUsers) state.definitionUsers.set(key, users);
  state.unknownDefinitions.clear();
  state.spareDefinitions.clear();
}
