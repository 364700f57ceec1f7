// Messages to bytes: MessagePack arrays, trailing nulls left out. The builders below are also what
// sizes are counted on.

import { Encoder } from '@msgpack/msgpack';
import { type Card, isFact } from '../data/slots.ts';
import { LABELS_INDEX } from '../data/source.ts';
import type { MemberUpdate } from '../membership/member.ts';
import { type MetricDefinition, STATUSES } from '../model.ts';
import type { Cargo, Chunk, Digest, Message, Wants, WireEntry } from './messages.ts';
import { LIMITS, WIRE_VERSION } from './messages.ts';
import { arrayHeaderSize, binarySize, encodedSize, integerSize } from './sizes.ts';

/** What an acknowledgement says that is neither yes nor no. */
export const UNASKED = 2;

export const MESSAGE_KINDS = ['exchange', 'answer', 'push', 'ping', 'ping_request', 'ack'] as const;
export const FLAGS = { byKey: 1, unreadable: 2, exact: 4, busy: 8, more: 16, same: 32 } as const;
/** Indices of values: the slot, and how often it was opened before, times this. */
export const OPENING_STRIDE = LIMITS.slots + 1;
/** Ages travel in tenths of a second: up to 12.7 s in one byte. */
export const AGE_STEP_MS = 100;
/** What is older than 13 years grows no older, or nobody would read it any more. */
const MAX_AGE_STEPS = 0xffffffff;

const encoder = new Encoder();

export const encodeMessage = (message: Message): Uint8Array => encoder.encode(toArray(message));

/** Exact length of encodeMessage's result. */
export const messageSize = (message: Message): number => encodedSize(toArray(message));

function toArray(message: Message): unknown[] {
  const head = [WIRE_VERSION, MESSAGE_KINDS.indexOf(message.kind)];
  switch (message.kind) {
    case 'exchange':
      return trim([
        ...head,
        message.cluster,
        message.from,
        message.byKey ? 0 : message.rosterHash,
        message.dataHash,
        message.statusHash,
        message.digest && digestArray(message.digest),
        ...cargoArrays(message),
        message.wants && wantsArray(message.wants),
        message.wallMs,
      ]);
    case 'answer':
      return trim([
        ...head,
        message.from,
        flagsOf(message),
        ...cargoArrays(message),
        message.wants && wantsArray(message.wants),
        message.digest && digestArray(message.digest),
        message.wallMs,
      ]);
    case 'push':
      return trim([
        ...head,
        message.cluster,
        message.from,
        message.keyRange && [message.keyRange.low, message.keyRange.high],
        ...cargoArrays(message),
      ]);
    case 'ping':
    case 'ping_request':
      return [...head, message.cluster, message.from, message.target];
    case 'ack':
      return [...head, message.from, message.unasked ? UNASKED : message.alive ? 1 : 0];
  }
}

function flagsOf(answer: Extract<Message, { kind: 'answer' }>): number {
  return (
    (answer.byKey ? FLAGS.byKey : 0) |
    (answer.unreadable ? FLAGS.unreadable : 0) |
    (answer.exact ? FLAGS.exact : 0) |
    (answer.busy ? FLAGS.busy : 0) |
    (answer.more ? FLAGS.more : 0) |
    (answer.same ? FLAGS.same : 0)
  );
}

function trim(items: unknown[]): unknown[] {
  let length = items.length;
  while (length > 0 && (items[length - 1] === undefined || items[length - 1] === null)) length--;
  items.length = length;
  return items;
}

/** Four fields: runs over all lanes, runs over one lane, updates, definitions. */
function cargoArrays(cargo: Cargo): unknown[] {
  const whole = cargo.chunks.filter((chunk) => chunk.lane === undefined);
  const lanes = cargo.chunks.filter((chunk) => chunk.lane !== undefined);
  return [
    whole.length > 0 ? whole.map(chunkArray) : undefined,
    lanes.length > 0 ? lanes.map(chunkArray) : undefined,
    cargo.updates.length > 0 ? cargo.updates.map(updateArray) : undefined,
    cargo.definitions.length > 0 ? cargo.definitions.map(definitionArray) : undefined,
  ];
}

function chunkArray(chunk: Chunk): unknown[] {
  const flat: unknown[] = chunk.lane === undefined ? [chunk.ref] : [chunk.ref, chunk.lane];
  flat.push(chunk.to, chunk.to - chunk.from);
  for (const entry of chunk.entries) {
    flat.push(wireIndex(entry), chunk.to - entry.version, ageSteps(entry.ageMs), wireValue(entry));
  }
  return flat;
}

const ageSteps = (ageMs: number): number =>
  Math.min(MAX_AGE_STEPS, Math.max(0, Math.round(ageMs / AGE_STEP_MS)));

/** The opening of a slot is told in the index of its values, and inside its card. */
const wireIndex = ({ index, opening = 0 }: WireEntry): number =>
  index > LABELS_INDEX ? index + opening * OPENING_STRIDE : index;

function wireValue({ index, opening, value, isStale }: WireEntry): unknown {
  if (typeof value === 'number' || typeof value === 'string') return isStale ? [value] : value;
  if (value === null) return opening ?? 0;
  if (index === LABELS_INDEX && 'labels' in value) return Object.entries(value.labels).flat();
  return 'priority' in value ? cardArray(value, opening ?? 0) : [];
}

function cardArray(card: Card, opening: number): unknown[] {
  if (!isFact(card)) {
    const { definitionKey, priority, labelValues } = card;
    const isPlain = opening === 0 && labelValues.length === 0;
    return isPlain ? [definitionKey, priority] : [definitionKey, priority, opening, ...labelValues];
  }
  const { key, priority, ttlMs, isKept, origin } = card;
  return trim([
    key,
    priority,
    opening,
    ttlMs === undefined ? undefined : ageSteps(ttlMs),
    isKept ? 1 : undefined,
    ...(origin === undefined ? [] : [origin.author, origin.generation, origin.version]),
  ]);
}

/** Bytes of one entry in a chunk that reaches to version `to`. */
export function entrySize(entry: WireEntry, to: number): number {
  return (
    integerSize(wireIndex(entry)) +
    integerSize(to - entry.version) +
    integerSize(ageSteps(entry.ageMs)) +
    encodedSize(wireValue(entry))
  );
}

/** Bytes of a chunk without its entries, for a number of entries. */
export function chunkOverhead(
  ref: number,
  lane: number | undefined,
  from: number,
  to: number,
  entryCount: number,
): number {
  const fields = (lane === undefined ? 3 : 4) + entryCount * 4;
  return (
    arrayHeaderSize(fields) +
    integerSize(ref) +
    (lane === undefined ? 0 : integerSize(lane)) +
    integerSize(to) +
    integerSize(to - from)
  );
}

export function updateArray(update: MemberUpdate): unknown[] {
  return trim([
    update.id,
    update.generation,
    update.incarnation,
    STATUSES.indexOf(update.status),
    update.address,
    ageSteps(update.ageMs),
    update.confirmers.length > 0 ? [...update.confirmers] : undefined,
    update.leave && [update.leave.reason, update.leave.returnsAtWall ?? null],
  ]);
}

export function definitionArray(definition: MetricDefinition): unknown[] {
  const { delta } = definition;
  const { labelNames = [] } = definition;
  return [
    definition.name,
    definition.unit,
    definition.kind === 'gauge' ? 0 : 1,
    definition.description,
    definition.priority,
    definition.resolution,
    delta.kind === 'absolute' ? [delta.change] : [delta.ratio, delta.floor],
    ...(labelNames.length === 0 ? [] : [[...labelNames]]),
  ];
}

function wantsArray(wants: Wants): unknown[] {
  return [[...wants.members], [...wants.definitions]];
}

function digestArray(digest: Digest): unknown {
  const { lanes } = digest;
  if (digest.kind === 'keys') {
    const { low, high, rows } = digest;
    return [low, high, packRows(rows), ...(lanes.length === 0 ? [] : [[...lanes]])];
  }
  const { offset, nibbles, blanks } = digest;
  if (offset === 0 && blanks.length === 0 && lanes.length === 0) return nibbles;
  return [offset, nibbles, [...blanks], [...lanes]];
}

/** Fixed width, so that a thousand rows cost no thousand headers: 32 bits for each number. */
function packRows(rows: readonly number[]): Uint8Array {
  const bytes = new Uint8Array(rows.length * 4);
  const data = new DataView(bytes.buffer);
  for (let i = 0; i < rows.length; i++) data.setUint32(i * 4, Math.min(rows[i] ?? 0, 0xffffffff));
  return bytes;
}

export const keyDigestSize = (rowCount: number): number => 11 + binarySize(rowCount * 8);
