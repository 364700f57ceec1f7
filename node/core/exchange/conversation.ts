// An exchange as its starter sees it: the request of a round, the answer merged, and a further
// request at once when much is missing on either side.

import { keepPending } from '../broadcast/pending.ts';
import type { News } from '../broadcast/state.ts';
import { spread } from '../broadcast/tree.ts';
import {
  definitionsFor,
  definitionsOf,
  hasManyUnasked,
  noteVainSearch,
  searchedAt,
} from '../data/definitions.ts';
import { isFull } from '../data/growth.ts';
import { absorb } from '../data/merge.ts';
import { noteSkew } from '../membership/clock.ts';
import { improve } from '../membership/detection/local-health.ts';
import { beats, isLive, type Member } from '../membership/member.ts';
import type { State } from '../state.ts';
import type { Answer } from '../wire/messages.ts';
import { keyRangeFor, MUCH_VERSIONS } from './answer.ts';
import { readKeyDigest, readRosterDigest, type Theirs } from './digest-read.ts';
import { buildRequest, type Extra } from './request.ts';
import { send, sendTo } from './send.ts';
import type { Pending, Purpose } from './state.ts';

/** Requests of one conversation while the budget keeps cutting it short. */
const MAX_DEPTH = 24;
/** Further requests for other reasons. */
const MAX_REPAIRS = 2;

/** Starts an exchange with a member, or with whoever answers at an address. */
export function startExchange(
  state: State,
  peer: Member | undefined,
  address: string,
  purpose: Purpose,
  extra: Extra,
  now: number,
  depth = 0,
): void {
  const known = peer !== undefined && state.members.byKey.get(peer.key) === peer ? peer : undefined;
  const message = buildRequest(state, known, extra, now);
  const details = { depth, news: extra.news, searched: message.wants?.definitions ?? [] };
  const exchange =
    known === undefined
      ? sendTo(state, address, message, purpose, now, details)
      : send(state, known, message, purpose, now, details);
  if (!exchange) keepPending(state, extra.news);
}

/** Merges the answer of a peer, and asks again when that is worth a trip. */
export function takeAnswer(state: State, pending: Pending, answer: Answer, now: number): void {
  const { members } = state;
  const roster = answer.byKey ? undefined : members.rosterByHash(pending.rosterHash);
  const before = members.byKey.get(answer.from);
  const gaps = state.counters.runsWithGap;
  const learned = learnedSoFar(state);
  const urgent = absorb(state, answer, roster, answer.from, now);
  const keyRange = keyRangeFor(state, before, answer.updates);
  spread(state, urgent, answer.from, keyRange, now);
  const peer = members.byKey.get(answer.from);
  if (peer === state.self) return;
  if (peer !== undefined) {
    peer.heardAt = now;
    noteSkew(state, peer, answer.wallMs, now);
  }
  improve(state.health);
  if (state.exactDigests > 0) state.exactDigests--;
  // The peer misread our digest: a stretch of it is too short for its hash to show that.
  const misread = answer.exact || state.counters.runsWithGap > gaps;
  if (answer.unreadable || misread) state.exactDigests = Math.max(1, state.exactDigests);
  state.settledHash = answer.same ? members.dataHash : -1;
  // What was cut comes with the next answer; who is busy looked for nothing.
  if (!answer.more && !answer.busy) noteVainSearch(state, pending.searched ?? []);
  // What did not fit into this answer fits into no other of this budget.
  const isStuck = answer.more && learnedSoFar(state) === learned;
  followUp(state, pending, isStuck ? { ...answer, more: false } : answer, peer, now);
}

const learnedSoFar = ({ counters }: State): number =>
  counters.entriesLearned + counters.definitionsLearned + counters.membersLearned;

function followUp(
  state: State,
  pending: Pending,
  answer: Answer,
  peer: Member | undefined,
  now: number,
): void {
  const theirs = answer.digest && readAnswerDigest(state, pending, answer);
  const gap = theirs === undefined ? 0 : versionsApart(theirs);
  // A readable roster whose digest comes back means that we sent none: nothing was compared yet.
  const blind = answer.digest !== undefined && !answer.unreadable;
  const much = gap >= (blind ? 1 : MUCH_VERSIONS) || answer.unreadable || answer.exact;
  const pulls = state.strategy.direction === 'pull';
  const news: News = much && theirs && !pulls ? newsFrom(theirs) : new Map();
  const updates = new Set<Member>(much ? theirs?.absent : []);
  if (!pulls) collectWanted(state, answer, news, updates);
  collectOutdated(state, answer, updates);
  // What there is no room for is not asked for again at once: that would never end.
  const full = isFull(state);
  const more = answer.more && !full;
  if (pending.depth >= (more ? MAX_DEPTH : MAX_REPAIRS)) return;
  // Who explained none of what it was asked for will explain no others.
  const explains = answer.definitions.length > 0 && searchedAt(state, peer, 1).length > 0;
  const searches = explains || (pending.depth === 0 && hasManyUnasked(state));
  const asks = searches || state.staleClaims.size > 0;
  const wanted = definitionsFor(state, answer.wants?.definitions ?? []);
  const tells = news.size + updates.size + wanted.length > 0;
  if (!tells && (full || (!more && !much && !asks))) return;
  const unheard = [...news.keys()].flatMap((m) => definitionsFirst(state, m, updates));
  const definitions = [...wanted, ...unheard];
  const extra = { news, updates: [...updates], definitions };
  startExchange(state, peer, pending.address, 'follow_up', extra, now, pending.depth + 1);
}

function readAnswerDigest(state: State, pending: Pending, answer: Answer): Theirs | undefined {
  const { digest } = answer;
  if (digest === undefined) return undefined;
  if (digest.kind === 'keys') return readKeyDigest(state, digest);
  const roster = state.members.rosterByHash(pending.rosterHash);
  // The peer's data hash is not told here, so the digest is taken at its word.
  return roster && readRosterDigest(state, digest, roster, state.members.dataHash);
}

/** How far two views are apart; a member unknown to one side counts as much. */
function versionsApart({ marks, unknownKeys, absent }: Theirs): number {
  let versions = (unknownKeys.length + absent.size) * MUCH_VERSIONS;
  for (const [{ source }, { watermark }] of marks)
    versions += Math.abs(source.watermark - watermark);
  return versions;
}

/** What we hold and the peer does not. */
function newsFrom({ marks }: Theirs): News {
  const behind = [...marks].filter(
    ([member, { watermark }]) => member.source.watermark > watermark,
  );
  return new Map(behind.map(([member, { watermark }]) => [member, watermark]));
}

/** Members the peer asked for by key. */
function collectWanted(state: State, answer: Answer, news: News, updates: Set<Member>): void {
  const wanted = answer.wants?.members ?? [];
  for (let i = 0; i + 1 < wanted.length; i += 2) {
    const member = state.members.byKey.get(wanted[i] ?? -1);
    if (member === undefined) continue;
    news.set(member, wanted[i + 1] ?? 0);
    if (wanted[i + 1] === 0) updates.add(member);
  }
}

/**
 * Members of whom the peer still tells what they have long put right. Whom nobody can call has no
 * other way to say what it believes of them: a suspicion that no one hears of is refuted by no one.
 */
function collectOutdated({ members, self }: State, answer: Answer, updates: Set<Member>): void {
  const isNeverAsked = self.address === '';
  for (const said of answer.updates) {
    const member = members.byId.get(said.id);
    if (member === undefined || member.generation < said.generation) continue;
    const isRefuted = member.generation > said.generation || member.incarnation > said.incarnation;
    if (isRefuted || (isNeverAsked && beats(member, said))) updates.add(member);
  }
}

/** Whoever meets a member for the first time may lack the words for its metrics too. */
function definitionsFirst(state: State, member: Member, unknown: ReadonlySet<Member>) {
  if (!unknown.has(member) || !isLive(member)) return [];
  return definitionsOf(state, member.source.record);
}
