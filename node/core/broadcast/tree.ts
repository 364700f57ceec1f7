// Urgent news on its way: each node that gets it hands parts of the circle of keys to a few others,
// so that n − 1 messages reach n nodes in log steps. After El-Ansary et al., "Efficient Broadcast
// in Structured P2P Networks" (2003); rounds repair what is lost.

import { definitionsSince } from '../data/definitions.ts';
import type { Urgent } from '../data/merge.ts';
import { CARGO_HEADER_BYTES, fitUpdates, sizeOf, takeFitting } from '../exchange/request.ts';
import { send } from '../exchange/send.ts';
import { leaveJoinsToRounds } from '../membership/bootstrap.ts';
import { isLive, type Member, type MemberName, type SeenMember } from '../membership/member.ts';
import { sample } from '../random.ts';
import type { State } from '../state.ts';
import { definitionArray, messageSize, updateArray } from '../wire/encode.ts';
import type { Interval, Push } from '../wire/messages.ts';
import { broadcast, broadcastOwn, keepPending, WHOLE_CIRCLE } from './pending.ts';
import type { Broadcast } from './state.ts';
import { owe, readyAt, take } from './token-bucket.ts';

/** Other members of a part that are tried when the first does not answer. */
const RETRIES = 2;
/**
 * A push without an answer for so long, ms, or three usual answers where those are slower, is
 * handed to another as well: a machine that vanished would keep its part waiting for a time-out.
 */
const HEDGE_MS = 100;
const HEDGE_ANSWERS = 3;
/** Nodes that tell a member of its death, on average. */
const TELLERS = 4;

/**
 * Passes on what a message brought. With a key range (it came by push) all members of the range are
 * told even if nothing was new here; without one (it came by a round) a few random peers are.
 */
export function spread(
  state: State,
  urgent: Urgent,
  from: number,
  keyRange: Interval | undefined,
  now: number,
): void {
  const { chunks, updates } = urgent;
  if (keyRange === undefined || keyRange === WHOLE_CIRCLE)
    leaveJoinsToRounds(state, chunks, updates);
  // A refutation is our own news: who brought the accusation has to hear it first of all.
  if (updates.delete(state.self)) broadcastOwn(state, new Map(), [state.self]);
  for (const member of updates) tellAccused(state, member, keyRange, now);
  if (chunks.size + updates.size > 0) {
    if (keyRange === WHOLE_CIRCLE) broadcastOwn(state, chunks, updates);
    else broadcast(state, { keyRange, chunks, updates, except: from });
  }
  flush(state, now);
}

/** Sends what waits, as far as the token bucket allows. */
export function flush(state: State, now: number): void {
  while (state.broadcasts.length > 0) {
    if (!takeToken(state, now)) return;
    const item = state.broadcasts.shift();
    const before = state.counters.pushesSent;
    if (item !== undefined) sendBroadcast(state, item, now);
    // A broadcast leaves as a whole; each of its messages counts.
    owe(state.bucket, Math.max(0, state.counters.pushesSent - before - 1));
  }
}

const takeToken = ({ bucket, settings }: State, now: number): boolean =>
  take(bucket, 1, settings.urgentPerSecond, settings.urgentBurst, now);

/** When the next waiting broadcast may leave. */
export const flushDueAt = (state: State): number =>
  state.broadcasts.length === 0
    ? Number.POSITIVE_INFINITY
    : readyAt(state.bucket, 1, state.settings.urgentPerSecond);

function sendBroadcast(state: State, item: Broadcast, now: number): void {
  const fanOut = state.settings.targetCount + 1;
  if (item.keyRange === undefined) {
    const peers = candidates(state, undefined, [item.except]);
    for (const peer of sample(state.random, peers, fanOut)) {
      sendPush(state, state.members.own(peer), item, undefined, [item.except], now);
    }
    return;
  }
  // Who has just come back or joined needs no telling, and knows too few to tell others; who is
  // accused may be gone, and is told apart.
  const subjects: ReadonlySet<SeenMember> = isForOne(item.keyRange) ? new Set() : item.updates;
  const inside = candidates(state, item.keyRange, [item.except]).filter(
    (member) => !subjects.has(member),
  );
  const size = Math.ceil(inside.length / fanOut);
  for (let at = 0; at < inside.length; at += size) {
    handOver(state, item, inside.slice(at, at + size), [item.except], now);
  }
}

/**
 * Gives a stretch of members, in order of keys, to the one at either end: from there no part of
 * what is left spans the member itself, so nobody is handed the news twice.
 */
function handOver(
  state: State,
  item: Broadcast,
  part: readonly SeenMember[],
  tried: readonly number[],
  now: number,
): void {
  const first = part[0];
  const last = part.at(-1);
  if (first === undefined || last === undefined) return;
  const peer = state.random.below(2) === 0 ? first : last;
  const keyRange = { low: first.key, high: (last.key + 1) >>> 0 };
  sendPush(state, state.members.own(peer), item, keyRange, tried, now);
}

const isForOne = ({ low, high }: Interval): boolean => (low + 1) >>> 0 === high;

/** The next of a part when the one it was handed to did not answer. */
export function handOverAgain(
  state: State,
  item: Broadcast,
  keyRange: Interval,
  tried: readonly number[],
  now: number,
): void {
  const isOver = tried.length > RETRIES + 1 || !takeToken(state, now);
  if (isOver) return keepPending(state, item.chunks);
  handOver(state, item, candidates(state, keyRange, tried), tried, now);
}

/** Live members inside an interval, in order of keys; the whole circle starts next to ourselves. */
function candidates(
  { members, self }: State,
  keyRange: Interval | undefined,
  except: readonly number[],
): SeenMember[] {
  const inside: SeenMember[] = [];
  const ring = members.ring();
  const whole = keyRange === undefined || keyRange.low === keyRange.high;
  const first = firstFrom(ring, whole ? self.key : keyRange.low);
  for (let i = 0; i < ring.length; i++) {
    const name = ring[(first + i) % ring.length] as MemberName;
    if (!whole && !contains(keyRange, name.key)) break;
    const member = members.see(name);
    if (member === self || !isLive(member) || member.address === '') continue;
    if (!except.includes(member.key)) inside.push(member);
  }
  return inside;
}

/** Where the keys from `key` on begin, by binary search; the ring's length when there are none. */
function firstFrom(ring: readonly MemberName[], key: number): number {
  let low = 0;
  let high = ring.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((ring[middle] as MemberName).key < key) low = middle + 1;
    else high = middle;
  }
  return low;
}

const contains = ({ low, high }: Interval, key: number): boolean =>
  low === high || (key - low) >>> 0 < (high - low) >>> 0;

function sendPush(
  state: State,
  peer: Member,
  item: Broadcast,
  keyRange: Interval | undefined,
  tried: readonly number[],
  now: number,
): void {
  const message = buildPush(state, item, keyRange, now);
  const details = { broadcast: item, keyRange, tried: [...tried, peer.key] };
  const exchange = send(state, peer, message, 'push', now, details);
  if (!exchange) {
    state.counters.pushesUnsent++;
    return keepPending(state, item.chunks);
  }
  state.counters.pushesSent++;
  const hedgeMs = Math.max(HEDGE_MS, HEDGE_ANSWERS * state.answerMs);
  if (keyRange !== undefined && hedgeMs < state.settings.exchangeTimeoutMs) {
    state.hedges.push({ at: now + hedgeMs, exchange });
  }
}

/** When the next push is to be handed to another, should it not be answered. */
export function hedgeDueAt({ hedges, pending }: State): number {
  while (hedges[0] !== undefined && !pending.has(hedges[0].exchange)) hedges.shift();
  return hedges[0]?.at ?? Number.POSITIVE_INFINITY;
}

/** Hands over again what was not answered; the answer counts all the same, should it come. */
export function hedge(state: State, now: number): void {
  while (hedgeDueAt(state) <= now) {
    const { exchange } = state.hedges.shift() ?? {};
    const pending = state.pending.get(exchange ?? 0);
    if (exchange === undefined || pending?.broadcast === undefined) continue;
    const { broadcast: item, keyRange, tried = [] } = pending;
    if (keyRange === undefined) continue;
    state.pending.set(exchange, { ...pending, keyRange: undefined });
    handOverAgain(state, item, keyRange, tried, now);
  }
}

function buildPush(
  state: State,
  item: Broadcast,
  keyRange: Interval | undefined,
  now: number,
): Push {
  const { settings, cluster, self } = state;
  const head: Push = {
    kind: 'push',
    cluster,
    from: self.key,
    keyRange,
    byKey: true,
    chunks: [],
    updates: [],
    definitions: [],
  };
  let room = settings.budgetBytes - messageSize(head) - CARGO_HEADER_BYTES;
  const known = [...item.updates].filter((m) => state.members.byId.get(m.id) === m);
  const updates = fitUpdates(state, known, room, now);
  room -= sizeOf(updates.map(updateArray));
  // A value whose words come later would wait for a round, here and at whoever it is passed on to.
  const definitions = takeFitting(definitionsSince(state, item.chunks), definitionArray, room / 2);
  room -= sizeOf(definitions.map(definitionArray));
  const lacking = [...item.chunks].map(([m, watermark]) => [m, { watermark }] as const);
  const { chunks } = state.strategy.pick({
    lacking,
    refOf: (m) => m.key,
    budgetBytes: room,
    reserveShare: settings.reserveShare,
    random: state.random,
    now,
  });
  return { ...head, updates, definitions, chunks };
}

/** Whom we heard after it was said to be dead is told so, and can put it right. */
function tellAccused(
  state: State,
  member: Member,
  keyRange: Interval | undefined,
  now: number,
): void {
  if (member.status !== 'dead' || member.heardAt <= member.statusSince) return;
  const chance = keyRange === WHOLE_CIRCLE ? 1 : TELLERS / state.members.byId.size;
  if (state.random.next() >= chance || !takeToken(state, now)) return;
  const item: Broadcast = {
    keyRange: undefined,
    chunks: new Map(),
    updates: new Set([member]),
    except: state.self.key,
  };
  sendPush(state, member, item, undefined, [], now);
}
