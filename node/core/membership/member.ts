// Members and the updates made about them. Updates of one id form a total order, so merging
// them is commutative, associative and idempotent.

import { copySource, createSource, type Source } from '../data/source.ts';
import { hashNumbers, memberKey } from '../hash.ts';
import { type LeaveNotice, STATUSES, type Status } from '../model.ts';

/** What is said about one run of one node, by itself or by others. */
export interface MemberUpdate {
  readonly id: string;
  readonly generation: number;
  readonly incarnation: number;
  readonly status: Status;
  readonly address: string;
  /** How long ago the status began, ms; so that all forget at about the same time. */
  readonly ageMs: number;
  /** Keys of those who found a suspect silent, independently of one another. */
  readonly confirmers: readonly number[];
  readonly leave?: LeaveNotice | undefined;
}

export interface Suspicion {
  readonly startedAt: number;
  readonly confirmers: Set<number>;
  /** Grows when this node itself was late: time it did not run counts against nobody. */
  graceMs: number;
  /** Whether this node looked for itself before the end. */
  looked: boolean;
}

/** Who a member is; all that count in one roster may share this. */
export interface MemberName {
  readonly id: string;
  readonly generation: number;
  /** 32-bit name of (id, generation) on the wire. */
  readonly key: number;
  /** Where a view keeps the member's marks in columns. */
  readonly slot: number;
}

/** A member as it is looked at; views may share it, so nobody changes it. */
export interface SeenMember extends MemberName {
  readonly incarnation: number;
  readonly status: Status;
  readonly address: string;
  readonly statusSince: number;
  readonly leave: LeaveNotice | undefined;
  readonly suspicion: Suspicion | undefined;
  readonly heardAt: number;
  readonly skewMs: number | undefined;
  readonly source: Readonly<Source>;
}

/** A member of one view alone, to be changed. */
export interface Member extends SeenMember {
  incarnation: number;
  status: Status;
  address: string;
  statusSince: number;
  leave: LeaveNotice | undefined;
  suspicion: Suspicion | undefined;
  /** Last evidence of life: an exchange, or an entry published since. */
  heardAt: number;
  skewMs: number | undefined;
  readonly source: Source;
  slot: number;
}

export function createMember(update: MemberUpdate, now: number): Member {
  const { id, generation, incarnation, status, address } = update;
  return {
    id,
    generation,
    key: memberKey(id, generation),
    incarnation,
    status,
    address,
    statusSince: now - update.ageMs,
    leave: update.leave,
    suspicion: undefined,
    heardAt: now,
    skewMs: undefined,
    source: createSource(),
    slot: 0,
  };
}

/** The same member for a view that is about to change it. Keeps the order of fields above. */
export function copyMember(seen: SeenMember): Member {
  const { id, generation, key, incarnation, status, address, statusSince, leave } = seen;
  const { suspicion, heardAt, skewMs, slot } = seen;
  return {
    id,
    generation,
    key,
    incarnation,
    status,
    address,
    statusSince,
    leave,
    suspicion: suspicion && { ...suspicion, confirmers: new Set(suspicion.confirmers) },
    heardAt,
    skewMs,
    source: copySource(seen.source),
    slot,
  };
}

/**
 * Looks at all that is about to be compared, and at nothing else: little of a large fleet is in the
 * processor's caches, and memory answers many questions as fast as one. A sum, so that it is done.
 */
export function prefetch(members: readonly SeenMember[]): number {
  let sum = 0;
  for (const { heardAt, source } of members) {
    const { cells } = source;
    sum += heardAt + (cells[0] ?? 0) + (cells[cells.length - 1] ?? 0);
  }
  return sum;
}

export const statusRank = (status: Status): number => STATUSES.indexOf(status);

/** Whether an update about the same run beats what is held. */
export function beats(
  update: Pick<MemberUpdate, 'incarnation' | 'status'>,
  held: Pick<MemberUpdate, 'incarnation' | 'status'>,
): boolean {
  if (update.incarnation !== held.incarnation) return update.incarnation > held.incarnation;
  return statusRank(update.status) > statusRank(held.status);
}

export function updateOf(member: Member, now: number): MemberUpdate {
  return {
    id: member.id,
    generation: member.generation,
    incarnation: member.incarnation,
    status: member.status,
    address: member.address,
    ageMs: Math.max(0, now - member.statusSince),
    confirmers: member.suspicion === undefined ? [] : [...member.suspicion.confirmers],
    leave: member.leave,
  };
}

/** Answers exchanges, as far as anybody knows: a target for gossip. */
export const isLive = (member: Pick<SeenMember, 'status'>): boolean =>
  member.status === 'alive' || member.status === 'suspect';

/** This member's share of the hashes that tell equal views apart from unequal ones. */
export const dataHashOf = (member: SeenMember): number =>
  hashOfWatermark(member, member.source.watermark);

export const hashOfWatermark = ({ key }: MemberName, watermark: number): number =>
  hashNumbers(key, watermark, 1);

export const statusHashOf = (member: SeenMember): number =>
  hashNumbers(member.key, member.incarnation, 2 + statusRank(member.status));
