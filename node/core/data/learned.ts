// What was learned of others, as a store is told it: values with the words for them. Those that
// came before the words are told once these are here, some at a time: one short message may explain
// what all members of a large view tell.

import type { MemberName, SeenMember } from '../membership/member.ts';
import type { MetricDefinition } from '../model.ts';
import type { State } from '../state.ts';
import { fromSteps } from './publishing/publishing-rule.ts';
import { definitionAt } from './series.ts';
import { seriesAt } from './slots.ts';
import { type Entry, sampledAt, stepsAt, versionAt } from './source.ts';

/** Metrics that are looked at between two turns of others, some ms at most. */
const LOOKED_AT_ONCE = 4_096;
/** A store writes 10,000 a second; more at once would crowd out what others tell. */
const TOLD_PER_MS = 10;

export function tell(
  state: State,
  member: MemberName,
  definition: MetricDefinition,
  entry: Pick<Entry, 'version' | 'sampledAt'>,
  steps: number,
): void {
  state.learned.push({
    id: member.id,
    generation: member.generation,
    definition,
    version: entry.version,
    value: fromSteps(definition, steps),
    sampledAt: entry.sampledAt,
  });
}

/** A value that came before the record that names its metric, or before the definition. */
export function tellHeld(state: State, member: SeenMember, index: number): void {
  const { source } = member;
  const version = versionAt(source, index);
  const definition = definitionAt(state, member, index);
  if (definition === undefined || version === 0) return;
  const entry = { version, sampledAt: sampledAt(source, index) };
  tell(state, member, definition, entry, stepsAt(source, index));
}

/** Values that came before these words can be told now. */
export function explain(state: State, keys: ReadonlySet<number>, now: number): void {
  const { explaining } = state;
  if (explaining === undefined) begin(state, keys, now);
  else for (const key of keys) explaining.later.add(key);
}

function begin(state: State, keys: ReadonlySet<number>, now: number): void {
  const members = state.members.byId.values()[Symbol.iterator]();
  state.explaining = { keys, members, later: new Set(), dueAt: now };
}

/** Tells some of what waits; the rest is due when a store has had time for it. */
export function goOnExplaining(state: State, now: number): void {
  if (now < explainingDueAt(state)) return;
  const before = state.learned.length;
  for (let looked = 0; state.explaining !== undefined && looked < LOOKED_AT_ONCE; ) {
    const { members, keys, later } = state.explaining;
    const { done, value: member } = members.next();
    if (done === true) {
      state.explaining = undefined;
      if (later.size > 0) begin(state, later, now);
    } else looked += 1 + tellOf(state, member, keys);
  }
  const told = state.learned.length - before;
  if (state.explaining !== undefined) state.explaining.dueAt = now + told / TOLD_PER_MS;
}

/** Returns how many metrics were looked at. */
function tellOf(state: State, member: SeenMember, keys: ReadonlySet<number>): number {
  const { record } = member.source;
  const slots = record?.slots ?? [];
  if (member === state.self) return 0;
  for (let slot = 1; slot < slots.length; slot++) {
    const key = seriesAt(record, slot)?.definitionKey;
    if (key !== undefined && keys.has(key)) tellHeld(state, member, slot);
  }
  return slots.length;
}

/** When the rest is due. */
export const explainingDueAt = ({ explaining }: State): number =>
  explaining?.dueAt ?? Number.POSITIVE_INFINITY;
