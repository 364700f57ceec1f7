// Facts: small documents that their owner publishes under a key. They are slots like metrics are,
// with a text for a value, so they ride in lanes and are complete or known to be incomplete.

import { noteImportance } from '../../exchange/state.ts';
import type { Member, SeenMember } from '../../membership/member.ts';
import type { FactReading } from '../../model.ts';
import type { State } from '../../state.ts';
import { AGE_STEP_MS } from '../../wire/encode.ts';
import { LIMITS } from '../../wire/messages.ts';
import { isPlain } from '../../wire/printable.ts';
import { utf8Length } from '../../wire/sizes.ts';
import { closeSlot, freeSlot, openSlot, renewCard } from '../publishing/open.ts';
import { isUrgent, publish, tellOwn } from '../publishing/owner.ts';
import { type FactCard, type FactOrigin, factAt } from '../slots.ts';
import { openingOf, versionAt } from '../source.ts';

/** What an owner says. */
export interface OwnFact {
  readonly key: string;
  /** JSON, in characters that can be shown. */
  readonly value: string;
  readonly priority: number;
  readonly ttlMs?: number | undefined;
  readonly isKept?: boolean;
  readonly origin?: FactOrigin | undefined;
}

/** The same as whoever publishes it says it. */
export type PublishedFact = Omit<OwnFact, 'ttlMs' | 'origin'> & { readonly ttlMs?: number };

/** A fact that this node tells. */
export interface StandingFact extends OwnFact {
  /** Monotonic, ms; undefined for what lasts until it is taken back. */
  readonly endsAt: number | undefined;
}

/** Bytes of keys and values that one node may publish. */
const NODE_BYTES = 4_096;

export type FactFault = 'key' | 'value' | 'priority' | 'ttl' | 'no_end' | 'node_full' | 'budget';

/** Why a fact cannot be published; undefined when it can. */
export function factFault(state: State, fact: OwnFact): FactFault | undefined {
  const { key, value, isKept = false, ttlMs } = fact;
  const bytes = utf8Length(value);
  // What peers cannot read would cost the whole message that holds it.
  if (key === '' || key.length > LIMITS.factKeyLength || !isPlain(key)) return 'key';
  if (bytes > LIMITS.factBytes || !isPlain(value) || !isJson(value)) return 'value';
  if (!isBetween(fact.priority, 1, MAX_PRIORITY)) return 'priority';
  if (ttlMs !== undefined && !isBetween(Math.round(ttlMs), 0, MAX_TTL_MS)) return 'ttl';
  // Whoever keeps it would keep it for ever.
  if (isKept && ttlMs === undefined) return 'no_end';
  // Card and value have to fit one message, beside what names its sender.
  if (bytes + 4 * key.length + CARD_BYTES > state.settings.budgetBytes) return 'budget';
  const held = state.ownFacts.get(slotName(fact));
  const others = bytesOf(state.self) - (held === undefined ? 0 : bytesAt(state.self, held));
  const isFull = others + bytes + utf8Length(key) > NODE_BYTES;
  return isFull || (held === undefined && !hasSlot(state)) ? 'node_full' : undefined;
}

/** Readers of facts parse them; those of other nodes may still say anything. */
function isJson(value: string): boolean {
  try {
    JSON.parse(value);
    return true;
  } catch {
    return false;
  }
}

const CARD_BYTES = 200;
const MAX_PRIORITY = 255;
/** As long as the wire can say: some 13 years. */
const MAX_TTL_MS = 0xffffffff * AGE_STEP_MS;

const isBetween = (value: number, least: number, most: number): boolean =>
  Number.isSafeInteger(value) && value >= least && value <= most;

const hasSlot = ({ freeSlots, self, settings }: State): boolean =>
  freeSlots.length > 0 || (self.source.record?.slots.length ?? 1) <= settings.maxMetrics;

function bytesAt({ source }: SeenMember, slot: number): number {
  const fact = factAt(source.record, slot);
  return fact === undefined ? 0 : utf8Length(fact.key) + utf8Length(source.texts?.get(slot) ?? '');
}

const bytesOf = (member: SeenMember): number =>
  [...(member.source.texts?.keys() ?? [])].reduce((sum, slot) => sum + bytesAt(member, slot), 0);

/** Publishes a fact, or its new value; what does not change is not told again. */
export function publishFact(state: State, fact: OwnFact, now: number): void {
  if (factFault(state, fact) !== undefined || state.leaving || state.replaced) return;
  const { key, value, priority, isKept = false, origin } = fact;
  const name = slotName(fact);
  // As long as the wire can say, so that all end it together.
  const ttlMs = fact.ttlMs && Math.max(1, Math.round(fact.ttlMs / AGE_STEP_MS)) * AGE_STEP_MS;
  const { source } = state.self;
  const { watermark } = source;
  const held = state.ownFacts.get(name);
  const card: FactCard = { key, priority, ttlMs, isKept, origin };
  const isSame = held !== undefined && sameCard(factAt(source.record, held), card);
  if (isSame && source.texts?.get(held) === value) return;
  const slot = held ?? freeSlot(state);
  if (slot === undefined) return;
  // A fact that is told anew is shown meanwhile, in whatever order its parts arrive.
  const isRenewed = held !== undefined && factAt(source.record, held)?.priority === priority;
  if (isRenewed && !isSame) renewCard(state, slot, card, now);
  else if (!isSame) openSlot(state, slot, card, now);
  state.ownFacts.set(name, slot);
  publish(state, { index: slot, opening: openingOf(source, slot) || undefined, value }, now);
  noteImportance(state, priority);
  noteFact(state, state.self, slot, undefined);
  tellOwn(state, watermark, isUrgent(state, fact) ? watermark : undefined);
}

/** A fact with an end is told anew each time, or its time would not begin again. */
const sameCard = (held: FactCard | undefined, card: FactCard): boolean =>
  held?.ttlMs === undefined &&
  card.ttlMs === undefined &&
  held?.priority === card.priority &&
  held.isKept === card.isKept &&
  sameOrigin(held.origin, card.origin);

/** Of one author, who is told apart by the name of the copy. */
export const sameOrigin = (held: FactOrigin | undefined, origin: FactOrigin | undefined): boolean =>
  held?.generation === origin?.generation && held?.version === origin?.version;

/** Takes a fact of this node back. */
export function endFact(state: State, name: string, now: number): void {
  const slot = state.ownFacts.get(name);
  const { self } = state;
  if (slot === undefined || state.leaving || state.replaced) return;
  const { watermark } = self.source;
  const fact = factAt(self.source.record, slot);
  closeSlot(state, slot, now);
  state.ownFacts.delete(name);
  if (fact !== undefined) noteFact(state, self, slot, fact);
  tellOwn(state, watermark, fact && isUrgent(state, fact) ? watermark : undefined);
}

/** Tells the outside that a slot holds another fact, or none; `before` is what it held. */
export function noteFact(
  state: State,
  { id, generation, source }: Member,
  slot: number,
  before: FactCard | undefined,
): void {
  const fact = factAt(source.record, slot);
  if (before !== undefined && before.key !== fact?.key) {
    const ended = { id, generation, key: before.key, ...authorOf(before) };
    state.effects.push({ type: 'fact', change: 'ended', ...ended });
  }
  const value = source.texts?.get(slot);
  if (fact === undefined || value === undefined || versionAt(source, slot) === 0) return;
  const told = { id, generation, key: fact.key, value, ...authorOf(fact) };
  state.effects.push({ type: 'fact', change: 'told', ...told });
}

const authorOf = ({ origin }: FactCard): { readonly author?: string } =>
  origin === undefined ? {} : { author: origin.author };

/** What this node tells: its own facts, and those that it keeps for others. */
export function standingFacts({ self, ownFacts }: State): StandingFact[] {
  const { record, texts } = self.source;
  return [...ownFacts.values()].flatMap((slot) => {
    const card = factAt(record, slot);
    const toldAt = record?.slots[slot]?.toldAt;
    const value = texts?.get(slot);
    if (card === undefined || toldAt === undefined || value === undefined) return [];
    const endsAt = card.ttlMs === undefined ? undefined : toldAt + card.ttlMs;
    return [{ ...card, value, endsAt }];
  });
}

/** Copies of one key by several authors stand apart. */
export const copyName = ({ author, key }: Pick<FactReading, 'author' | 'key'>): string =>
  JSON.stringify([author, key]);

/** What this node knows a slot by, for it may keep facts of others under a key of its own. */
export const slotName = ({ key, origin }: Pick<OwnFact, 'key' | 'origin'>): string =>
  origin === undefined ? key : copyName({ author: origin.author, key });
