// Facts that live nodes keep for an author that may go: which few are to, and what they do about it
// in each round.

import { hashNumbers, hashText } from '../hash.ts';
import { isLive } from '../membership/member.ts';
import type { State } from '../state.ts';
import {
  copyName,
  endedKeys,
  endFact,
  type Held,
  newestByName,
  publishFact,
  sameOrigin,
} from './facts.ts';
import { factAt } from './slots.ts';

/** Live nodes that keep a fact whose author may go. */
const KEEPERS = 3;
/** Copies of others' facts that a node makes room for: the other slots are its own. */
const MAX_COPIES = 64;
/** Facts of others that are looked at in one round. */
const TENDED_AT_ONCE = 256;

/** Once a round: own facts whose time is over end, and those of others that we are to keep are. */
export function tendFacts(state: State, now: number): void {
  const ended = endedKeys(state);
  for (const [name, slot] of [...state.ownFacts]) {
    const { source } = state.self;
    const fact = factAt(source.record, slot);
    const ttlMs = fact?.ttlMs ?? Number.POSITIVE_INFINITY;
    const isOver = (source.record?.slots[slot]?.toldAt ?? now) + ttlMs <= now;
    const isEnded = fact?.origin !== undefined && ended.has(fact.key);
    if (isOver || isEnded) endFact(state, name, now);
  }
  const others: Held[] = [];
  for (const held of newestByName(state, '').values()) {
    const isOthers = held.author !== state.self.id;
    if (held.isKept && isOthers && !ended.has(held.key)) others.push(held);
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
