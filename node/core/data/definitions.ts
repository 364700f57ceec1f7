// Definitions of metrics are named by their content, so that a thousand nodes with the same
// metrics send each definition once. Which are held, and which are unknown and asked for, follows
// from the records that are held.

import type { News } from '../broadcast/state.ts';
import { hashText } from '../hash.ts';
import type { SeenMember } from '../membership/member.ts';
import type { MetricDefinition } from '../model.ts';
import type { State } from '../state.ts';
import { definitionArray } from '../wire/encode.ts';
import { definitionKeys, isFact, type MemberRecord } from './slots.ts';
import type { Search } from './state.ts';
import { definitionBytes, NAMED_BYTES } from './view-size.ts';

/** Definitions a view holds at most: far above what one fleet has, far below what hurts. */
const MAX_DEFINITIONS = 16_384;
/** Unknown definitions asked for in one message. */
export const MAX_WANTED = 64;
/** Words may come before the record that names them; so many rounds they wait for it. */
const SPARE_ROUNDS = 8;
/** So often a definition is asked for in each round: enough for news to cross any fleet. */
const PATIENT_ASKS = 8;
/** From then on the pause doubles with each try in vain, up to so many rounds. */
const MAX_PAUSE_ROUNDS = 256;
/** Unknown ones that are looked through for one message. */
const MAX_LOOKED_AT = 4_096;

export const definitionKey = (definition: MetricDefinition): number =>
  hashText(JSON.stringify(definitionArray(definition)));

/** Takes what fits; returns the keys that held records were waiting for. */
export function learnDefinitions(
  state: State,
  definitions: readonly MetricDefinition[],
): Set<number> {
  const explained = new Set<number>();
  for (const definition of definitions) {
    const key = definitionKey(definition);
    if (state.definitions.has(key)) continue;
    if (!hasRoom(state, definition)) {
      state.counters.definitionsRefused++;
      state.counters.refusedForRoom++;
      continue;
    }
    if (holdDefinition(state, key, definition)) explained.add(key);
    state.counters.definitionsLearned++;
  }
  return explained;
}

/** In a full house what no record names gives way. */
function hasRoom(state: State, definition: MetricDefinition): boolean {
  const isFull = (): boolean =>
    state.definitions.size >= MAX_DEFINITIONS ||
    state.viewBytes + definitionBytes(definition) > state.settings.maxViewBytes;
  for (const key of state.spareDefinitions.keys()) {
    if (!isFull()) break;
    dropDefinition(state, key);
  }
  return !isFull();
}

/** Returns whether a record was waiting for it. */
export function holdDefinition(state: State, key: number, definition: MetricDefinition): boolean {
  if (state.definitions.has(key)) return false;
  state.definitions.set(key, definition);
  state.viewBytes += definitionBytes(definition);
  if (!isNamed(state, key)) state.spareDefinitions.set(key, state.round);
  return state.unknownDefinitions.delete(key);
}

function dropDefinition(state: State, key: number): void {
  const definition = state.definitions.get(key);
  if (definition !== undefined) state.viewBytes -= definitionBytes(definition);
  state.definitions.delete(key);
  state.spareDefinitions.delete(key);
  state.freshDefinitions.delete(key);
}

const isNamed = ({ definitionUsers, previousUsers }: State, key: number): boolean =>
  definitionUsers.has(key) || previousUsers.has(key);

/** Frees the definitions that no record has named for some rounds. */
export function dropSpareDefinitions(state: State): void {
  for (const [key, since] of state.spareDefinitions) {
    if (state.round - since < SPARE_ROUNDS) return;
    dropDefinition(state, key);
  }
}

/** A card of a member names these families from now on. */
export function nameDefinitions(state: State, keys: Iterable<number>): void {
  for (const key of keys) {
    if (count(state, state.definitionUsers, key)) state.viewBytes += NAMED_BYTES;
    if (state.definitions.has(key) || state.unknownDefinitions.has(key)) continue;
    state.unknownDefinitions.set(key, { vain: 0, askedRound: state.round });
  }
}

/** A card that named these is gone. */
export function unnameDefinitions(state: State, keys: Iterable<number>): void {
  for (const key of keys) {
    if (!discount(state, state.definitionUsers, key)) continue;
    state.viewBytes -= NAMED_BYTES;
    state.unknownDefinitions.delete(key);
  }
}

/** What the cards in these news name, as far as it is known. */
export function definitionsSince({ definitions }: State, news: News): MetricDefinition[] {
  const keys = new Set<number>();
  for (const [{ source }, watermark] of news) {
    for (const slot of source.record?.slots ?? []) {
      if (slot?.card && slot.version > watermark && !isFact(slot.card))
        keys.add(slot.card.definitionKey);
    }
  }
  return [...keys].flatMap((key) => definitions.get(key) ?? []);
}

/** What a record names, as far as it is known. */
export const definitionsOf = (
  { definitions }: State,
  record: MemberRecord | undefined,
): MetricDefinition[] =>
  [...new Set(definitionKeys(record))].flatMap((key) => definitions.get(key) ?? []);

/** The record of a run that is over but still shown: its words are kept, and not searched for. */
export function countPrevious(state: State, record: MemberRecord | undefined): void {
  for (const key of definitionKeys(record)) count(state, state.previousUsers, key);
}

export function discountPrevious(state: State, record: MemberRecord | undefined): void {
  for (const key of definitionKeys(record)) discount(state, state.previousUsers, key);
}

/** Returns whether that was the first of these users. */
function count(state: State, users: Map<number, number>, key: number): boolean {
  const before = users.get(key) ?? 0;
  users.set(key, before + 1);
  state.spareDefinitions.delete(key);
  return before === 0;
}

/** Returns whether that was the last of these users. */
function discount(state: State, users: Map<number, number>, key: number): boolean {
  const left = (users.get(key) ?? 0) - 1;
  if (left > 0) users.set(key, left);
  else users.delete(key);
  if (state.definitions.has(key) && !isNamed(state, key)) {
    state.spareDefinitions.set(key, state.round);
  }
  return left <= 0;
}

/**
 * Unknown definitions to ask a peer for, `most` at most: those whose turn it is, and those that
 * its own record names. Of a peer that explains some right now, all are asked.
 */
export function searchedAt(
  state: State,
  peer: SeenMember | undefined,
  most: number,
  explains = false,
): number[] {
  const { unknownDefinitions: unknown, round } = state;
  if (unknown.size === 0 || state.definitions.size >= MAX_DEFINITIONS) return [];
  const chosen = new Set<number>();
  // Others may have been asked in vain this round; whom nobody can call is here only now.
  const asksForOwn = explains || peer?.address === '';
  for (const key of definitionKeys(peer?.source.record)) {
    const search = unknown.get(key);
    if (search !== undefined && (asksForOwn || isDue(search, round, 1))) chosen.add(key);
  }
  for (const key of lookedAt(unknown)) {
    if (chosen.size >= most) break;
    const search = unknown.get(key);
    if (search === undefined) continue;
    if (explains || isDue(search, round, MAX_PAUSE_ROUNDS)) chosen.add(key);
  }
  return [...chosen].slice(0, most);
}

/** Where there are very many, the first of them, which then are the last: all get their turn. */
function lookedAt(unknown: Map<number, Search>): Iterable<number> {
  if (unknown.size <= MAX_LOOKED_AT) return unknown.keys();
  const keys: number[] = [];
  for (const key of unknown.keys()) if (keys.push(key) === MAX_LOOKED_AT) break;
  for (const key of keys) putLast(unknown, key);
  return keys;
}

function putLast<Key, Value>(map: Map<Key, Value>, key: Key): void {
  const value = map.get(key);
  if (value === undefined || !map.delete(key)) return;
  map.set(key, value);
}

const isDue = ({ vain, askedRound }: Search, round: number, maxPauseRounds: number): boolean =>
  vain === 0 ||
  round - askedRound >= Math.min(maxPauseRounds, 2 ** Math.max(0, vain - PATIENT_ASKS));

/** Whether values wait for words that somebody may well know: no time for long rounds. */
export function isSearching({ unknownDefinitions }: State): boolean {
  // So many are a flood, and no reason to hurry.
  if (unknownDefinitions.size > MAX_LOOKED_AT) return false;
  for (const { vain } of unknownDefinitions.values()) if (vain < PATIENT_ASKS) return true;
  return false;
}

/** So many unknown ones are a newcomer's, whose values would all wait. */
const MANY_UNASKED = 4;

/** Whether those that nobody was asked for yet are worth a call of their own: one can wait. */
export function hasManyUnasked({ unknownDefinitions }: State): boolean {
  let unasked = 0;
  for (const { vain } of unknownDefinitions.values()) {
    if (vain === 0 && ++unasked >= MANY_UNASKED) return unknownDefinitions.size <= MAX_LOOKED_AT;
  }
  return false;
}

/** A peer was asked and could not explain these: others are asked, those not asked yet first. */
export function noteVainSearch(state: State, keys: readonly number[]): void {
  for (const key of keys) {
    const search = state.unknownDefinitions.get(key);
    if (search === undefined) continue;
    search.vain++;
    search.askedRound = state.round;
    putLast(state.unknownDefinitions, key);
  }
}

/** Somebody came, or came back, who may know what nobody could explain so far. */
export function retrySearches({ unknownDefinitions }: State): void {
  if (unknownDefinitions.size > MAX_LOOKED_AT) return;
  for (const search of unknownDefinitions.values()) {
    search.vain = Math.min(search.vain, PATIENT_ASKS / 2);
  }
}

/** What a peer asked for, as far as it is held; it asks for no more than this at once. */
export const definitionsFor = (
  { definitions }: State,
  wanted: readonly number[],
): MetricDefinition[] =>
  [...new Set(wanted.slice(0, MAX_WANTED))].flatMap((key) => definitions.get(key) ?? []);

/** Definitions that came up lately and are told unasked; what was told least lately first. */
export const freshDefinitions = ({ freshDefinitions: fresh, definitions }: State) =>
  [...fresh.keys()].flatMap((key) => definitions.get(key) ?? []);

/** What went into a message was told; what did not fit was not. */
export function noteTold(state: State, told: readonly MetricDefinition[]): void {
  if (state.freshDefinitions.size === 0 || told.length === 0) return;
  const said = new Set(told);
  for (const [key, retransmits] of [...state.freshDefinitions]) {
    const definition = state.definitions.get(key);
    if (definition === undefined || !said.has(definition)) continue;
    state.freshDefinitions.delete(key);
    if (retransmits > 1) state.freshDefinitions.set(key, retransmits - 1);
  }
}
