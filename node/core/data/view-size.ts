// What a view takes in memory, by estimate, so that it can be bounded whoever tells how much. The
// figures are measured on V8: views of many kinds take 0.7 to 1.0 of what is counted here.

import type { Labels, MetricDefinition } from '../model.ts';
import { entryCount, type MemberRecord, type Source } from './source.ts';

/** A member with its id, address, reason to leave, and its places in maps, roster and ring. */
export const MEMBER_BYTES = 1_024;
/** A definition that records name: how many do, and how the search for it goes. */
export const NAMED_BYTES = 160;
/** A metric in a record. */
const SLOT_BYTES = 72;
/** A value with its version and time. */
const ENTRY_BYTES = 24;
const DEFINITION_BYTES = 320;
const TEXT_BYTES = 32;

const BEYOND_LATIN = /[^\0-\xff]/;

const textBytes = (text: string): number =>
  TEXT_BYTES + text.length * (BEYOND_LATIN.test(text) ? 2 : 1);

export const definitionBytes = ({ name, unit, description }: MetricDefinition): number =>
  DEFINITION_BYTES + textBytes(name) + textBytes(unit) + textBytes(description);

const recordBytes = (record: MemberRecord | undefined): number =>
  record === undefined ? 0 : labelBytes(record.labels) + record.metrics.length * SLOT_BYTES;

const labelBytes = (labels: Labels): number =>
  Object.entries(labels).reduce(
    (sum, [name, label]) => sum + textBytes(name) + textBytes(label),
    0,
  );

/** What is held of one member beyond the member itself. */
export const sourceBytes = (source: Readonly<Source>): number =>
  entryCount(source) * ENTRY_BYTES + recordBytes(source.record);

/** What an entry adds when it is put in. */
export function growthOf(
  source: Readonly<Source>,
  index: number,
  value: number | MemberRecord,
): number {
  const places = Math.max(0, index + 1 - entryCount(source)) * ENTRY_BYTES;
  if (typeof value === 'number') return places;
  return places + recordBytes(value) - recordBytes(source.record);
}
