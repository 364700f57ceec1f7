// A peer that did not answer is probed through others before it is accused (SWIM, section 3.1).

import type { ExchangeFailure } from '../../effects.ts';
import { isBusy, send, sendTo } from '../../exchange/send.ts';
import type { Pending } from '../../exchange/state.ts';
import { hashNumbers } from '../../hash.ts';
import type { State } from '../../state.ts';
import type { Acknowledgement, Ping, PingRequest } from '../../wire/messages.ts';
import { isLive, type Member, type SeenMember } from '../member.ts';
import { isLossy, isUnwell, recordOutcome, wasLateSince, worsen } from './local-health.ts';
import { type IndirectProbe, stopWatching } from './probes.ts';
import { accuse, isConfirmed, lookDueAt } from './suspicion-spread.ts';

/** Nodes that ask a fresh suspect for themselves, on average: second opinions. */
const SECOND_OPINIONS = 4;
/** Members looked after at once; each takes a look through all that could help. */
export const MAX_LOOKS = 8;

/** An exchange with a member brought no answer. */
export function noteFailure(
  state: State,
  pending: Pending,
  failure: ExchangeFailure,
  now: number,
): void {
  const { member } = pending;
  // Who leaves watches over nobody any more.
  if (state.leaving || member === undefined || !isLive(member)) return;
  if (state.members.byKey.get(member.key) !== member) return;
  // Pushes are hedged: that one is late says nothing of us, and lost ones raise no suspicion, for
  // they tell of suspicions themselves.
  const isPush = pending.purpose === 'push';
  // Only a time-out can be our own fault; a refusal is an answer of the other machine.
  if (failure === 'timeout' && !isPush) {
    worsen(state.health);
    const isRound = pending.purpose === 'round' && member.status === 'alive';
    if (isRound) recordOutcome(state.health, false);
    if (wasLateSince(state.health, pending.startedAt)) return;
  }
  if (failure === 'timeout' && isPush) return;
  // It gave a sign of life since: this question got lost, or its answer.
  if (member.heardAt > pending.startedAt) return;
  // Somebody accused it already, or is about to: rounds tell how that ends.
  if (member.status === 'suspect' || wasSilentFor(state, member, now)) return;
  probeThroughOthers(state, member, { silentSince: now }, now);
}

interface Occasion {
  readonly silentSince: number;
  readonly helpers?: number;
  /** The member itself was asked a moment ago. */
  readonly wasAsked?: boolean;
}

/**
 * Asks some others, and the member itself once more. Where no question could leave, nobody is asked
 * and nobody accused.
 */
export function probeThroughOthers(
  state: State,
  member: Member,
  { silentSince, helpers = state.settings.indirectProbes, wasAsked = false }: Occasion,
  now: number,
): void {
  // Those whom nobody can call are watched by their signs of life.
  if (state.probes.has(member) || member.address === '') return;
  if (isBusy(state)) {
    state.counters.exchangesUnsent++;
    return;
  }
  const { cluster, self, members } = state;
  const probe = { startedAt: now, silentSince, outstanding: 0, confirmers: new Set<number>() };
  state.probes.set(member, probe);
  const others = helpersFor(state, member, helpers);
  const message: PingRequest = {
    kind: 'ping_request',
    cluster,
    from: self.key,
    target: member.key,
  };
  for (const helper of others) {
    const details = { subject: member, probe };
    const sent = send(state, members.own(helper), message, 'ping_request', now, details);
    if (sent) probe.outstanding++;
  }
  if (!wasAsked && ping(state, member, now, { probe })) probe.outstanding++;
  // Where there is nobody to help, the question that failed has to do; where there is no room for
  // questions, silence proves nothing.
  if (probe.outstanding > 0 || others.length === 0) conclude(state, member, probe, now);
  else state.probes.delete(member);
}

/**
 * Who is asked about a member: all who miss it ask the same few, who then ask it once. Others are
 * asked after its next incarnation, should these have found it silent for a fault of their own.
 */
function helpersFor({ members, self }: State, subject: Member, count: number): SeenMember[] {
  const { key, incarnation, suspicion } = subject;
  const first: { readonly helper: SeenMember; readonly turn: number }[] = [];
  if (count === 0) return [];
  // One pass without a list of all: many members may have to be asked for in one turn.
  for (const helper of members.byId.values()) {
    if (helper === self || helper === subject || helper.status !== 'alive') continue;
    if (helper.address === '') continue;
    // Whoever found it silent once is not asked again.
    if (suspicion?.confirmers.has(helper.key) === true) continue;
    const turn = hashNumbers(helper.key, key, incarnation);
    if (first.length === count && turn >= (first.at(-1)?.turn ?? 0)) continue;
    first.push({ helper, turn });
    first.sort((a, b) => a.turn - b.turn);
    if (first.length > count) first.pop();
  }
  return first.map(({ helper }) => helper);
}

/** A short question whether a member is there. */
export function ping(
  state: State,
  member: Member,
  now: number,
  details: Partial<Pending> = {},
): number {
  const { cluster, self } = state;
  const message: Ping = { kind: 'ping', cluster, from: self.key, target: member.key };
  state.counters.pingsSent++;
  return send(state, member, message, 'ping', now, details);
}

/** One of the questions of a probe ended; `isConfirmer`: its helper asked the member, in vain. */
export function noteProbeEnd(
  state: State,
  { probe, subject, member, brokeAt }: Pending,
  isConfirmer: boolean,
  now: number,
): void {
  const probed = subject ?? member;
  if (probed === undefined) return;
  if (probe === undefined) {
    if (brokeAt === undefined || probed.heardAt > brokeAt || probed.status !== 'alive') return;
    probeThroughOthers(state, probed, { silentSince: brokeAt, wasAsked: true }, now);
    return;
  }
  if (state.probes.get(probed) !== probe) return;
  probe.outstanding--;
  if (isConfirmer && member !== undefined) probe.confirmers.add(member.key);
  conclude(state, probed, probe, now);
}

function conclude(state: State, member: Member, probe: IndirectProbe, now: number): void {
  if (member.heardAt > probe.startedAt) {
    state.probes.delete(member);
    return;
  }
  if (probe.outstanding > 0) return;
  state.probes.delete(member);
  if (wasLateSince(state.health, probe.startedAt)) return;
  accuse(state, member, probe, now);
}

/** Whether it left a question unanswered that we asked for another, a moment ago. */
const wasSilentFor = ({ silent, settings }: State, member: Member, now: number): boolean =>
  now - (silent.get(member) ?? Number.NEGATIVE_INFINITY) <= 2 * settings.exchangeTimeoutMs;

/** A member answered for itself, or somebody heard it for us. */
export function noteAlive(state: State, member: Member, now: number): void {
  member.heardAt = Math.max(member.heardAt, now);
  stopWatching(state, member);
}

/**
 * The refutation may have got lost on its way here: who is to declare a death looks once more
 * before. The others hear of it, or look when nobody declares it. Of many that are due, some have
 * to wait for the next wake, which comes at once.
 */
export function lookForSuspects(state: State, now: number): void {
  let looks = 0;
  for (const suspect of [...state.suspects]) {
    if (suspect.suspicion === undefined || lookDueAt(state, suspect) > now) continue;
    if (looks++ >= MAX_LOOKS && !isBusy(state)) return;
    suspect.suspicion.looked = true;
    if (state.leaving || state.replaced) continue;
    const { startedAt: silentSince } = suspect.suspicion;
    const isSure = isConfirmed(suspect.suspicion) && !isLossy(state.health);
    // Others asked in vain before; a refutation that got lost shows by our own question.
    const few = isSure ? { helpers: 0 } : {};
    probeThroughOthers(state, suspect, { silentSince, ...few }, now);
  }
}

/**
 * A peer asks us to probe somebody: its answer waits for ours. Only members are probed, where we
 * know them to be, or strangers could make us call anybody.
 */
export function relayPing(state: State, request: PingRequest, token: number, now: number): void {
  const { cluster, self, members } = state;
  const subject = members.byKey.get(request.target);
  if (subject !== undefined && wasSilentFor(state, subject, now)) {
    return acknowledge(state, token, { alive: false });
  }
  for (const { purpose, member, tokens } of state.pending.values()) {
    if (purpose !== 'relay' || member === undefined || member !== subject) continue;
    tokens?.push(token);
    return;
  }
  const message: Ping = { kind: 'ping', cluster, from: self.key, target: request.target };
  state.counters.pingsSent++;
  const details = { tokens: [token], ...(subject && { member: subject }) };
  const sent = sendTo(state, subject?.address ?? '', message, 'relay', now, details);
  if (!sent) acknowledge(state, token, { alive: false, unasked: true });
}

/** How a ping for another ended: in vain counts only where it was no fault of our own. */
export function noteRelayEnd(
  state: State,
  { tokens = [], member, startedAt }: Pending,
  { alive, failure }: { readonly alive: boolean; readonly failure?: ExchangeFailure },
  now: number,
): void {
  const { health, silent } = state;
  const isOurFault = failure === 'closed' || isUnwell(health) || wasLateSince(health, startedAt);
  const isUnasked = isOurFault && !alive;
  if (member !== undefined && !alive && !isOurFault) silent.set(member, now);
  for (const token of tokens) {
    acknowledge(state, token, { alive, ...(isUnasked && { unasked: true }) });
  }
}

export function acknowledge(
  state: State,
  token: number,
  answer: Pick<Acknowledgement, 'alive' | 'unasked'>,
): void {
  const message: Acknowledgement = { kind: 'ack', from: state.self.key, ...answer };
  state.effects.push({ type: 'answer', token, message });
}

/**
 * Where a suspicion rests on few, a few of those who hear of it look for themselves: those whom
 * the suspect's key chooses.
 */
export function giveSecondOpinions(state: State, members: Iterable<Member>, now: number): void {
  const { self, members: all } = state;
  for (const member of members) {
    const { suspicion } = member;
    if (suspicion === undefined || member === self || isConfirmed(suspicion)) continue;
    if (suspicion.confirmers.has(self.key)) continue;
    const share = hashNumbers(self.key, member.key, member.incarnation) / 2 ** 32;
    if (share >= SECOND_OPINIONS / Math.max(1, all.live - 2)) continue;
    probeThroughOthers(state, member, { silentSince: suspicion.startedAt }, now);
  }
}
