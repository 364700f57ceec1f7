// What a node holds of all nodes' metrics and facts, and what it tells of its own.

import type { Growth, LearnedReading } from '../effects.ts';
import type { SeenMember } from '../membership/member.ts';
import type { MetricDefinition } from '../model.ts';
import type { EngineOptions } from '../options.ts';
import type { Published } from './publishing/publishing-rule.ts';
import type { SeriesCard } from './slots.ts';
import { MEMBER_BYTES } from './view-size.ts';

/** How the search for an unknown definition went. */
export interface Search {
  /** Peers that answered and could not explain it. */
  vain: number;
  /** The round of the last of these answers. */
  askedRound: number;
}

/** Values that wait to be told, by the keys of the definitions that explain them. */
export interface Explaining {
  readonly keys: ReadonlySet<number>;
  /** Those that are not looked through yet. */
  readonly members: Iterator<SeenMember>;
  /** Explained meanwhile: their turn comes when these are done. */
  readonly later: Set<number>;
  /** When to go on. */
  dueAt: number;
}

/** A node that was taken over by a later run of itself. */
export interface PreviousRun {
  readonly member: SeenMember;
  readonly replacedAt: number;
}

/** By card: what it stands for, as long as its family is this one. */
export type Metrics = WeakMap<SeriesCard, { family: MetricDefinition; metric: MetricDefinition }>;

export interface DataState {
  /** What members, previous runs and definitions take, as data/view-size.ts estimates it. */
  viewBytes: number;
  /** Characters of facts among it, as keep.ts counts them. */
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
  /** The owner's counter, and what it told last of each own metric. */
  version: number;
  /** The owner's counter when this run had said what it tells: later slots were opened since. */
  startVersion: number;
  readonly published: (Published | undefined)[];
  /** By name, the slots of own metrics; by key, those of own facts. */
  readonly ownSlots: Map<string, number>;
  readonly ownFacts: Map<string, number>;
  /** Slots that are closed, the longest first. */
  readonly freeSlots: number[];
  /** By own index: when it was last sampled, whether or not that was told. */
  readonly ownSampledAt: number[];
  /** By the name of own metrics that are sampled at fixed steps: how long one may take, ms. */
  readonly staleAfterMs: ReadonlyMap<string, number>;
  /** Runs of nodes that were started anew lately, by id. */
  readonly previousRuns: Map<string, PreviousRun>;
  learned: LearnedReading[];
}

export const createDataState = ({ staleAfterMs = new Map() }: EngineOptions): DataState => ({
  viewBytes: MEMBER_BYTES,
  factLength: 0,
  growthByPeer: new Map(),
  fullRound: -1,
  definitions: new Map(),
  metrics: new WeakMap(),
  definitionUsers: new Map(),
  previousUsers: new Map(),
  spareDefinitions: new Map(),
  unknownDefinitions: new Map(),
  freshDefinitions: new Map(),
  explaining: undefined,
  version: 0,
  startVersion: 0,
  published: [],
  ownSlots: new Map(),
  ownFacts: new Map(),
  freeSlots: [],
  ownSampledAt: [],
  staleAfterMs,
  previousRuns: new Map(),
  learned: [],
});
