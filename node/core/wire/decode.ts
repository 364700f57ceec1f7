// Bytes to messages, every field checked: what passes here is true further on. Throws WireError
// alone; a refused message leaves no trace in the state.

import { Decoder } from '@msgpack/msgpack';
import { integer, list, optional, refuse } from './check.ts';
import { decodeChunks, decodeDefinition, decodeUpdate } from './decode-cargo.ts';
import { FLAGS, MESSAGE_KINDS, UNASKED } from './encode.ts';
import {
  type Acknowledgement,
  type Answer,
  type Cargo,
  type Digest,
  MAX_MESSAGE_BYTES,
  type Message,
  type Request,
  type Response,
  type Wants,
  WIRE_VERSION,
  WireError,
} from './messages.ts';
import { checkShape } from './shape.ts';

const U32 = 0xffffffff;

const decoder = new Decoder({
  maxStrLength: 1_024,
  maxBinLength: MAX_MESSAGE_BYTES,
  maxArrayLength: MAX_MESSAGE_BYTES,
  maxMapLength: 0,
  maxExtLength: 0,
});

/** Decodes a call of a peer in the cluster with this hash. */
export function decodeRequest(bytes: Uint8Array, cluster: number): Request {
  const message = decodeMessage(bytes);
  if (message.kind === 'answer' || message.kind === 'ack') {
    throw new WireError('malformed', `a ${message.kind} was sent where a request is due`);
  }
  if (message.cluster !== cluster) {
    throw new WireError('foreign_cluster', 'the message belongs to a cluster of another name');
  }
  return message;
}

/** Decodes what a peer answered. */
export function decodeResponse(bytes: Uint8Array): Response {
  const message = decodeMessage(bytes);
  if (message.kind !== 'answer' && message.kind !== 'ack') {
    throw new WireError('malformed', `a ${message.kind} was sent where an answer is due`);
  }
  return message;
}

export function decodeMessage(bytes: Uint8Array): Message {
  if (bytes.length > MAX_MESSAGE_BYTES) {
    throw new WireError(
      'oversized',
      `the message has ${bytes.length} bytes, ${MAX_MESSAGE_BYTES} are allowed`,
    );
  }
  const fields = list(unpack(bytes), 'message', 16);
  const version = integer(fields[0], 'version', 0, U32);
  if (version !== WIRE_VERSION) {
    throw new WireError(
      'unknown_version',
      `the message has wire version ${version}, this node speaks ${WIRE_VERSION}`,
    );
  }
  const kind = MESSAGE_KINDS[integer(fields[1], 'kind', 0, MESSAGE_KINDS.length - 1)];
  return decodeFields(kind, fields);
}

function unpack(bytes: Uint8Array): unknown {
  checkShape(bytes);
  try {
    return decoder.decode(bytes);
  } catch {
    throw new WireError('malformed', 'the body is not MessagePack, or is cut short');
  }
}

function decodeFields(kind: (typeof MESSAGE_KINDS)[number] | undefined, f: unknown[]): Message {
  const key = (value: unknown, name: string) => integer(value, name, 0, U32);
  switch (kind) {
    case 'exchange': {
      const rosterHash = key(f[4], 'roster hash');
      return {
        kind,
        cluster: key(f[2], 'cluster'),
        from: key(f[3], 'sender'),
        rosterHash,
        dataHash: key(f[5], 'data hash'),
        statusHash: integer(f[6], 'status hash', 0, 0xffff),
        digest: optional(f[7], decodeDigest),
        ...decodeCargo(f, 8, rosterHash === 0),
        wants: optional(f[12], decodeWants),
        wallMs: optional(f[13], decodeWall),
      };
    }
    case 'answer':
      return decodeAnswer(f);
    case 'push':
      return {
        kind,
        cluster: key(f[2], 'cluster'),
        from: key(f[3], 'sender'),
        keyRange: optional(f[4], (value) => {
          const ends = list(value, 'keyRange', 2);
          return { low: key(ends[0], 'keyRange'), high: key(ends[1], 'keyRange') };
        }),
        ...decodeCargo(f, 5, true),
      };
    case 'ping':
    case 'ping_request':
      return {
        kind,
        cluster: key(f[2], 'cluster'),
        from: key(f[3], 'sender'),
        target: key(f[4], 'target'),
      };
    default:
      return decodeAcknowledgement(f);
  }
}

function decodeAnswer(f: unknown[]): Answer {
  const flags = integer(f[3], 'flags', 0, 63);
  return {
    kind: 'answer',
    from: integer(f[2], 'sender', 0, U32),
    unreadable: (flags & FLAGS.unreadable) !== 0,
    exact: (flags & FLAGS.exact) !== 0,
    busy: (flags & FLAGS.busy) !== 0,
    more: (flags & FLAGS.more) !== 0,
    same: (flags & FLAGS.same) !== 0,
    ...decodeCargo(f, 4, (flags & FLAGS.byKey) !== 0),
    wants: optional(f[8], decodeWants),
    digest: optional(f[9], decodeDigest),
    wallMs: optional(f[10], decodeWall),
  };
}

function decodeAcknowledgement(f: unknown[]): Acknowledgement {
  const said = integer(f[3], 'alive', 0, UNASKED);
  const from = integer(f[2], 'sender', 0, U32);
  return { kind: 'ack', from, alive: said === 1, ...(said === UNASKED && { unasked: true }) };
}

const decodeCargo = (f: unknown[], at: number, byKey: boolean): Cargo => ({
  byKey,
  chunks: [...decodeChunks(f[at], false), ...decodeChunks(f[at + 1], true)],
  updates: decodeEach(f[at + 2], 'updates', decodeUpdate),
  definitions: decodeEach(f[at + 3], 'definitions', decodeDefinition),
});

const decodeEach = <T>(value: unknown, field: string, decode: (value: unknown) => T): T[] =>
  (optional(value, (items) => list(items, field)) ?? []).map(decode);

const decodeWall = (value: unknown): number =>
  integer(value, 'wall clock', 0, Number.MAX_SAFE_INTEGER);

function decodeWants(value: unknown): Wants {
  const fields = list(value, 'wants', 2);
  const members = list(fields[0], 'wanted members').map((v) => integer(v, 'wanted', 0, 2 ** 53));
  const definitions = list(fields[1], 'wanted definitions').map((v) =>
    integer(v, 'wanted', 0, U32),
  );
  if (members.length % 2 !== 0) refuse('wanted members', 'pairs of key and version');
  return { members, definitions };
}

function decodeDigest(value: unknown): Digest {
  if (value instanceof Uint8Array) {
    return { kind: 'roster', offset: 0, nibbles: value, blanks: [], lanes: [] };
  }
  const fields = list(value, 'digest', 4);
  const integers = (v: unknown) => list(v, 'digest').map((n) => integer(n, 'digest', 0, 2 ** 53));
  const lanes = fields.length < 4 ? [] : integers(fields[3]);
  if (!(fields[1] instanceof Uint8Array)) {
    return {
      kind: 'keys',
      low: integer(fields[0], 'digest', 0, U32),
      high: integer(fields[1], 'digest', 0, U32),
      rows: unpackRows(fields[2]),
      lanes,
    };
  }
  const offset = integer(fields[0], 'digest', 0, U32);
  return { kind: 'roster', offset, nibbles: fields[1], blanks: integers(fields[2]), lanes };
}

function unpackRows(value: unknown): number[] {
  if (!(value instanceof Uint8Array) || value.length % 8 !== 0) refuse('digest', 'rows of 8 bytes');
  const bytes = value;
  const data = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const rows: number[] = [];
  for (let at = 0; at < bytes.length; at += 4) rows.push(data.getUint32(at));
  return rows;
}
