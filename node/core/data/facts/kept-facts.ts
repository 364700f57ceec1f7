// What a view says of facts: each once, as its author told it last. Facts that ask for it are kept
// by a few nodes beyond the death of their author, in copies that say whose they are.

import { hashNumbers, hashText } from '../../hash.ts';
import { isLive, type Member, type SeenMember } from '../../membership/member.ts';
import type { FactReading } from '../../model.ts';
import type { State } from '../../state.ts';
import { type FactCard, type FactOrigin, factAt } from '../slots.ts';
import { versionAt } from '../source.ts';
import { copyName, endFact, publishFact, sameOrigin } from './facts.ts';

/** Live nodes that keep a fact whose author may go. */
const KEEPERS = 3;
/** Copies of others' facts that a node makes room for: the other slots are its own. */
const MAX_COPIES = 64;
/** Facts of others that are looked at in one round. */
const TENDED_AT_ONCE = 256;
/** A fact of any node under this and a key ends the kept fact of that key. */
const END_PREFIX = 'end/';

export interface Held extends FactReading {
  readonly origin: FactOrigin;
  /** Whose slot it is. */
  readonly holder: SeenMember;
  /** What somebody holds of another's. */
  readonly isCopy: boolean;
}

function* heldFacts({ members, now }: State, prefix: string): Generator<Held> {
  for (const holder of members.byId.values()) {
    const { source, id, generation } = holder;
    for (const [slot, value] of source.texts ?? []) {
      const card = factAt(source.record, slot);
      const toldAt = source.record?.slots[slot]?.toldAt ?? now;
      if (!card?.key.startsWith(prefix)) continue;
      const { key, priority, ttlMs, isKept } = card;
      const endsAt = ttlMs === undefined ? undefined : toldAt + ttlMs;
      if (endsAt !== undefined && endsAt <= now) continue;
      const origin = card.origin ?? { author: id, generation, version: versionAt(source, slot) };
      const told = { author: origin.author, key, value, priority, endsAt };
      yield { ...told, isKept, origin, holder, isCopy: card.origin !== undefined };
    }
  }
}

const isNewer = ({ origin: a }: Held, { origin: b }: Held): boolean =>
  a.generation !== b.generation ? a.generation > b.generation : a.version > b.version;

/** Facts whose key begins so, each once: what its author told last, whoever holds it. */
export const readFacts = (state: State, prefix: string): FactReading[] =>
  newestFacts(state, prefix)
    .map(({ holder, origin, isCopy, ...fact }) => fact)
    .sort((a, b) => (copyName(a) < copyName(b) ? -1 : 1));

/** The same in no order, without those that another fact ends. */
export function newestFacts(state: State, prefix: string): Held[] {
  const newest = newestByName(state, prefix);
  const ended = endedKeys(newestByName(state, END_PREFIX));
  return [...newest.values()].filter(({ isKept, key }) => !isKept || !ended.has(key));
}

/**
 * A copy stands in for an author whose run is over: while this view holds that run, it has the
 * author's own word, and nobody else's counts.
 */
function isBelieved({ members }: State, { isCopy, isKept, author, origin, holder }: Held): boolean {
  if (!isCopy) return true;
  const own = members.byId.get(author);
  return isKept && holder.id !== author && (!own || origin.generation < own.generation);
}

/** Whether a card claims what nobody can hold: what we never told, or a copy of one's own. */
export function isForged({ self, version }: State, holder: Member, card: FactCard): boolean {
  if (card.origin === undefined) return false;
  const { author, generation, version: at } = card.origin;
  const isUntold = author === self.id && generation === self.generation && at > version;
  return !card.isKept || author === holder.id || isUntold;
}

function newestByName(state: State, prefix: string): Map<string, Held> {
  const newest = new Map<string, Held>();
  for (const held of heldFacts(state, prefix)) {
    if (!isBelieved(state, held)) continue;
    const name = copyName(held);
    const known = newest.get(name);
    if (known === undefined || isNewer(held, known)) newest.set(name, held);
  }
  return newest;
}

/** Keys that some of these facts end. */
function endedKeys(newest: ReadonlyMap<string, Held>): Set<string> {
  const ends = [...newest.values()].filter(({ key }) => key.startsWith(END_PREFIX));
  return new Set(ends.map(({ key }) => key.slice(END_PREFIX.length)));
}

/**
 * Takes a fact back that its keepers hold, whoever is its author: by another fact, which they keep
 * as long.
 */
export function endKeptFact(state: State, key: string, now: number): void {
  const ends = newestFacts(state, key).filter((held) => held.isKept && held.key === key);
  if (ends.length === 0) return endFact(state, key, now);
  const endsAt = ends.reduce((last, held) => Math.max(last, held.endsAt ?? now), now);
  const priority = Math.max(...ends.map((held) => held.priority));
  const end = { key: END_PREFIX + key, value: 'true', priority, isKept: true };
  publishFact(state, { ...end, ttlMs: endsAt - now }, now);
  endFact(state, key, now);
}

/** Once a round: own facts whose time is over end, and those of others that we are to keep are. */
export function tendFacts(state: State, now: number): void {
  const newest = newestByName(state, '');
  const ended = endedKeys(newest);
  for (const [name, slot] of [...state.ownFacts]) {
    const { source } = state.self;
    const fact = factAt(source.record, slot);
    const ttlMs = fact?.ttlMs ?? Number.POSITIVE_INFINITY;
    const isOver = (source.record?.slots[slot]?.toldAt ?? now) + ttlMs <= now;
    const isEnded = fact?.origin !== undefined && ended.has(fact.key);
    if (isOver || isEnded) endFact(state, name, now);
  }
  const others: Held[] = [];
  for (const held of newest.values()) {
    const isTheirs = held.isKept && held.author !== state.self.id;
    if (isTheirs && !ended.has(held.key)) others.push(held);
  }
  for (const held of inTurn(others, state.round)) {
    if (isKeeper(state, held)) keepFact(state, held, now);
  }
}

/** Who is to keep them depends on all members: of very many facts some are looked at, in turn. */
function inTurn(facts: readonly Held[], round: number): readonly Held[] {
  if (facts.length <= TENDED_AT_ONCE) return facts;
  const from = (round * TENDED_AT_ONCE) % facts.length;
  return facts.slice(from, from + TENDED_AT_ONCE);
}

/** Whether a fact is ours to keep: its key and ours choose the same few of the living for all. */
function isKeeper({ members, self }: State, { author, key }: Held): boolean {
  const fact = hashNumbers(hashText(author), hashText(key));
  const own = hashNumbers(fact, self.key);
  let before = 0;
  for (const member of members.byId.values()) {
    if (member !== self && isLive(member) && hashNumbers(fact, member.key) < own) before++;
    if (before === KEEPERS) return false;
  }
  return true;
}

const copyCount = ({ ownFacts, self }: State): number =>
  [...ownFacts.values()].filter((slot) => factAt(self.source.record, slot)?.origin).length;

function keepFact(state: State, held: Held, now: number): void {
  const { key, value, priority, endsAt, origin } = held;
  const slot = state.ownFacts.get(copyName(held));
  const own = slot === undefined ? undefined : factAt(state.self.source.record, slot)?.origin;
  if (own !== undefined && sameOrigin(own, origin)) return;
  if (own === undefined && copyCount(state) >= MAX_COPIES) return;
  const ttlMs = endsAt === undefined ? undefined : endsAt - now;
  publishFact(state, { key, value, priority, ttlMs, isKept: true, origin }, now);
}
