// Facts: small documents that their owner publishes under a key. They are slots like metrics are,
// with a text for a value, so they ride in lanes and are complete or known to be incomplete.

import type { Member } from '../membership/member.ts';
import type { State } from '../state.ts';
import { type FactCard, factAt } from './slots.ts';
import { versionAt } from './source.ts';

/** Tells the outside that a slot holds another fact, or none; `before` is what it held. */
export function noteFact(
  state: State,
  { id, generation, source }: Member,
  slot: number,
  before: FactCard | undefined,
): void {
  const fact = factAt(source.record, slot);
  if (before !== undefined && before.key !== fact?.key) {
    state.effects.push({ type: 'fact', change: 'ended', id, generation, key: before.key });
  }
  const value = source.texts?.get(slot);
  if (fact === undefined || value === undefined || versionAt(source, slot) === 0) return;
  state.effects.push({ type: 'fact', change: 'told', id, generation, key: fact.key, value });
}
