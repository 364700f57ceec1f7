// The other side of an exchange: compares the asker's digest with what is held here, and answers
// with what the asker lacks.

import { WHOLE_CIRCLE } from '../broadcast/pending.ts';
import { spread } from '../broadcast/tree.ts';
import {
  definitionsFor,
  MAX_WANTED,
  noteTold,
  noteVainSearch,
  searchedAt,
} from '../data/definitions.ts';
import { isFull } from '../data/growth.ts';
import { absorb } from '../data/merge.ts';
import { noteSkew, wallToTell } from '../membership/clock.ts';
import { isLive, type Member, type MemberUpdate } from '../membership/member.ts';
import { positionIn, type Roster } from '../membership/roster.ts';
import type { MetricDefinition } from '../model.ts';
import { sample } from '../random.ts';
import type { State } from '../state.ts';
import { definitionArray, messageSize, updateArray } from '../wire/encode.ts';
import type { Answer, Digest, ExchangeRequest, Interval, Wants } from '../wire/messages.ts';
import { encodedSize } from '../wire/sizes.ts';
import { digestSize, keyDigest, rosterDigest } from './digest.ts';
import { readKeyDigest, readRosterDigest, type Theirs } from './digest-read.ts';
import {
  CARGO_HEADER_BYTES,
  fitUpdates,
  MIN_DIGEST_BYTES,
  sizeOf,
  takeFitting,
  wholly,
} from './request.ts';

/** Behind by this many versions in all, a node asks for them instead of waiting. */
export const MUCH_VERSIONS = 16;
/** Updates told at random when two views of who lives differ. */
const RANDOM_STATEMENTS = 8;

/** Merges an exchange request and answers it. */
export function answerExchange(state: State, request: ExchangeRequest, now: number): Answer {
  const { members, settings } = state;
  const roster = members.rosterByHash(request.rosterHash);
  const keyRange = keyRangeFor(state, members.byKey.get(request.from), request.updates);
  spread(state, absorb(state, request, roster, request.from, now), request.from, keyRange, now);
  const sender = members.byKey.get(request.from);
  noteSkew(state, sender, request.wallMs, now);
  const busy = state.inboundThisRound++ >= inboundCap(settings.targetCount);
  if (busy) state.counters.busyAnswers++;
  // Whom nobody can call is asked for definitions whenever it calls, though the views are equal.
  const isAsked = sender?.address === '' && searchedAt(state, sender, 1).length > 0;
  const same = !busy && !isAsked && sameView(state, request);
  const bare = bareAnswer(state, request, { busy, same }, now);
  if (same) state.counters.exchangesEqual++;
  if (busy || same) return bare;
  const theirs = readDigest(state, request, roster);
  return fillAnswer(state, request, bare, theirs, roster, now);
}

/**
 * News from a stranger, or from beyond a healed partition, is ours to bring to everybody; from
 * others it only fills holes, so a few random peers do. Beyond a partition they take us for dead as
 * we do them; who was dead for us alone tells of itself.
 */
export function keyRangeFor(
  { self }: State,
  source: Member | undefined,
  updates: readonly MemberUpdate[],
): Interval | undefined {
  if (source === undefined) return WHOLE_CIRCLE;
  if (isLive(source)) return undefined;
  const isPartition = updates.some(({ id, status }) => id === self.id && status === 'dead');
  return isPartition ? WHOLE_CIRCLE : undefined;
}

/** A node that answers only one call a round doubles the tail of a spread: three or more. */
const inboundCap = (targetCount: number): number => Math.max(16, 3 * targetCount);

function bareAnswer(
  state: State,
  request: ExchangeRequest,
  flags: Pick<Answer, 'busy' | 'same'>,
  now: number,
): Answer {
  return {
    kind: 'answer',
    from: state.self.key,
    unreadable: false,
    exact: false,
    more: false,
    ...flags,
    byKey: false,
    chunks: [],
    updates: [],
    definitions: [],
    wallMs: wallToTell(state, request.wallMs !== undefined, now),
  };
}

function sameView({ members }: State, request: ExchangeRequest): boolean {
  return (
    request.dataHash === members.dataHash &&
    request.statusHash === (members.statusHash & 0xffff) &&
    (request.rosterHash === members.roster().hash || request.rosterHash === 0) &&
    request.wants === undefined
  );
}

function readDigest(
  state: State,
  request: ExchangeRequest,
  roster: Roster | undefined,
): Theirs | undefined {
  const { digest, dataHash } = request;
  if (digest === undefined) return undefined;
  if (digest.kind === 'keys') return readKeyDigest(state, digest);
  return roster && readRosterDigest(state, digest, roster, dataHash);
}

function fillAnswer(
  state: State,
  request: ExchangeRequest,
  bare: Answer,
  theirs: Theirs | undefined,
  roster: Roster | undefined,
  now: number,
): Answer {
  const { settings, strategy, random } = state;
  const byKey = roster === undefined || request.byKey;
  let room = settings.budgetBytes - messageSize(bare) - CARGO_HEADER_BYTES;
  const wanted = wantedDefinitions(state, request);
  const absent = theirs?.absent ?? new Set<Member>();
  const updates = statements(state, request, theirs, room, now);
  room -= sizeOf(updates.map(updateArray));
  const definitions = takeFitting<MetricDefinition>(wanted, definitionArray, room);
  noteTold(state, definitions);
  room -= sizeOf(definitions.map(definitionArray));
  const asker = state.members.byKey.get(request.from);
  const wants = theirs && chooseWants(state, theirs, room, asker, request.definitions.length > 0);
  if (wants !== undefined) room -= encodedSize([[...wants.members], [...wants.definitions]]);
  // Their digest could not be read, or they sent none and we differ: ours tells them what to do.
  const digest = theirs === undefined ? ownDigest(state, roster, room) : undefined;
  room -= digestSize(digest);
  const told = new Set(updates.map(({ id }) => id));
  const named = strategy.direction === 'push' ? [] : [...(theirs?.marks ?? [])];
  const lacking = named.filter(([m]) => !absent.has(m) || told.has(m.id));
  const refOf = (m: Member): number => (byKey || !roster ? m.key : positionIn(roster, m));
  const { reserveShare } = settings;
  const picked = strategy.pick({ lacking, refOf, budgetBytes: room, reserveShare, random, now });
  const isCut = picked.cut || theirs?.isCut || told.size < absent.size;
  const more = isCut || definitions.length < wanted.length;
  const unreadable = request.digest !== undefined && theirs === undefined;
  return {
    ...bare,
    byKey,
    unreadable,
    exact: theirs?.exact === false,
    more,
    updates,
    definitions,
    wants,
    digest,
    chunks: picked.chunks,
  };
}

const wantedDefinitions = (state: State, request: ExchangeRequest): MetricDefinition[] =>
  state.strategy.wholeRecords
    ? [...state.definitions.values()]
    : definitionsFor(state, request.wants?.definitions ?? []);

function ownDigest(state: State, roster: Roster | undefined, room: number): Digest | undefined {
  const maxBytes = Math.min(room, state.settings.budgetBytes / 2);
  if (maxBytes < MIN_DIGEST_BYTES) return undefined;
  const current = state.members.roster();
  const isKnown = roster === current;
  return isKnown ? rosterDigest(state, current, maxBytes) : keyDigest(state, maxBytes, room);
}

/** What fits of those the asker never heard of, of what we hold against it, and of guesses. */
function statements(
  state: State,
  request: ExchangeRequest,
  theirs: Theirs | undefined,
  room: number,
  now: number,
): MemberUpdate[] {
  const behind = [...(theirs?.marks ?? [])].filter(
    ([m, { watermark }]) => m.source.watermark > watermark,
  );
  const chosen = new Set([...(theirs?.absent ?? []), ...wholly(state, new Map(behind))]);
  const asker = state.members.byKey.get(request.from);
  if (asker !== undefined && asker.status !== 'alive') chosen.add(asker);
  const said = fitUpdates(state, chosen, room, now);
  // What the asker may hold as well crowds out no values.
  const left = (room - sizeOf(said.map(updateArray))) / 2;
  return [...said, ...fitUpdates(state, guessUpdates(state, request, chosen), left, now)];
}

/**
 * When statuses differ, nobody knows whose: the latest changes and others at random, in turn, so
 * that each answer of a small budget has some of both.
 */
function guessUpdates(
  { members, random, recentChanges }: State,
  request: ExchangeRequest,
  said: ReadonlySet<Member>,
): Set<Member> {
  const guesses = new Set<Member>();
  if (request.statusHash === (members.statusHash & 0xffff)) return guesses;
  const changed = [...members.byId.values()].filter(
    (m) => m.incarnation > 0 || m.status !== 'alive',
  );
  const latest = [...recentChanges].slice(-RANDOM_STATEMENTS).reverse();
  const others = sample(random, changed, RANDOM_STATEMENTS);
  for (let i = 0; i < RANDOM_STATEMENTS; i++) {
    const [recent, other] = [latest[i], others[i]];
    if (recent !== undefined) guesses.add(recent);
    if (other !== undefined) guesses.add(members.own(other));
  }
  for (const member of said) guesses.delete(member);
  return guesses;
}

/** Of what there is no room for nothing is asked. */
const NOTHING_LACKED: Pick<Theirs, 'marks' | 'unknownKeys'> = { marks: new Map(), unknownKeys: [] };

/**
 * What we lack ourselves, when it is much: otherwise the next rounds bring it. Nobody can fetch it
 * from an asker without an address, so of that one little is asked for too.
 */
function chooseWants(
  state: State,
  theirs: Theirs,
  room: number,
  asker: Member | undefined,
  explains: boolean,
): Wants | undefined {
  const { wholeRecords, direction } = state.strategy;
  if (direction === 'pull') return undefined;
  const lacked = isFull(state) ? NOTHING_LACKED : theirs;
  const pairs: number[] = lacked.unknownKeys.flatMap((key) => [key, 0]);
  let versions = pairs.length > 0 ? MUCH_VERSIONS : 0;
  for (const [member, { watermark }] of lacked.marks) {
    const own = member.source.watermark;
    if (watermark <= own) continue;
    versions += own === 0 ? MUCH_VERSIONS : watermark - own;
    pairs.push(member.key, own);
  }
  const isOutboundOnly = asker?.address === '';
  const definitions = searchedAt(state, asker, MAX_WANTED, explains);
  const asksForAll = isOutboundOnly || wholeRecords || direction === 'push';
  if (versions < (asksForAll ? 1 : MUCH_VERSIONS) && definitions.length === 0) return undefined;
  // Ten bytes at most for a key with its watermark, five for a definition's key.
  const count = Math.max(0, Math.floor((room - 10) / 10));
  if (count === 0) return undefined;
  const members = pairs.slice(0, count * 2);
  const asked = definitions.slice(0, count - members.length / 2);
  // What it brings comes by a call of its own; what it cannot explain brings none.
  noteVainSearch(state, asked);
  return { members, definitions: asked };
}
