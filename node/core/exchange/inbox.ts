// Messages of peers, and exchanges of ours that ended: each to the part that it concerns.

import { addNews, keepPending } from '../broadcast/pending.ts';
import { handOverAgain, spread } from '../broadcast/tree.ts';
import { absorb, type Urgent } from '../data/merge.ts';
import type { ExchangeFailure } from '../effects.ts';
import { memberKey } from '../hash.ts';
import { recordOutcome } from '../membership/detection/local-health.ts';
import {
  acknowledge,
  giveSecondOpinions,
  noteAlive,
  noteFailure,
  noteProbeEnd,
  noteRelayEnd,
  relayPing,
} from '../membership/detection/probing.ts';
import { highestGeneration } from '../membership/generation.ts';
import { noteDuplicate, settleDuplicate } from '../membership/identity.ts';
import type { MemberUpdate } from '../membership/member.ts';
import { wallOf } from '../membership/state.ts';
import type { State } from '../state.ts';
import type { Acknowledgement, Push, Request, Response } from '../wire/messages.ts';
import { answerExchange } from './answer.ts';
import { takeAnswer } from './conversation.ts';
import type { Pending } from './state.ts';

/** What one answer counts in the usual time of answers. */
const ANSWER_SHARE = 1 / 16;

export function takeRequest(state: State, message: Request, token: number, now: number): void {
  const sender = state.members.byKey.get(message.from);
  if (sender !== undefined && sender !== state.self) noteAlive(state, sender, now);
  noteDuplicate(state, message);
  switch (message.kind) {
    case 'exchange': {
      const answer = answerExchange(state, message, now);
      state.effects.push({ type: 'answer', token, message: answer });
      return;
    }
    case 'push':
      takePush(state, message, now);
      return acknowledge(state, token, { alive: true });
    case 'ping':
      return acknowledge(state, token, { alive: message.target === state.self.key });
    case 'ping_request':
      return relayPing(state, message, token, now);
  }
}

/** What the sender says of itself, if anything. */
function ownStatement(message: Request): MemberUpdate | undefined {
  const updates = 'updates' in message ? message.updates : [];
  return updates.find(({ id, generation }) => memberKey(id, generation) === message.from);
}

/** Where the sender says, or said, that it is reached; empty when it never did. */
export const senderAddress = ({ members }: State, message: Request): string =>
  ownStatement(message)?.address ?? members.find(message.from)?.address ?? '';

/** Whether the sender's own clock is so far ahead that nobody believes its generation. */
export const isSenderAhead = (state: State, message: Request, now: number): boolean =>
  (ownStatement(message)?.generation ?? 0) > highestGeneration(wallOf(state, now));

function takePush(state: State, push: Push, now: number): void {
  const urgent = absorb(state, push, undefined, push.from, now);
  if (push.keyRange !== undefined) passOnAll(state, push, urgent);
  spread(state, urgent, push.from, push.keyRange, now);
  giveSecondOpinions(state, urgent.updates, now);
}

/** A key range is carried out even for what came here by another way before. */
function passOnAll(state: State, push: Push, urgent: Urgent): void {
  for (const { ref, from } of push.chunks) {
    const member = state.members.byKey.get(ref);
    if (member !== undefined) addNews(urgent.chunks, member, from);
  }
  for (const { id, generation } of push.updates) {
    const member = state.members.byId.get(id);
    if (member?.generation === generation && member !== state.self) urgent.updates.add(member);
  }
}

export function takeResponse(state: State, exchange: number, message: Response, now: number): void {
  const pending = state.pending.get(exchange);
  if (pending === undefined) return;
  state.pending.delete(exchange);
  state.counters.exchangesAnswered++;
  const tookMs = now - pending.startedAt;
  state.answerMs += (tookMs - state.answerMs) * (state.answerMs === 0 ? 1 : ANSWER_SHARE);
  if (pending.purpose === 'round') recordOutcome(state.health, true);
  // Somebody else lives at that address now: for the member we meant that is no answer.
  const impostor = pending.member !== undefined && message.from !== pending.member.key;
  if (!impostor && pending.member !== undefined) noteAlive(state, pending.member, now);
  if (message.kind === 'answer') takeAnswer(state, pending, message, now);
  else takeAcknowledgement(state, pending, message, now);
  // A ping that met one is a probe that ended; another would meet it again.
  if (impostor && pending.purpose !== 'ping') noteFailure(state, pending, 'refused', now);
}

function takeAcknowledgement(
  state: State,
  pending: Pending,
  { alive, unasked }: Acknowledgement,
  now: number,
): void {
  const { purpose, subject, duplicate } = pending;
  if (purpose === 'relay') noteRelayEnd(state, pending, { alive }, now);
  if (purpose === 'ping_request') {
    if (alive && subject !== undefined) noteAlive(state, subject, now);
    noteProbeEnd(state, pending, !alive && unasked !== true, now);
  }
  if (duplicate !== undefined) settleDuplicate(state, pending, alive, now);
  else if (purpose === 'ping') noteProbeEnd(state, pending, false, now);
}

/** Nothing went out, for this node has too much under way: that is nobody else's silence. */
function noteUnsent(state: State, { member, subject, news, broadcast }: Pending): void {
  const probed = subject ?? member;
  if (probed !== undefined) state.probes.delete(probed);
  for (const lost of [news, broadcast?.chunks]) if (lost !== undefined) keepPending(state, lost);
}

/** A node answered, if not to the question: it is alive, and nobody is accused for a release. */
function noteOtherVersion(state: State, pending: Pending, now: number): void {
  const { purpose, member, subject, duplicate, news, broadcast, keyRange, tried = [] } = pending;
  state.counters.exchangesOtherVersion++;
  if (member !== undefined) noteAlive(state, member, now);
  if (purpose === 'relay') return noteRelayEnd(state, pending, { alive: true }, now);
  if (duplicate !== undefined) return settleDuplicate(state, pending, true, now);
  if (purpose === 'ping_request' && subject !== undefined) {
    return noteProbeEnd(state, pending, false, now);
  }
  if (news !== undefined) keepPending(state, news);
  if (purpose === 'push' && broadcast !== undefined && keyRange !== undefined) {
    handOverAgain(state, broadcast, keyRange, tried, now);
  }
}

export function takeFailure(
  state: State,
  exchange: number,
  failure: ExchangeFailure,
  now: number,
): void {
  const pending = state.pending.get(exchange);
  if (pending === undefined) return;
  state.pending.delete(exchange);
  state.counters.exchangesFailed++;
  const { purpose } = pending;
  if (failure === 'other_version') return noteOtherVersion(state, pending, now);
  if (purpose === 'relay') return noteRelayEnd(state, pending, { alive: false, failure }, now);
  if (failure === 'closed') return noteUnsent(state, pending);
  if (pending.duplicate !== undefined) return settleDuplicate(state, pending, false, now);
  // A probe that fails starts no other: in a bad network one would set off ever more.
  if (purpose === 'ping' || purpose === 'ping_request') {
    return noteProbeEnd(state, pending, false, now);
  }
  noteFailure(state, pending, failure, now);
  if (pending.news !== undefined) keepPending(state, pending.news);
  if (purpose === 'push' && pending.broadcast !== undefined && pending.keyRange !== undefined) {
    handOverAgain(state, pending.broadcast, pending.keyRange, pending.tried ?? [], now);
  }
}
