// A peer that did not answer is probed through others before it is accused (SWIM, section 3.1).

import type { ExchangeFailure } from './effects.ts';
import { wasLateSince, worsen } from './health.ts';
import { isLive, type Member } from './member.ts';
import { accuse, deathDueAt } from './membership.ts';
import { reachable } from './neighbours.ts';
import { sample } from './random.ts';
import { isBusy, send, sendTo } from './send.ts';
import type { Pending, State } from './state.ts';
import type { Acknowledgement, Ping, PingRequest } from './wire.ts';

/** Nodes that ask a fresh suspect for themselves, on average: second opinions. */
const SECOND_OPINIONS = 4;
/** How long before its end a suspect is looked for, in time-outs; a probe through others has 2. */
const LOOK_EXCHANGES = 2;
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
  // Only a time-out can be our own fault; a refusal is an answer of the other machine.
  if (failure === 'timeout') {
    worsen(state.health);
    if (wasLateSince(state.health, pending.startedAt)) return;
  }
  member.failures++;
  // Pushes tell of suspicions: were a lost one to raise another, there would be no end.
  if (failure === 'timeout' && pending.purpose === 'push') return;
  probeThroughOthers(state, member, now);
}

/**
 * Asks some others, and the member itself once more. Where no question could leave, nobody is asked
 * and nobody accused.
 */
export function probeThroughOthers(state: State, member: Member, now: number): void {
  if (state.probes.has(member) || isBusy(state)) return;
  const { settings, random, cluster, self, members } = state;
  const probe = { startedAt: now, outstanding: 0 };
  state.probes.set(member, probe);
  const others = reachable(members, self).filter((m) => m !== member && m.status === 'alive');
  const message: PingRequest = {
    kind: 'ping_request',
    cluster,
    from: self.key,
    target: member.key,
  };
  for (const helper of sample(random, others, settings.indirectProbes)) {
    const sent = send(state, members.own(helper), message, 'ping_request', now, {
      subject: member,
    });
    if (sent) probe.outstanding++;
  }
  if (ping(state, member, now)) probe.outstanding++;
  conclude(state, member, now);
}

/** A short question whether a member is there. */
export function ping(state: State, member: Member, now: number, token?: number): boolean {
  const { cluster, self } = state;
  const message: Ping = { kind: 'ping', cluster, from: self.key, target: member.key };
  state.counters.pingsSent++;
  return send(state, member, message, 'ping', now, token === undefined ? {} : { token });
}

/** One of the probes of a member ended. */
export function noteProbeEnd(state: State, member: Member, now: number): void {
  const probe = state.probes.get(member);
  if (probe === undefined) return;
  probe.outstanding--;
  conclude(state, member, now);
}

function conclude(state: State, member: Member, now: number): void {
  const probe = state.probes.get(member);
  if (probe === undefined) return;
  if (member.heardAt > probe.startedAt) {
    state.probes.delete(member);
    return;
  }
  if (probe.outstanding > 0) return;
  state.probes.delete(member);
  if (wasLateSince(state.health, probe.startedAt)) return;
  accuse(state, member, now);
}

/** A member answered for itself, or somebody heard it for us. */
export function noteAlive(state: State, member: Member, now: number): void {
  member.heardAt = Math.max(member.heardAt, now);
  member.failures = 0;
  state.probes.delete(member);
}

/** When to look for a suspect ourselves, once, before its time is over. */
export const lookDueAt = (state: State, suspect: Member): number =>
  suspect.suspicion === undefined || suspect.suspicion.looked
    ? Number.POSITIVE_INFINITY
    : deathDueAt(state, suspect) - LOOK_EXCHANGES * state.settings.exchangeTimeoutMs;

/**
 * The refutation may have got lost on its way here. Where others confirmed the suspicion meanwhile,
 * its time is over at once and nobody looks again. Of many that are due, some have to wait for the
 * next wake, which comes at once.
 */
export function lookForSuspects(state: State, now: number): void {
  let looks = 0;
  for (const suspect of [...state.suspects]) {
    if (suspect.suspicion === undefined || lookDueAt(state, suspect) > now) continue;
    if (looks++ >= MAX_LOOKS && !isBusy(state)) return;
    suspect.suspicion.looked = true;
    if (!state.leaving && !state.replaced) probeThroughOthers(state, suspect, now);
  }
}

/**
 * A peer asks us to probe somebody: its answer waits for ours. Only members are probed, where we
 * know them to be, or strangers could make us call anybody.
 */
export function relayPing(state: State, request: PingRequest, token: number, now: number): void {
  const { cluster, self, members } = state;
  const address = members.byKey.get(request.target)?.address ?? '';
  const message: Ping = { kind: 'ping', cluster, from: self.key, target: request.target };
  state.counters.pingsSent++;
  const sent = sendTo(state, address, message, 'relay', now, { token });
  if (!sent) acknowledge(state, token, false);
}

export function acknowledge(state: State, token: number, alive: boolean): void {
  const message: Acknowledgement = { kind: 'ack', from: state.self.key, alive };
  state.effects.push({ type: 'answer', token, message });
}

/** A few of those who hear of a suspicion look for themselves, so that it does not rest on one. */
export function giveSecondOpinions(state: State, members: Iterable<Member>, now: number): void {
  for (const member of members) {
    if (member.status !== 'suspect' || member === state.self) continue;
    if (member.suspicion?.accusers.has(state.self.key)) continue;
    const chance = SECOND_OPINIONS / Math.max(1, state.members.byId.size - 2);
    if (state.random.next() < chance) probeThroughOthers(state, member, now);
  }
}
