// Own metrics that end. A slot of the record cannot be given to another metric: who holds an old
// value and hears the new record first would show one as the other. So the node begins a new
// generation without them, as after a restart: peers show what the run before told, by name, until
// the new run has told as much, and of what it does not offer they show nothing.

import { renewGeneration } from '../membership/identity.ts';
import type { State } from '../state.ts';
import { entryAt, type MemberRecord, putEntry, RECORD_INDEX } from './source.ts';

/** Frees the slots of these; names that are none of this node's are ignored. */
export function endMetrics(state: State, names: readonly string[], now: number): void {
  const { record } = state.self.source;
  const ended = new Set(names.map((name) => state.ownIndex.get(name)));
  const slots = (record?.metrics ?? []).map((_, i) => i + 1).filter((slot) => !ended.has(slot));
  if (record === undefined || slots.length === record.metrics.length) return;
  if (state.leaving || state.replaced) return;
  const metrics = slots.flatMap((slot) => record.metrics[slot - 1] ?? []);
  const renewed: MemberRecord = { labels: record.labels, metrics };
  state.version++;
  const told = { version: state.version, sampledAt: now, value: renewed };
  renewGeneration(state, now, (before, after) => {
    putEntry(after, { index: RECORD_INDEX, ...told });
    for (const [i, slot] of slots.entries()) {
      const entry = entryAt(before, slot);
      if (entry !== undefined) putEntry(after, { ...entry, index: i + 1 });
    }
  });
  moveOwn(state, slots);
}

/** What is remembered by slot follows its metric. */
function moveOwn({ ownIndex, published, ownSampledAt }: State, slots: readonly number[]): void {
  const slotOf = new Map(slots.map((slot, i) => [slot, i + 1]));
  for (const [name, slot] of [...ownIndex]) {
    const next = slotOf.get(slot);
    if (next === undefined) ownIndex.delete(name);
    else ownIndex.set(name, next);
  }
  move(published, slots);
  move(ownSampledAt, slots);
}

function move<Value>(bySlot: Value[], slots: readonly number[]): void {
  const before = [...bySlot];
  bySlot.length = 0;
  for (const [i, slot] of slots.entries()) {
    const value = before[slot];
    if (value !== undefined) bySlot[i + 1] = value;
  }
}
