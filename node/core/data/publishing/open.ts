// The owner's slots: metrics and facts come and go while the node runs. Each change costs one card;
// a slot that was closed is given to another, and what was told of it before is void.

import type { Labels, MetricDefinition } from '../../model.ts';
import type { State } from '../../state.ts';
import { LIMITS } from '../../wire/messages.ts';
import { definitionKey, holdDefinition } from '../definitions.ts';
import { explain } from '../learned.ts';
import { definitionAt, metricOf } from '../series.ts';
import { type Card, type SeriesCard, seriesAt } from '../slots.ts';
import { isUrgent, publish, publishLabels, tellOwn } from './owner.ts';

/** Exchanges on which a new definition rides along unasked. */
const DEFINITION_RETRANSMITS = 8;

/** A metric of this node: its family, and what tells it from others of that family. */
export interface OwnMetric {
  readonly definition: MetricDefinition;
  readonly labelValues?: readonly string[];
}

/** What a node tells of itself from the start. */
export function defineAll(
  state: State,
  definitions: readonly MetricDefinition[],
  labels: Labels,
  now: number,
): void {
  if (state.self.source.record === undefined) publishLabels(state, labels, now);
  for (const definition of definitions) openMetric(state, { definition }, now);
  state.startVersion = state.version;
}

/** Adds a metric to this node; one that it has under another definition is opened anew. */
export function openMetric(state: State, metric: OwnMetric, now: number): void {
  const { definition, labelValues = [] } = metric;
  const { name, priority } = metricOf(definition, labelValues);
  const key = definitionKey(definition);
  const card: SeriesCard = { definitionKey: key, priority, labelValues };
  if (state.leaving || state.replaced) return;
  const held = state.ownSlots.get(name);
  if (held !== undefined && seriesAt(state.self.source.record, held)?.definitionKey === key) return;
  const slot = held ?? freeSlot(state);
  if (slot === undefined) return;
  // Others may have told values of the same family before.
  if (holdDefinition(state, key, definition)) explain(state, new Set([key]), now);
  const { watermark } = state.self.source;
  openSlot(state, slot, card, now);
  state.freshDefinitions.set(key, DEFINITION_RETRANSMITS);
  state.ownSlots.set(name, slot);
  tellOwn(state, watermark);
}

/** Own metrics that are told no more; names that are none of this node's are ignored. */
export function endMetrics(state: State, names: readonly string[], now: number): void {
  const { watermark } = state.self.source;
  let urgent = false;
  for (const name of names) {
    const slot = state.ownSlots.get(name);
    if (slot === undefined || state.leaving || state.replaced) continue;
    urgent ||= isUrgent(state, definitionAt(state, state.self, slot) ?? { priority: 0 });
    closeSlot(state, slot, now);
    state.ownSlots.delete(name);
  }
  tellOwn(state, watermark, urgent ? watermark : undefined);
}

/** The slot that was closed longest ago, or a new one; undefined when all are in use. */
export function freeSlot(state: State): number | undefined {
  const slots = state.self.source.record?.slots ?? [];
  const next = Math.max(1, slots.length);
  return state.freeSlots.shift() ?? (next <= state.settings.maxMetrics ? next : undefined);
}

export function openSlot(state: State, slot: number, card: Card, now: number): void {
  const held = state.self.source.record?.slots[slot];
  const opening = held === undefined ? undefined : held.opening + 1;
  forgetOwn(state, slot);
  publish(state, { index: -slot, opening, value: card }, now);
}

/** Another card for what a slot holds: its values go on, and ride in the same lane. */
export function renewCard(state: State, slot: number, card: Card, now: number): void {
  const opening = state.self.source.record?.slots[slot]?.opening || undefined;
  publish(state, { index: -slot, opening, value: card }, now);
}

export function closeSlot(state: State, slot: number, now: number): void {
  const opening = state.self.source.record?.slots[slot]?.opening || undefined;
  forgetOwn(state, slot);
  publish(state, { index: -slot, opening, value: null }, now);
  if ((opening ?? 0) < LIMITS.openings) state.freeSlots.push(slot);
}

function forgetOwn({ published, ownSampledAt }: State, slot: number): void {
  published[slot] = undefined;
  delete ownSampledAt[slot];
}
