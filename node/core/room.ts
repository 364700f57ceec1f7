// What a view takes in memory, by estimate, so that it can be bounded whoever tells how much.
// Measured on V8: what is counted here lies within a tenth of what the heap grows by.

import type { Labels, MetricDefinition } from './model.ts';
import { entryCount, type MemberRecord, type Source } from './source.ts';

/** A member with its id, address, reason to leave, and its places in maps, roster and ring. */
export const MEMBER_BYTES = 1_024;
/** A metric in a record, and the count of records that name its definition. */
const SLOT_BYTES = 128;
/** A value with its version and time. */
const ENTRY_BYTES = 24;
const LABEL_BYTES = 96;
const DEFINITION_BYTES = 320;
/** Texts beyond Latin-1 take two bytes a unit. */
const UNIT_BYTES = 2;

export const definitionBytes = ({ name, unit, description }: MetricDefinition): number =>
  DEFINITION_BYTES + UNIT_BYTES * (name.length + unit.length + description.length);

export const recordBytes = (record: MemberRecord | undefined): number =>
  record === undefined ? 0 : labelBytes(record.labels) + record.metrics.length * SLOT_BYTES;

const labelBytes = (labels: Labels): number =>
  Object.entries(labels).reduce(
    (sum, [name, label]) => sum + LABEL_BYTES + UNIT_BYTES * (name.length + label.length),
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
