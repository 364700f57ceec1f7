// The parts that several messages carry: runs of entries, updates, records and definitions.

import type { Card, FactCard } from '../data/slots.ts';
import { type EntryValue, LABELS_INDEX, type LabelsValue } from '../data/source.ts';
import type { MemberUpdate } from '../membership/member.ts';
import { type Delta, type MetricDefinition, STATUSES } from '../model.ts';
import { address, boundedText, finite, integer, list, optional, refuse, text } from './check.ts';
import { AGE_STEP_MS, OPENING_STRIDE } from './encode.ts';
import { type Chunk, LIMITS, type WireEntry } from './messages.ts';

const U32 = 0xffffffff;
const MAX = Number.MAX_SAFE_INTEGER;
const MAX_RESOLUTION = Number.MAX_VALUE / MAX;

export function decodeChunks(value: unknown, byLane: boolean): Chunk[] {
  return (optional(value, (v) => list(v, 'chunks')) ?? []).map((chunk) =>
    decodeChunk(list(chunk, 'chunk'), byLane),
  );
}

function decodeChunk(flat: unknown[], byLane: boolean): Chunk {
  const head = byLane ? 4 : 3;
  if (flat.length < head || (flat.length - head) % 4 !== 0) refuse('chunk', 'whole entries');
  const to = integer(flat[head - 2], 'chunk end', 0, LIMITS.version);
  const entries: WireEntry[] = [];
  for (let at = head; at < flat.length; at += 4) entries.push(decodeEntry(flat, at, to));
  return {
    ref: integer(flat[0], 'member', 0, U32),
    lane: byLane ? integer(flat[1], 'lane', 1, 255) : undefined,
    from: to - integer(flat[head - 1], 'chunk length', 0, to),
    to,
    entries,
  };
}

function decodeEntry(flat: unknown[], at: number, to: number): WireEntry {
  const wireIndex = integer(flat[at], 'index', -LIMITS.slots, U32);
  // Entries may run ahead of the mark, so the difference may be negative.
  const version = to - integer(flat[at + 1], 'version', to - LIMITS.version, to - 1);
  const ageMs = integer(flat[at + 2], 'age', 0, U32) * AGE_STEP_MS;
  const value = flat[at + 3];
  if (wireIndex === LABELS_INDEX) {
    return { index: wireIndex, version, ageMs, value: decodeLabels(value) };
  }
  if (wireIndex < 0) return { index: wireIndex, version, ageMs, ...decodeCard(value) };
  const index = wireIndex % OPENING_STRIDE;
  if (index === LABELS_INDEX) refuse('index', 'that of a slot');
  const opening = Math.floor(wireIndex / OPENING_STRIDE) || undefined;
  if (!Array.isArray(value)) return { index, opening, version, ageMs, value: decodeValue(value) };
  const [last] = list(value, 'stale value', 1);
  return { index, opening, version, ageMs, value: decodeValue(last), isStale: true };
}

function decodeValue(value: unknown): EntryValue {
  if (typeof value !== 'string') return integer(value, 'value', -MAX, MAX);
  return boundedText(value, 'value of a fact', LIMITS.factBytes);
}

function decodeLabels(value: unknown): LabelsValue {
  const pairs = list(value, 'labels', LIMITS.labels * 2);
  if (pairs.length % 2 !== 0) refuse('labels', 'made of pairs');
  const labels: [string, string][] = [];
  for (let at = 0; at < pairs.length; at += 2) {
    const name = text(pairs[at], 'label', LIMITS.labelLength);
    labels.push([name, text(pairs[at + 1], 'label', LIMITS.labelLength)]);
  }
  // No prototype: a label named `__proto__` is a label.
  return { labels: Object.assign(Object.create(null), Object.fromEntries(labels)) };
}

/** What a slot holds from now on: a metric, a fact, or nothing (its opening's number alone). */
function decodeCard(value: unknown): { opening: number | undefined; value: Card | null } {
  const openingOf = (told: unknown) =>
    integer(told ?? 0, 'opening', 0, LIMITS.openings) || undefined;
  if (!Array.isArray(value)) return { opening: openingOf(value), value: null };
  const fields = list(value, 'card', 3 + LIMITS.metricLabels);
  const priority = integer(fields[1], 'priority', 1, 255);
  const opening = openingOf(fields[2]);
  if (typeof fields[0] === 'string') return { opening, value: decodeFact(fields, priority) };
  const labelValues = fields
    .slice(3)
    .map((label) => boundedText(label, 'label value', LIMITS.labelValueBytes));
  const definitionKey = integer(fields[0], 'definition', 0, U32);
  return { opening, value: { definitionKey, priority, labelValues } };
}

function decodeFact(fields: unknown[], priority: number): FactCard {
  const ttl = optional(fields[3], (steps) => integer(steps, 'time to live', 0, U32));
  const origin = optional(fields[5], (author) => ({
    author: text(author, 'author', LIMITS.idLength),
    generation: integer(fields[6], 'generation', 0, LIMITS.generation),
    version: integer(fields[7], 'version', 0, LIMITS.version),
  }));
  return {
    key: text(fields[0], 'key', LIMITS.factKeyLength),
    priority,
    ttlMs: ttl === undefined ? undefined : ttl * AGE_STEP_MS,
    isKept: optional(fields[4], (kept) => integer(kept, 'kept', 1, 1)) !== undefined,
    origin,
  };
}

export function decodeUpdate(value: unknown): MemberUpdate {
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
    ageMs: integer(fields[5], 'age', 0, U32) * AGE_STEP_MS,
    confirmers: (optional(fields[6], (v) => list(v, 'confirmers', 16)) ?? []).map((key) =>
      integer(key, 'confirmer', 0, U32),
    ),
    leave: optional(fields[7], (leave) => {
      const parts = list(leave, 'leave', 2);
      const reason = text(parts[0], 'reason', LIMITS.reasonLength);
      const returnsAtWall = optional(parts[1], (v) => integer(v, 'return time', 0, MAX));
      return returnsAtWall === undefined ? { reason } : { reason, returnsAtWall };
    }),
  };
}

export function decodeDefinition(value: unknown): MetricDefinition {
  const fields = list(value, 'definition', 8);
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
    ...decodeLabelNames(fields[7]),
  };
}

function decodeLabelNames(value: unknown): Pick<MetricDefinition, 'labelNames'> {
  const names = optional(value, (told) => list(told, 'label names', LIMITS.metricLabels)) ?? [];
  if (names.length === 0) return {};
  return { labelNames: names.map((name) => text(name, 'label name', LIMITS.labelLength)) };
}

function decodeDelta(fields: unknown[]): Delta {
  const first = finite(fields[0], 'delta');
  if (fields.length === 1) return { kind: 'absolute', change: first };
  return { kind: 'relative', ratio: first, floor: finite(fields[1], 'delta') };
}
