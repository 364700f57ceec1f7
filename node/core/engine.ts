// The protocol as one function: handle(input, now) → effects. No clock, no chance, no I/O of its
// own; the HTTP node and the simulator run this same code.

import { announce, broadcastOwn } from './broadcast/pending.ts';
import { flush, flushDueAt, hedge, hedgeDueAt } from './broadcast/tree.ts';
import {
  type FactFault,
  factFault,
  type OwnFact,
  publishFact,
  type StandingFact,
  standingFacts,
} from './data/facts/facts.ts';
import { endKeptFact } from './data/facts/kept-facts.ts';
import { explainingDueAt, goOnExplaining } from './data/learned.ts';
import { defineAll, endMetrics, openMetric } from './data/publishing/open.ts';
import { takeSamples } from './data/publishing/owner.ts';
import type { Effect, Input } from './effects.ts';
import {
  isSenderAhead,
  senderAddress,
  takeFailure,
  takeRequest,
  takeResponse,
} from './exchange/inbox.ts';
import { hurryRound, runRound, takeSeeds } from './exchange/rounds.ts';
import { takeClock } from './membership/clock.ts';
import {
  brokenDueAt,
  lookAfterBroken,
  noteBroken,
} from './membership/detection/broken-connections.ts';
import { recordLateness } from './membership/detection/local-health.ts';
import { lookForSuspects } from './membership/detection/probing.ts';
import { deathDueAt, expireSuspects, lookDueAt } from './membership/detection/suspicion-spread.ts';
import { type ForgetFault, forgetEverywhere, forgetFault } from './membership/forgetting.ts';
import { raiseIncarnation } from './membership/identity.ts';
import { changeStatus } from './membership/roster.ts';
import type { ClusterView, LeaveNotice } from './model.ts';
import type { EngineOptions } from './options.ts';
import { restore } from './snapshot/restore.ts';
import { createState, type State } from './state.ts';
import type { Counters } from './stats.ts';
import { createView } from './view.ts';
import type { Request } from './wire/messages.ts';

/** The event loop counts as late from here on; below it is ordinary jitter. */
const LATE_MS = 100;

export interface EngineStatus {
  readonly counters: Readonly<Counters>;
  readonly round: number;
  readonly roundMs: number;
  readonly healthScore: number;
  readonly pending: number;
  /** Slots of this node that hold facts: metrics have the others. */
  readonly factCount: number;
}

export interface Engine {
  /** Feeds one input; `now` is monotonic ms and never goes back. */
  handle(input: Input, now: number): Effect[];
  /** The address of who sent a message, by its own word; empty when it never told one. */
  senderAddress(message: Request): string;
  /** Whether it tells of itself a generation that nobody believes: its clock is far ahead. */
  isSenderAhead(message: Request, now: number): boolean;
  /** Why a fact cannot be published; undefined when it can. */
  factFault(fact: OwnFact): FactFault | undefined;
  /** What this node tells: its own facts, and those that it keeps for others. */
  facts(): StandingFact[];
  /** Why a member cannot be forgotten everywhere; undefined when it can. */
  forgetFault(id: string): ForgetFault | undefined;
  /** When the next `wake` is due. */
  nextWakeAt(): number;
  readonly view: ClusterView;
  /** Names this cluster on the wire. */
  readonly cluster: number;
  status(): EngineStatus;
  /** The state itself, for the simulator's invariants; nobody else looks. */
  readonly state: State;
}

export type { EngineOptions };

export function createEngine(options: EngineOptions, now: number): Engine {
  const state = createState(options, now);
  if (options.past !== undefined) restore(state, options.past, now);
  let wokenAt = now;
  defineAll(state, options.definitions, options.labels ?? {}, now);
  return {
    state,
    view: createView(state),
    cluster: state.cluster,
    senderAddress: (message) => senderAddress(state, message),
    isSenderAhead: (message, at) => isSenderAhead(state, message, at),
    factFault: (fact) => factFault(state, fact),
    facts: () => standingFacts(state),
    forgetFault: (id) => forgetFault(state, id),
    nextWakeAt: () => nextWakeAt(state, wokenAt),
    status: () => ({
      counters: state.counters,
      round: state.round,
      roundMs: state.roundMs,
      healthScore: state.health.score,
      pending: state.pending.size,
      factCount: state.ownFacts.size,
    }),
    handle(input, at) {
      state.effects = [];
      state.now = at;
      state.learned = [];
      if (input.type === 'wake') wokenAt = at;
      handleInput(state, input, at);
      goOnExplaining(state, at);
      flush(state, at);
      hurryRound(state, at);
      if (state.learned.length > 0) {
        state.effects.push({ type: 'learned', readings: state.learned });
      }
      return state.effects;
    },
  };
}

/** To look through so many suspects after every input would take longer than the input. */
const MANY_SUSPECTS = 64;
/** Theirs is looked at this often instead, ms. */
const GLANCE_MS = 100;

function nextWakeAt(state: State, wokenAt: number): number {
  let at = state.leaving || state.replaced ? Number.POSITIVE_INFINITY : state.nextRoundAt;
  at = Math.min(at, flushDueAt(state), brokenDueAt(state), hedgeDueAt(state));
  at = Math.min(at, explainingDueAt(state));
  if (state.suspects.size > MANY_SUSPECTS) return Math.min(at, wokenAt + GLANCE_MS);
  for (const suspect of state.suspects) {
    const isLooked = suspect.suspicion?.looked === true;
    at = Math.min(at, isLooked ? deathDueAt(state, suspect) : lookDueAt(state, suspect));
  }
  return at;
}

function handleInput(state: State, input: Input, now: number): void {
  switch (input.type) {
    case 'wake':
      return wake(state, now);
    case 'samples':
      return takeSamples(state, input.readings, now);
    case 'define':
      return openMetric(state, input, now);
    case 'end_metrics':
      return endMetrics(state, input.names, now);
    case 'fact':
      return publishFact(state, input, now);
    case 'end_fact':
      return endKeptFact(state, input.key, now);
    case 'forget':
      return forgetEverywhere(state, input.id, now);
    case 'request':
      return takeRequest(state, input.message, input.token, now);
    case 'response':
      return takeResponse(state, input.exchange, input.message, now);
    case 'failure':
      return takeFailure(state, input.exchange, input.failure, now);
    case 'disconnected':
      return noteBroken(state, input.address, now);
    case 'late':
      return noteLate(state, input.lateMs, now);
    case 'clock':
      return takeClock(state, input.wallMs, now);
    case 'seeds':
      return takeSeeds(state, input.addresses, now);
    case 'moved':
      return move(state, input.address, now);
    case 'leave':
      return leave(state, input.notice, now);
  }
}

function wake(state: State, now: number): void {
  expireSuspects(state, now);
  lookForSuspects(state, now);
  lookAfterBroken(state, now);
  hedge(state, now);
  if (state.leaving || state.replaced) return;
  if (now >= state.nextRoundAt) runRound(state, now);
}

function noteLate(state: State, lateMs: number, now: number): void {
  if (lateMs < LATE_MS) return;
  recordLateness(state.health, lateMs, now);
  for (const { suspicion } of state.suspects) {
    if (suspicion !== undefined) suspicion.graceMs += lateMs;
  }
}

/** Peers take the new address from an update that outbids the one before. */
function move(state: State, address: string, now: number): void {
  if (state.leaving || state.replaced || state.self.address === address) return;
  state.self.address = address;
  const self = raiseIncarnation(state, state.self.incarnation, now);
  broadcastOwn(state, new Map(), [self]);
}

/** Says goodbye, so that nobody takes the silence for a death. */
function leave(state: State, notice: LeaveNotice, now: number): void {
  const { self, members } = state;
  if (state.leaving) return;
  state.leaving = true;
  // The id is another's, which must not be taken for gone.
  if (state.replaced) return;
  changeStatus(members, self, () => {
    self.status = 'left';
  });
  self.statusSince = now;
  self.leave = notice;
  announce(state, self, 'left');
  broadcastOwn(state, new Map(), [self]);
}
