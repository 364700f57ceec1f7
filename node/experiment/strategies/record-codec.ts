// The original's encoding: JSON with one object a node, every field of its records by name and
// every value as text; so `full-json` costs what the original costs, give or take a field.

import { memberKey } from '../../core/hash.ts';
import type { MemberUpdate } from '../../core/membership/member.ts';
import { type MetricDefinition, STATUSES } from '../../core/model.ts';
import type { Codec } from '../../core/wire/codec.ts';
import {
  type Cargo,
  type Chunk,
  type Message,
  type Request,
  type Response,
  WireError,
} from '../../core/wire/messages.ts';
import { type EntryTexts, entriesOf, textsOf } from './record-entries.ts';

/** A record as the original writes it. What it lacks, versions and ages, rides in `digest`. */
interface NodeRecord extends EntryTexts {
  readonly counter: string;
  readonly cycle: string;
  readonly nodeState: { readonly id: string; readonly ip: string; readonly port: string };
  readonly hbState: {
    readonly timestamp: string;
    readonly failureCount: number;
    readonly failureList: readonly number[];
    readonly nodeAlive: boolean;
    readonly status: string;
  };
  readonly nfState: Record<string, never>;
  readonly leave?: MemberUpdate['leave'];
}

/** Everything else of a message stays as it is: plain JSON with our own words. */
type Envelope = Record<string, unknown> & {
  readonly kind: Message['kind'];
  readonly records?: Readonly<Record<string, NodeRecord>>;
  readonly metadata?: { readonly low: number; readonly high: number; readonly of: object };
  readonly chunks?: readonly Chunk[];
};

export function createRecordCodec(metrics: readonly MetricDefinition[]): Codec {
  const decode = (bytes: Uint8Array): Message => {
    try {
      return fromEnvelope(JSON.parse(new TextDecoder().decode(bytes)) as Envelope, metrics);
    } catch (cause) {
      throw new WireError('malformed', `these bytes are no message in JSON: ${String(cause)}`);
    }
  };
  return {
    encode: (message) => new TextEncoder().encode(JSON.stringify(toEnvelope(message, metrics))),
    decodeRequest(bytes, cluster) {
      const request = decode(bytes);
      if (!isRequest(request)) throw new WireError('malformed', 'this is no request');
      if (request.cluster === cluster) return request;
      throw new WireError('foreign_cluster', 'the message is of another cluster');
    },
    decodeResponse(bytes) {
      const response = decode(bytes);
      if (!isResponse(response)) throw new WireError('malformed', 'this is no answer');
      return response;
    },
  };
}

/** Experiments talk among themselves: a look at the kind is all the care that garbage gets. */
const isResponse = (message: Message): message is Response =>
  message.kind === 'answer' || message.kind === 'ack';

const isRequest = (message: Message): message is Request =>
  ['exchange', 'push', 'ping', 'ping_request'].includes(message.kind);

function toEnvelope(message: Message, metrics: readonly MetricDefinition[]): Envelope {
  if (!('chunks' in message)) return { ...message };
  const { chunks, updates, definitions: _, ...head } = message;
  const byKey = new Map(updates.map((said) => [memberKey(said.id, said.generation), said]));
  const records: Record<string, NodeRecord> = {};
  const alone: Chunk[] = [];
  for (const chunk of chunks) {
    const said = byKey.get(chunk.ref);
    const host = hostOf(said?.address ?? '');
    const isWhole = message.byKey && chunk.lane === undefined && records[host] === undefined;
    if (said === undefined || !isWhole) alone.push(chunk);
    else {
      records[host] = toRecord(said, chunk, metrics);
      byKey.delete(chunk.ref);
    }
  }
  // Those who send whole records name members by key, in digests too.
  const digest = 'digest' in head && head.digest?.kind === 'keys' ? head.digest : undefined;
  const others = [...byKey.values()];
  return {
    ...head,
    ...(digest && { digest: undefined, metadata: toCounters(digest) }),
    records,
    chunks: alone,
    updates: others.map((said) => ({ ...said, ageMs: Math.round(said.ageMs) })),
  };
}

/** The original names a node by host and port. */
const hostOf = (address: string): string => address.replace(/^https?:\/\//, '');

const toCounters = ({
  low,
  high,
  rows,
}: {
  low: number;
  high: number;
  rows: readonly number[];
}) => {
  const of: Record<string, string> = {};
  for (let i = 0; i + 1 < rows.length; i += 2) of[String(rows[i])] = String(rows[i + 1]);
  return { low, high, of };
};

const fromCounters = ({ low, high, of }: NonNullable<Envelope['metadata']>) => ({
  kind: 'keys',
  low,
  high,
  rows: Object.entries(of).flatMap(([key, base]) => [Number(key), Number(base)]),
  lanes: [],
});

function toRecord(
  said: MemberUpdate,
  chunk: Chunk,
  metrics: readonly MetricDefinition[],
): NodeRecord {
  const [ip = '', port = ''] = hostOf(said.address).split(':');
  const inside = [said.generation, said.incarnation, chunk.from, Math.round(said.ageMs)].join('.');
  return {
    counter: String(chunk.to),
    cycle: String(chunk.to),
    nodeState: { id: said.id, ip, port },
    hbState: {
      timestamp: String((said.generation + said.ageMs) / 1_000),
      failureCount: said.confirmers.length,
      failureList: said.confirmers,
      nodeAlive: said.status === 'alive',
      status: said.status,
    },
    ...textsOf(chunk.entries, metrics, inside),
    nfState: {},
    ...(said.leave && { leave: said.leave }),
  };
}

function fromEnvelope(envelope: Envelope, metrics: readonly MetricDefinition[]): Message {
  const { records, metadata, ...head } = envelope;
  const isCargo = ['exchange', 'answer', 'push'].includes(head.kind);
  if (isCargo !== (records !== undefined)) throw new RangeError('its records are missing');
  if (records === undefined) return head as unknown as Message;
  const chunks = [...(head.chunks ?? [])];
  const updates = [...((head.updates as MemberUpdate[] | undefined) ?? [])];
  for (const [host, record] of Object.entries(records)) {
    const { said, chunk } = fromRecord(host, record, metrics);
    chunks.push(chunk);
    updates.push(said);
  }
  const cargo: Cargo = { byKey: head.byKey === true, chunks, updates, definitions: metrics };
  return {
    ...head,
    ...cargo,
    ...(metadata && { digest: fromCounters(metadata) }),
  } as unknown as Message;
}

function fromRecord(host: string, record: NodeRecord, metrics: readonly MetricDefinition[]) {
  const { inside, entries } = entriesOf(record, metrics);
  const [generation = 0, incarnation = 0, from = 0, ageMs = 0] = inside.split('.').map(Number);
  const { nodeState, hbState, leave } = record;
  const said: MemberUpdate = {
    id: nodeState.id,
    generation,
    incarnation,
    status: STATUSES.find((status) => status === hbState.status) ?? 'alive',
    address: host === '' ? '' : `http://${host}`,
    ageMs,
    confirmers: hbState.failureList,
    leave,
  };
  const ref = memberKey(said.id, generation);
  const chunk: Chunk = { ref, from, to: Number(record.counter), entries };
  return { said, chunk };
}
