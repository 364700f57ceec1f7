// Which peers a node calls, when, and what it waits for.

import type { Broadcast, News } from '../broadcast/state.ts';
import { addressFault } from '../membership/address-policy.ts';
import type { IndirectProbe } from '../membership/detection/probes.ts';
import type { Member, MemberUpdate } from '../membership/member.ts';
import type { EngineOptions } from '../options.ts';
import type { Interval } from '../wire/messages.ts';
import { createNeighbours, type Neighbours } from './neighbours.ts';

export type Purpose =
  | 'round'
  | 'contact'
  | 'follow_up'
  | 'push'
  | 'ping'
  | 'relay'
  | 'ping_request';

/** An exchange that waits for its answer. */
export interface Pending {
  readonly purpose: Purpose;
  /** Absent when only the address is known: a seed. */
  readonly member: Member | undefined;
  readonly address: string;
  readonly startedAt: number;
  /** What positions in the answer count in. */
  readonly rosterHash: number;
  /** How many requests of this conversation went before. */
  readonly depth: number;
  /** Pending updates that it carries. */
  readonly news?: News;
  /** Definitions that it asks for. */
  readonly searched?: readonly number[];
  readonly broadcast?: Broadcast;
  readonly keyRange?: Interval | undefined;
  readonly tried?: readonly number[];
  /** Whose questions a relayed ping answers. */
  readonly tokens?: number[];
  /** Another node's claim to our id, which this ping looks into. */
  readonly duplicate?: MemberUpdate;
  /** The member a ping request asks about. */
  readonly subject?: Member;
  /** The probe that it belongs to: what a later one finds is not decided by it. */
  readonly probe?: IndirectProbe;
  /** When the connection broke that this ping looks after. */
  readonly brokeAt?: number;
}

export interface ExchangeState {
  seeds: readonly string[];
  readonly pending: Map<number, Pending>;
  nextExchange: number;
  /** How long an answer takes, smoothed, ms; 0 before the first. */
  answerMs: number;
  readonly neighbours: Neighbours;
  round: number;
  roundMs: number;
  nextRoundAt: number;
  /** Highest priority that moved since the last round; 0 when nothing did. */
  importance: number;
  inboundThisRound: number;
  /** Send exact marks in the next digests, as many as this. */
  exactDigests: number;
  /** In which round addresses beyond the living were called last, of those to be called still. */
  readonly contactedRounds: Map<string, number>;
  /** Hash of the view at the last exchange that found both views equal. */
  settledHash: number;
  digestOffset: number;
}

/** Seeds that are kept at most; each contact takes one of them. */
const MAX_SEEDS = 1_024;

/** All but our own, and what no node can be reached at. */
export const callableSeeds = (seeds: readonly string[], own: string): readonly string[] =>
  [...new Set(seeds)]
    .filter((seed) => seed !== own && addressFault(seed) === undefined)
    .slice(0, MAX_SEEDS);

export function createExchangeState(options: EngineOptions, now: number): ExchangeState {
  const { settings, random, seeds, address } = options;
  return {
    seeds: callableSeeds(seeds, address),
    pending: new Map(),
    nextExchange: 1,
    answerMs: 0,
    neighbours: createNeighbours(),
    round: 0,
    roundMs: settings.roundMs,
    // Spread over the first round, so that nodes started together do not call together.
    nextRoundAt: now + random.next() * settings.roundMs * 0.1,
    importance: 0,
    inboundThisRound: 0,
    exactDigests: 3,
    contactedRounds: new Map(),
    settledHash: 0,
    digestOffset: 0,
  };
}

/** Something of this priority moved: the next round comes the sooner. */
export function noteImportance(state: Pick<ExchangeState, 'importance'>, priority: number): void {
  state.importance = Math.max(state.importance, priority);
}
