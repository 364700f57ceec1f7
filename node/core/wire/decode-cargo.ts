// The parts that several messages carry: runs of entries, updates, records and definitions.

import { type MemberRecord, RECORD_INDEX } from '../data/source.ts';
import type { MemberUpdate } from '../membership/member.ts';
import { type Delta, type MetricDefinition, STATUSES } from '../model.ts';
import {
  address,
  finite,
  integer,
  list,
  type OddTexts,
  optional,
  refuse,
  text,
  unlessOdd,
} from './check.ts';
import { type Chunk, LIMITS, type WireEntry } from './messages.ts';

const U32 = 0xffffffff;
const MAX = Number.MAX_SAFE_INTEGER;
const MAX_INDEX = 255;
const MAX_RESOLUTION = Number.MAX_VALUE / MAX;

export function decodeChunks(value: unknown, byLane: boolean, tally: OddTexts): Chunk[] {
  return (optional(value, (v) => list(v, 'chunks')) ?? []).map((chunk) =>
    decodeChunk(list(chunk, 'chunk'), byLane, tally),
  );
}

function decodeChunk(flat: unknown[], byLane: boolean, tally: OddTexts): Chunk {
  const head = byLane ? 4 : 3;
  if (flat.length < head || (flat.length - head) % 4 !== 0) refuse('chunk', 'whole entries');
  const to = integer(flat[head - 2], 'chunk end', 0, LIMITS.version);
  const entries: WireEntry[] = [];
  for (let at = head; at < flat.length; at += 4) entries.push(decodeEntry(flat, at, to, tally));
  return {
    ref: integer(flat[0], 'member', 0, U32),
    lane: byLane ? integer(flat[1], 'lane', 1, 255) : undefined,
    from: to - integer(flat[head - 1], 'chunk length', 0, to),
    to,
    entries,
  };
}

function decodeEntry(flat: unknown[], at: number, to: number, tally: OddTexts): WireEntry {
  const index = integer(flat[at], 'metric index', 0, MAX_INDEX);
  // Entries may run ahead of the mark, so the difference may be negative.
  const version = to - integer(flat[at + 1], 'version', to - LIMITS.version, to - 1);
  const value = flat[at + 3];
  return {
    index,
    version,
    ageMs: integer(flat[at + 2], 'age', 0, U32) * 100,
    value: index === RECORD_INDEX ? decodeRecord(value, tally) : integer(value, 'value', -MAX, MAX),
  };
}

/** Labels with odd text are left out; the metrics of a node do not depend on them. */
function decodeRecord(value: unknown, tally: OddTexts): MemberRecord {
  const fields = list(value, 'record', 2);
  const pairs = list(fields[0], 'labels', LIMITS.labels * 2);
  const slots = list(fields[1], 'metrics', MAX_INDEX * 2);
  if (pairs.length % 2 !== 0 || slots.length % 2 !== 0) refuse('record', 'made of pairs');
  const labels: [string, string][] = [];
  for (let at = 0; at < pairs.length; at += 2) {
    const label = unlessOdd(tally, (): [string, string] => [
      text(pairs[at], 'label', LIMITS.labelLength),
      text(pairs[at + 1], 'label', LIMITS.labelLength),
    ]);
    if (label !== undefined) labels.push(label);
  }
  const metrics: { definitionKey: number; priority: number }[] = [];
  for (let at = 0; at < slots.length; at += 2) {
    const definitionKey = integer(slots[at], 'definition', 0, U32);
    metrics.push({ definitionKey, priority: integer(slots[at + 1], 'priority', 1, 255) });
  }
  // No prototype: a label named `__proto__` is a label.
  return { labels: Object.assign(Object.create(null), Object.fromEntries(labels)), metrics };
}

export function decodeUpdate(value: unknown, ageStepMs: number, tally: OddTexts): MemberUpdate {
  const fields = list(value, 'update', 8);
  const id = text(fields[0], 'id', LIMITS.idLength);
  if (id.length === 0) refuse('id', 'a text of at least one character');
  const status = STATUSES[integer(fields[3], 'status', 0, STATUSES.length - 1)];
  if (status === undefined) refuse('status', 'known');
  return {
    id,
    generation: integer(fields[1], 'generation', 0, LIMITS.generation),
    incarnation: integer(fields[2], 'incarnation', 0, LIMITS.incarnation),
    status,
    address: address(fields[4]),
    ageMs: integer(fields[5], 'age', 0, U32) * ageStepMs,
    confirmers: (optional(fields[6], (v) => list(v, 'confirmers', 16)) ?? []).map((key) =>
      integer(key, 'confirmer', 0, U32),
    ),
    leave: optional(fields[7], (leave) => {
      const parts = list(leave, 'leave', 2);
      // That a node left is worth more than its words for it.
      const reason = unlessOdd(tally, () => text(parts[0], 'reason', LIMITS.reasonLength)) ?? '';
      const returnsAtWall = optional(parts[1], (v) => integer(v, 'return time', 0, MAX));
      return returnsAtWall === undefined ? { reason } : { reason, returnsAtWall };
    }),
  };
}

export function decodeDefinition(value: unknown): MetricDefinition {
  const fields = list(value, 'definition', 7);
  const resolution = finite(fields[5], 'resolution');
  // Values are so many steps of it, and must be numbers as well.
  if (resolution <= 0 || resolution > MAX_RESOLUTION) refuse('resolution', 'one that values have');
  return {
    name: text(fields[0], 'name', LIMITS.nameLength),
    unit: text(fields[1], 'unit', LIMITS.unitLength),
    kind: integer(fields[2], 'kind', 0, 1) === 0 ? 'gauge' : 'counter',
    description: text(fields[3], 'description', LIMITS.descriptionLength),
    priority: integer(fields[4], 'priority', 1, 255),
    delta: decodeDelta(list(fields[6], 'delta', 2)),
    resolution,
  };
}

function decodeDelta(fields: unknown[]): Delta {
  const first = finite(fields[0], 'delta');
  if (fields.length === 1) return { kind: 'absolute', change: first };
  return { kind: 'relative', ratio: first, floor: finite(fields[1], 'delta') };
}
