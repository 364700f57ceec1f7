// What a view takes in memory, by estimate, so that it is bounded whatever peers send. The
// figures are measured on V8: views of many kinds take 0.7 to 1.0 of what is counted here.

import type { Labels, MetricDefinition } from '../model.ts';
import { type Card, isFact } from './slots.ts';
import { type Entry, entryCount, openingOf, type Source } from './source.ts';

/** A member with its id, address, reason to leave, and its places in maps, roster and ring. */
export const MEMBER_BYTES = 1_024;
/** A definition that records name: how many do, and how the search for it goes. */
export const NAMED_BYTES = 160;
/** A slot with its card, and its place in the list of them. */
const SLOT_BYTES = 120;
const PLACE_BYTES = 8;
/** A value with its version and time. */
const ENTRY_BYTES = 24;
const DEFINITION_BYTES = 320;
const TEXT_BYTES = 32;
/** The definition of one metric with labels, without its texts. */
const METRIC_BYTES = 200;
/** The name of a label in that of a metric. */
const WRITTEN_BYTES = 16;

const BEYOND_LATIN = /[^\0-\xff]/;
const ESCAPED = /["\\]/;

const textBytes = (text: string): number =>
  TEXT_BYTES + text.length * (BEYOND_LATIN.test(text) ? 2 : 1);

const textsBytes = (texts: readonly string[]): number =>
  texts.reduce((sum, text) => sum + textBytes(text), 0);

export const definitionBytes = (definition: MetricDefinition): number => {
  const { name, unit, description, labelNames = [] } = definition;
  return DEFINITION_BYTES + textsBytes([name, unit, description, ...labelNames]);
};

const labelBytes = (labels: Labels): number =>
  Object.entries(labels).reduce(
    (sum, [name, label]) => sum + textBytes(name) + textBytes(label),
    0,
  );

/** What readers see of a metric with labels (data/series.ts): its own definition, and its name. */
function metricBytes(labelValues: readonly string[]): number {
  if (labelValues.length === 0) return 0;
  const values = labelValues.reduce((sum, value) => sum + WRITTEN_BYTES + escapedBytes(value), 0);
  return METRIC_BYTES + textsBytes(labelValues) + values;
}

/** In a name a quote or a backslash takes two characters; a value has either none or many. */
const escapedBytes = (value: string): number =>
  value.length * (BEYOND_LATIN.test(value) || ESCAPED.test(value) ? 2 : 1);

const cardBytes = (card: Card | null | undefined): number => {
  if (!card) return SLOT_BYTES;
  return SLOT_BYTES + (isFact(card) ? textBytes(card.key) : metricBytes(card.labelValues));
};

/** Places in the two lists, for entries and for cards. */
const placesBytes = (entries: number, slots: number): number =>
  entries * ENTRY_BYTES + slots * PLACE_BYTES;

/** What one slot takes; slot 0 stands for the labels. */
function slotBytes({ record, texts }: Readonly<Source>, slot: number): number {
  if (slot === 0) return labelBytes(record?.labels ?? {});
  const held = record?.slots[slot];
  const text = texts?.get(slot);
  return (
    (held === undefined ? 0 : cardBytes(held.card)) + (text === undefined ? 0 : textBytes(text))
  );
}

/** What can change when an entry of this slot is put in. */
export const bytesAround = (source: Readonly<Source>, slot: number): number =>
  placesBytes(entryCount(source), source.record?.slots.length ?? 0) + slotBytes(source, slot);

/** What is held of one member beyond the member itself. */
export function sourceBytes(source: Readonly<Source>): number {
  const slots = source.record?.slots.length ?? 0;
  let bytes = placesBytes(entryCount(source), slots) + slotBytes(source, 0);
  const count = Math.max(slots, entryCount(source));
  for (let slot = 1; slot < count; slot++) bytes += slotBytes(source, slot);
  return bytes;
}

/** What an entry adds when it is put in, or a little more. */
export function growthOf(
  source: Readonly<Source>,
  { index, opening = 0, value }: Pick<Entry, 'index' | 'opening' | 'value'>,
): number {
  const places = Math.max(0, index + 1 - entryCount(source));
  const slots = Math.max(0, 1 + Math.abs(index) - (source.record?.slots.length ?? 0));
  if (typeof value === 'number' || typeof value === 'string') {
    const text = typeof value === 'string' ? textBytes(value) : 0;
    // Of an opening whose card has not come: its slot is kept.
    const isAhead = opening > openingOf(source, index);
    return placesBytes(places, isAhead ? slots : 0) + (isAhead ? SLOT_BYTES : 0) + text;
  }
  if (value !== null && !('priority' in value)) {
    return placesBytes(places, 0) + labelBytes(value.labels) - slotBytes(source, 0);
  }
  return placesBytes(0, slots) + cardBytes(value) - slotBytes(source, -index);
}
