// A view as bytes, for a node whose memory may end between two happenings: itself apart from all
// others, in the wire's own encoding, in parts that a store with small values can hold.

import { Encoder } from '@msgpack/msgpack';
import { definitionsOf } from '../data/definitions.ts';
import { chunkSize, wholeChunk } from '../exchange/deltas.ts';
import { hashBytes } from '../hash.ts';
import { copyMember, type Member, updateOf } from '../membership/member.ts';
import type { MetricDefinition } from '../model.ts';
import type { State } from '../state.ts';
import { AGE_STEP_MS, definitionArray, encodeMessage, updateArray } from '../wire/encode.ts';
import type { Chunk, Push } from '../wire/messages.ts';
import { encodedSize } from '../wire/sizes.ts';
import { PARTS, SNAPSHOT_FORMAT } from './past.ts';

/** Far below what one message may have. */
const PUSH_BYTES = 16_384;
/** No store that this is for holds values below it. */
export const MIN_PART_BYTES = 65_536;
/** The headers of a part and of the lists in it. */
const PART_OVERHEAD_BYTES = 64;

const encoder = new Encoder();

const seal = (kind: number, fields: readonly unknown[]): Uint8Array => {
  const body = encoder.encode([kind, ...fields]);
  return encoder.encode([SNAPSHOT_FORMAT, hashBytes(body), body]);
};

/** When a snapshot is taken: on the engine's clock, and on the one that outlives it; ms. */
export interface Moment {
  readonly now: number;
  readonly wallMs: number;
}

/** The node itself: its run, what it published, and when its next round is due. */
export function snapshotSelf(state: State, { now, wallMs }: Moment): Uint8Array {
  const { self, cluster, version, round, roundMs } = state;
  const definitions = definitionsOf(state, self.source.record);
  const dueInMs = Math.max(0, Math.round(state.nextRoundAt - now));
  const told = pushes(state, [self], definitions, now).map(({ push }) => encodeMessage(push));
  const run = [self.id, self.generation, version, round, Math.round(roundMs), dueInMs];
  return seal(PARTS.self, [Math.round(wallMs), cluster, ...run, told]);
}

/**
 * Everybody else: what is said of them, what is held of them and how far, who was forgotten; in
 * parts of `maxPartBytes` at most.
 */
export function snapshotOthers(
  state: State,
  maxPartBytes: number,
  { now, wallMs }: Moment,
): Uint8Array[] {
  const { members, self } = state;
  const others = [...members.byId.values()].map(members.own).filter((member) => member !== self);
  const known = pushes(state, others, [...state.definitions.values()], now);
  const previousRuns = [...state.previousRuns.values()].map(({ member, replacedAt }) => ({
    ...pushOf(state, memberCargo(copyMember(member), now)),
    heard: [toSteps(now - replacedAt)],
  }));
  const records = [
    ...known.map(({ push, heard }) => [encodeMessage(push), heard]),
    ...previousRuns.map(({ push, heard }) => [encodeMessage(push), heard, true]),
    ...chunked([...state.forgotten].flat(), 1_000).map((forgotten) => [forgotten]),
  ];
  const parts = split(records, Math.max(MIN_PART_BYTES, maxPartBytes) - PART_OVERHEAD_BYTES);
  const head = [Math.round(wallMs), state.cluster, self.id];
  return parts.map((part, index) => seal(PARTS.others, [...head, index, parts.length, part]));
}

interface Told {
  readonly push: Push;
  /** Of each member in the push: how long ago it was heard, and its skew. */
  readonly heard: readonly (number | null)[];
}

type Cargo = Pick<Push, 'chunks' | 'updates' | 'definitions'> & { heard: (number | null)[] };

const toSteps = (ageMs: number): number =>
  Math.min(0xffffffff, Math.max(0, Math.round(ageMs / AGE_STEP_MS)));

/** Members, and the words for their metrics, in as few messages as hold them. */
function pushes(
  state: State,
  members: readonly Member[],
  definitions: readonly MetricDefinition[],
  now: number,
): Told[] {
  const told: Told[] = [];
  let cargo: Cargo = emptyCargo();
  let bytes = 0;
  const add = (more: Cargo, size: number): void => {
    if (bytes > 0 && bytes + size > PUSH_BYTES) {
      told.push(pushOf(state, cargo));
      cargo = emptyCargo();
      bytes = 0;
    }
    bytes += size;
    cargo = {
      chunks: [...cargo.chunks, ...more.chunks],
      updates: [...cargo.updates, ...more.updates],
      definitions: [...cargo.definitions, ...more.definitions],
      heard: [...cargo.heard, ...more.heard],
    };
  };
  for (const definition of definitions) {
    const size = encodedSize(definitionArray(definition));
    add({ ...emptyCargo(), definitions: [definition] }, size);
  }
  for (const member of members) {
    const more = memberCargo(member, now);
    add(more, sizeOf(more));
  }
  if (bytes > 0) told.push(pushOf(state, cargo));
  return told;
}

const emptyCargo = (): Cargo => ({ chunks: [], updates: [], definitions: [], heard: [] });

function pushOf({ cluster, self }: State, { heard, ...cargo }: Cargo): Told {
  const head = { kind: 'push', cluster, from: self.key, keyRange: undefined, byKey: true } as const;
  return { push: { ...head, ...cargo }, heard };
}

/** All that is held of a member: one run over all lanes, and how far single lanes are ahead. */
function memberCargo(member: Member, now: number): Cargo {
  const { key, source, heardAt, skewMs } = member;
  const whole = wholeChunk(member, { watermark: 0 }, key, now);
  const ahead = [...(source.laneWatermarks ?? [])].map(
    ([lane, to]): Chunk => ({ ref: key, lane, from: source.watermark, to, entries: [] }),
  );
  return {
    chunks: [...(whole === undefined ? [] : [whole]), ...ahead],
    updates: [updateOf(member, now)],
    definitions: [],
    heard: [toSteps(now - heardAt), skewMs === undefined ? null : Math.round(skewMs)],
  };
}

/** By a message of its own, which is a little more than what it adds to a longer one. */
const sizeOf = ({ chunks, updates }: Cargo): number =>
  updates.reduce((sum, said) => sum + encodedSize(updateArray(said)), 0) +
  chunks.reduce((sum, chunk) => sum + chunkSize(chunk), 0);

/** Lists of `size` numbers at most. */
const chunked = <T>(items: readonly T[], size: number): T[][] =>
  Array.from({ length: Math.ceil(items.length / size) }, (_, i) =>
    items.slice(i * size, (i + 1) * size),
  );

/** Records in their order, as many to a part as fit. */
function split(records: readonly unknown[][], maxBytes: number): unknown[][][] {
  const parts: unknown[][][] = [];
  let room = 0;
  for (const record of records) {
    const size = encoder.encode(record).length;
    if (parts.length === 0 || size > room) {
      parts.push([]);
      room = maxBytes;
    }
    parts.at(-1)?.push(record);
    room -= size;
  }
  return parts;
}
