// The bytes of a snapshot back to values, everything checked before anything of it is taken.

import { Decoder } from '@msgpack/msgpack';
import { hashBytes, hashText } from '../hash.ts';
import { integer, list, optional, refuse, text } from '../wire/check.ts';
import { decodeRequest } from '../wire/decode.ts';
import { AGE_STEP_MS } from '../wire/encode.ts';
import { LIMITS, type Push, WireError } from '../wire/messages.ts';

/** Raised when a part is laid out anew; others are refused, and the node starts empty. */
export const SNAPSHOT_FORMAT = 2;
export const PARTS = { self: 0, others: 1 } as const;

const U32 = 0xffffffff;
const MAX = Number.MAX_SAFE_INTEGER;
const STEP_MS = AGE_STEP_MS;

/** What a node was, as its own part tells. */
export interface PastSelf {
  /** When this was, wall clock, ms. */
  readonly wallMs: number;
  readonly id: string;
  readonly generation: number;
  readonly version: number;
  readonly round: number;
  readonly roundMs: number;
  /** Until its next round, from the snapshot on. */
  readonly dueInMs: number;
  readonly pushes: readonly Push[];
}

/** Members of a push with what no update tells, in the same order. */
export interface PastMembers {
  readonly push: Push;
  readonly heard: readonly { readonly ageMs: number; readonly skewMs: number | undefined }[];
}

/** A node's past, decoded. */
export interface Past {
  readonly self: PastSelf;
  /** When all that follows was so, wall clock, ms. */
  readonly wallMs: number;
  readonly members: readonly PastMembers[];
  /** Runs that later ones had just replaced, with how long ago that was. */
  readonly previousRuns: readonly { readonly push: Push; readonly replacedMs: number }[];
  readonly forgotten: readonly (readonly [id: string, generation: number])[];
}

/** A past that a node comes back from. */
export interface Return {
  readonly past: Past;
  /** The wall clock now, ms: tells how much time has passed since. */
  readonly wallMs: number;
}

/** Whose snapshot it has to be. */
export interface Owner {
  readonly id: string;
  readonly cluster: string;
}

// What is read is the node's own storage: enough when nothing is taken for what it is not.
const decoder = new Decoder();

/** Throws a WireError that says what is wrong with the bytes; half a snapshot is none. */
export function readPast(
  selfPart: Uint8Array,
  otherParts: readonly Uint8Array[],
  owner: Owner,
): Past {
  const self = readSelf(open(selfPart, PARTS.self), owner);
  const parts = otherParts.map((part, index) =>
    readOthers(open(part, PARTS.others), owner, index, otherParts.length),
  );
  const wallMs = parts[0]?.wallMs ?? self.wallMs;
  if (parts.some((part) => part.wallMs !== wallMs)) refuse('parts', 'of one moment');
  const records = parts.flatMap((part) => part.records);
  const isForgotten = ([first]: unknown[]): boolean => !(first instanceof Uint8Array);
  const isPrevious = ([, , isEarlier]: unknown[]): boolean => isEarlier === true;
  const runs = records.filter((record) => !isForgotten(record));
  return {
    self,
    wallMs,
    members: runs.filter((run) => !isPrevious(run)).map((run) => readMembers(run, owner)),
    previousRuns: runs.filter(isPrevious).map((run) => readPreviousRun(run, owner)),
    forgotten: records.filter(isForgotten).flatMap(([flat]) => readForgotten(flat)),
  };
}

/** The fields of a sealed part. */
function open(part: Uint8Array, kind: number): unknown[] {
  const [format, hash, body] = list(unpack(part), 'snapshot', 3);
  if (format !== SNAPSHOT_FORMAT) {
    const known = `this program writes ${SNAPSHOT_FORMAT}`;
    throw new WireError('unknown_version', `the snapshot has format ${String(format)}, ${known}`);
  }
  if (!(body instanceof Uint8Array) || hashBytes(body) !== hash) refuse('snapshot', 'whole');
  const [found, ...fields] = list(unpack(body as Uint8Array), 'part', 16);
  if (found !== kind) refuse('part', 'of the kind that stands here');
  return fields;
}

function unpack(bytes: Uint8Array): unknown {
  try {
    return decoder.decode(bytes);
  } catch {
    throw new WireError('malformed', 'the snapshot is no MessagePack, or is cut short');
  }
}

function checkOwner(cluster: unknown, id: unknown, owner: Owner): void {
  if (cluster !== hashText(owner.cluster)) {
    throw new WireError('foreign_cluster', 'the snapshot belongs to a cluster of another name');
  }
  if (id !== owner.id) {
    throw new WireError('malformed', `the snapshot is of ${String(id)}, not of ${owner.id}`);
  }
}

function readSelf(fields: unknown[], owner: Owner): PastSelf {
  const [wallMs, cluster, id, generation, version, round, roundMs, dueInMs, told] = fields;
  checkOwner(cluster, id, owner);
  return {
    wallMs: integer(wallMs, 'wall clock', 0, MAX),
    id: owner.id,
    generation: integer(generation, 'generation', 0, LIMITS.generation),
    version: integer(version, 'version', 0, LIMITS.version),
    round: integer(round, 'round', 0, MAX),
    roundMs: integer(roundMs, 'round length', 0, MAX),
    dueInMs: integer(dueInMs, 'next round', 0, MAX),
    pushes: list(told, 'messages').map((bytes) => readPush(bytes, owner)),
  };
}

function readOthers(fields: unknown[], owner: Owner, index: number, count: number) {
  const [wallMs, cluster, id, at, of, records] = fields;
  checkOwner(cluster, id, owner);
  if (at !== index || of !== count) refuse('part', `number ${index + 1} of ${count}`);
  return {
    wallMs: integer(wallMs, 'wall clock', 0, MAX),
    records: list(records, 'records', MAX).map((record) => list(record, 'record', 3)),
  };
}

function readPush(bytes: unknown, { cluster }: Owner): Push {
  if (!(bytes instanceof Uint8Array)) return refuse('message', 'a binary');
  const message = decodeRequest(bytes, hashText(cluster));
  return message.kind === 'push' ? message : refuse('message', 'a push');
}

const age = (value: unknown): number => integer(value, 'age', 0, U32) * STEP_MS;

function readMembers([bytes, told]: unknown[], owner: Owner): PastMembers {
  const push = readPush(bytes, owner);
  const pairs = list(told, 'heard');
  const heard = push.updates.map((_, i) => ({
    ageMs: age(pairs[i * 2]),
    skewMs: optional(pairs[i * 2 + 1], (skew) => integer(skew, 'skew', -MAX, MAX)),
  }));
  return { push, heard };
}

function readPreviousRun([bytes, told]: unknown[], owner: Owner): Past['previousRuns'][number] {
  return { push: readPush(bytes, owner), replacedMs: age(list(told, 'replaced')[0]) };
}

function readForgotten(value: unknown): [string, number][] {
  const flat = list(value, 'forgotten', MAX);
  return Array.from({ length: flat.length / 2 }, (_, i) => i * 2).flatMap((at) => {
    const id = text(flat[at], 'id', LIMITS.idLength);
    return [[id, integer(flat[at + 1], 'generation', 0, LIMITS.generation)] as [string, number]];
  });
}
