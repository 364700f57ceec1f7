// All that one engine knows. Every other module of core reads and changes this; nothing else does.

import { createBucket, type TokenBucket } from './broadcast/token-bucket.ts';
import type { Search } from './data/definitions.ts';
import type { Growth } from './data/growth.ts';
import type { Explaining } from './data/learned.ts';
import type { PreviousRun } from './data/previous-run.ts';
import type { Published } from './data/publishing-rule.ts';
import type { Metrics } from './data/series.ts';
import { MEMBER_BYTES } from './data/view-size.ts';
import type { Effect, LearnedReading } from './effects.ts';
import { createNeighbours, type Neighbours } from './exchange/neighbours.ts';
import { PRIOMON, type Strategy } from './exchange/strategy.ts';
import { hashText } from './hash.ts';
import { addressFault } from './membership/address-policy.ts';
import { createHealth, type LocalHealth } from './membership/local-health.ts';
import { createMember, type Member, type MemberUpdate } from './membership/member.ts';
import { createWatch, type IndirectProbe, type Watch } from './membership/probes.ts';
import { createMembers, type Members } from './membership/roster.ts';
import type { MetricDefinition } from './model.ts';
import type { Random } from './random.ts';
import type { ProtocolSettings } from './settings.ts';
import type { Return } from './snapshot/restore.ts';
import { type Counters, createCounters } from './stats.ts';
import type { Interval } from './wire/messages.ts';

/** Members with news, each with the base its view had before; what follows the base is the news. */
export type News = Map<Member, number>;

/** Urgent news on its way, and whom this node has to bring it to. */
export interface Broadcast {
  /** Undefined: a few random peers; they pass it on if it is news to them. */
  readonly keyRange: Interval | undefined;
  readonly chunks: News;
  readonly updates: Set<Member>;
  /** Whom it came from. */
  readonly except: number;
}

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
  /** Hot news that it carries. */
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

/** The wall clock, as its distance from the monotonic one, ms. */
export interface Wall {
  /** Undefined before it was told. */
  offsetMs: number | undefined;
  /** What peers were told when it had moved last. */
  toldMs: number;
  /** On how many exchanges it is still told since. */
  retransmits: number;
}

export interface State extends Watch {
  readonly settings: ProtocolSettings;
  readonly strategy: Strategy;
  readonly random: Random;
  readonly cluster: number;
  seeds: readonly string[];
  readonly members: Members;
  self: Member;
  /** What members, former runs and definitions take, as data/view-size.ts estimates it. */
  viewBytes: number;
  /** Characters of facts among it. */
  factLength: number;
  /** What was new, by the key of the peer that told it; 0 for all who are no members. */
  readonly growthByPeer: Map<number, Growth>;
  /** The round in which something was last refused because the view is full. */
  fullRound: number;
  readonly definitions: Map<number, MetricDefinition>;
  readonly metrics: Metrics;
  /** How many records of members name a definition, and how many of the runs before; by key. */
  readonly definitionUsers: Map<number, number>;
  readonly previousUsers: Map<number, number>;
  /** Held although no record names them, with the round since when; the oldest first. */
  readonly spareDefinitions: Map<number, number>;
  /** Keys that a member's record names and nobody has explained yet; whose turn it is, first. */
  readonly unknownDefinitions: Map<number, Search>;
  /** Definitions that came up lately, told on exchanges as often as the number says. */
  readonly freshDefinitions: Map<number, number>;
  /** Values that wait to be told, for their words came after them. */
  explaining: Explaining | undefined;
  /** Id to generation of whom we forgot, oldest first. */
  readonly forgotten: Map<string, number>;
  /** What is to be said against claims that somebody we forgot lives; by id. */
  readonly staleClaims: Map<string, MemberUpdate>;
  /** The owner's counter, and what it told last of each own metric. */
  version: number;
  readonly published: (Published | undefined)[];
  /** By name, the slots of own metrics; by key, those of own facts. */
  readonly ownSlots: Map<string, number>;
  readonly ownFacts: Map<string, number>;
  /** Slots that are closed, the longest first. */
  readonly freeSlots: number[];
  /** The owner's counter when this run had said what it tells: later slots were opened since. */
  startVersion: number;
  /** By own index: when it was last sampled, whether or not that was told. */
  readonly ownSampledAt: number[];
  /** By the name of own metrics that are sampled at fixed steps: how long one may take, ms. */
  readonly staleAfterMs: ReadonlyMap<string, number>;
  /** News since the last round, pushed once on the next one. */
  pendingUpdates: News;
  readonly broadcasts: Broadcast[];
  readonly bucket: TokenBucket;
  readonly pending: Map<number, Pending>;
  nextExchange: number;
  /** Pushes that are handed to another when they are not answered soon; the oldest first. */
  readonly hedges: { readonly at: number; readonly exchange: number }[];
  /** How long an answer takes, smoothed, ms; 0 before the first. */
  answerMs: number;
  readonly suspects: Set<Member>;
  /** Members whose status or incarnation changed last in this view, the oldest change first. */
  readonly recentChanges: Set<Member>;
  /** Runs of nodes that were started anew lately, by id. */
  readonly previousRuns: Map<string, PreviousRun>;
  readonly health: LocalHealth;
  readonly neighbours: Neighbours;
  readonly counters: Counters;
  round: number;
  roundMs: number;
  nextRoundAt: number;
  /** The round in which a member, or its record, was last heard of for the first time. */
  newcomerRound: number;
  /** Highest priority that moved since the last round; 0 when nothing did. */
  importance: number;
  inboundThisRound: number;
  /** Send exact marks in the next digests, as many as this. */
  exactDigests: number;
  /** Hash of the view at the last exchange that found both views equal. */
  settledHash: number;
  digestOffset: number;
  readonly wall: Wall;
  /** Times that our outbidding of a claim to our id was outbid in turn. */
  outbid: number;
  leaving: boolean;
  /** Another node took our id. */
  replaced: boolean;
  revision: number;
  /** When the engine was last given something. */
  now: number;
  effects: Effect[];
  learned: LearnedReading[];
}

export interface EngineOptions {
  readonly settings: ProtocolSettings;
  readonly random: Random;
  readonly id: string;
  readonly generation: number;
  /** URL peers reach this node at; empty for a node that only calls out. */
  readonly address: string;
  readonly labels?: Readonly<Record<string, string>>;
  readonly definitions: readonly MetricDefinition[];
  /**
   * Without a sample for so long, ms, a metric is stale; by name. Those that are not named have no
   * period, as what users post, and never are.
   */
  readonly staleAfterMs?: ReadonlyMap<string, number>;
  /** Addresses to knock at until somebody answers, and now and then forever. */
  readonly seeds: readonly string[];
  /** PrioMon's own when absent. */
  readonly strategy?: Strategy;
  /**
   * What this node was before its memory ended. With the same `generation` it goes on as the same
   * run, which needs the same id, address, labels and definitions, and that nothing was told since.
   */
  readonly past?: Return;
}

/** The wall clock, ms; undefined before it was told. */
export const wallOf = ({ wall }: State, now: number): number | undefined =>
  wall.offsetMs === undefined ? undefined : now + wall.offsetMs;

/** Addresses to knock at that are kept at most; each contact takes one of them. */
const MAX_SEEDS = 1_024;

/** All but our own, and what no node can be reached at. */
export const callableSeeds = (seeds: readonly string[], own: string): readonly string[] =>
  [...new Set(seeds)]
    .filter((seed) => seed !== own && addressFault(seed) === undefined)
    .slice(0, MAX_SEEDS);

/** A fleet that starts at once has much to say of everybody: better in few large messages. */
const STARTING_SHARE = 0.1;

export function createState(options: EngineOptions, now: number): State {
  const { settings, random, address } = options;
  const self = createSelf(options, now);
  return {
    settings,
    strategy: options.strategy ?? PRIOMON,
    random,
    cluster: hashText(settings.cluster),
    seeds: callableSeeds(options.seeds, address),
    members: createMembersWith(self),
    self,
    viewBytes: MEMBER_BYTES,
    factLength: 0,
    growthByPeer: new Map(),
    fullRound: -1,
    ...noDefinitions(),
    forgotten: new Map(),
    staleClaims: new Map(),
    ...noMetrics(options),
    pendingUpdates: new Map(),
    broadcasts: [],
    bucket: createBucket(settings.urgentBurst * STARTING_SHARE, now),
    pending: new Map(),
    nextExchange: 1,
    ...createWatch(),
    hedges: [],
    answerMs: 0,
    ...noSuspects(),
    previousRuns: new Map(),
    health: createHealth(),
    neighbours: createNeighbours(),
    counters: createCounters(),
    round: 0,
    roundMs: settings.roundMs,
    // Spread over the first round, so that nodes started together do not call together.
    nextRoundAt: now + random.next() * settings.roundMs * 0.1,
    newcomerRound: 0,
    importance: 0,
    inboundThisRound: 0,
    exactDigests: 3,
    settledHash: 0,
    digestOffset: 0,
    wall: { offsetMs: undefined, toldMs: 0, retransmits: 0 },
    outbid: 0,
    leaving: false,
    replaced: false,
    revision: 1,
    now,
    effects: [],
    learned: [],
  };
}

function createMembersWith(self: Member): Members {
  const members = createMembers();
  members.add(self);
  return members;
}

const noDefinitions = () => ({
  definitions: new Map<number, MetricDefinition>(),
  metrics: new WeakMap(),
  definitionUsers: new Map<number, number>(),
  previousUsers: new Map<number, number>(),
  spareDefinitions: new Map<number, number>(),
  unknownDefinitions: new Map<number, Search>(),
  freshDefinitions: new Map<number, number>(),
  explaining: undefined,
});

const noSuspects = () => ({ suspects: new Set<Member>(), recentChanges: new Set<Member>() });

const noMetrics = ({ staleAfterMs = new Map() }: EngineOptions) => ({
  version: 0,
  published: [],
  ownSlots: new Map<string, number>(),
  ownFacts: new Map<string, number>(),
  freeSlots: [],
  startVersion: 0,
  ownSampledAt: [],
  staleAfterMs,
});

const createSelf = ({ id, generation, address }: EngineOptions, now: number): Member =>
  createMember(
    { id, generation, incarnation: 0, status: 'alive', address, ageMs: 0, confirmers: [] },
    now,
  );
