// A node's side of starting an exchange: what it says of itself, and the pending updates it pushes.

import { takeNews } from '../broadcast/pending.ts';
import type { News } from '../broadcast/state.ts';
import { freshDefinitions, MAX_WANTED, noteTold, searchedAt } from '../data/definitions.ts';
import { isWallDue, wallToTell } from '../membership/clock.ts';
import { type Member, type MemberUpdate, updateOf } from '../membership/member.ts';
import { positionIn } from '../membership/roster.ts';
import type { MetricDefinition } from '../model.ts';
import type { State } from '../state.ts';
import { definitionArray, messageSize, updateArray } from '../wire/encode.ts';
import type { Digest, ExchangeRequest, Wants } from '../wire/messages.ts';
import { encodedSize } from '../wire/sizes.ts';
import { digestSize, keyDigest, rosterDigest } from './digest.ts';

/** Bytes that the four list headers of a cargo may take. */
export const CARGO_HEADER_BYTES = 12;
/** The digest of so many members costs less than the chance of a second trip: half a byte each. */
const SHORT_DIGEST_MEMBERS = 128;
/** Below this a digest would name nobody. */
export const MIN_DIGEST_BYTES = 24;

/** What the caller wants to say besides its digest. */
export interface Extra {
  readonly news: News;
  readonly updates: readonly Member[];
  readonly definitions: readonly MetricDefinition[];
}

/** Builds the request for one peer within the byte budget. */
export function buildRequest(
  state: State,
  peer: Member | undefined,
  extra: Extra,
  now: number,
): ExchangeRequest {
  const { settings, members, strategy, random } = state;
  const exact = state.exactDigests > 0 || peer === undefined || strategy.wholeRecords;
  const head = emptyRequest(state, exact, now);
  let room = settings.budgetBytes - messageSize(head) - CARGO_HEADER_BYTES;
  const digest = chooseDigest(state, exact, room);
  room -= digestSize(digest);
  const wants = chooseWants(state, peer, room);
  if (wants !== undefined) room -= encodedSize([[...wants.members], [...wants.definitions]]);
  const said = [...introduction(state, peer), ...extra.updates, ...wholly(state, extra.news)];
  const updates = fitUpdates(state, new Set(said), room, now);
  room -= sizeOf(updates.map(updateArray));
  // Words crowd out no values: what does not fit here is asked for.
  const roomForWords = extra.news.size > 0 ? room / 2 : room;
  const definitions = takeFitting(extra.definitions, definitionArray, roomForWords);
  noteTold(state, definitions);
  room -= sizeOf(definitions.map(definitionArray));
  const roster = members.roster();
  const refOf = (m: Member): number => (exact ? m.key : positionIn(roster, m));
  const lacking = [...extra.news].map(([m, watermark]) => [m, { watermark }] as const);
  const { reserveShare } = settings;
  const picked = strategy.pick({ lacking, refOf, budgetBytes: room, reserveShare, random, now });
  return { ...head, digest, wants, updates, definitions, chunks: picked.chunks };
}

function emptyRequest(state: State, exact: boolean, now: number): ExchangeRequest {
  const { members, self, cluster } = state;
  return {
    kind: 'exchange',
    cluster,
    from: self.key,
    byKey: exact,
    rosterHash: members.roster().hash,
    dataHash: members.dataHash,
    statusHash: members.statusHash & 0xffff,
    chunks: [],
    updates: [],
    definitions: [],
    wallMs: wallToTell(state, isWallDue(state), now),
  };
}

function chooseDigest(state: State, exact: boolean, room: number): Digest | undefined {
  const maxBytes = Math.min(room, state.settings.budgetBytes / 2);
  if (maxBytes < MIN_DIGEST_BYTES) return undefined;
  if (exact) return keyDigest(state, maxBytes, room);
  const roster = state.members.roster();
  // Nothing changed since the last exchange found both views equal: the hash may say it all. Where
  // it does not, a second trip follows, so a digest that is short goes along anyway.
  const long = roster.members.length > SHORT_DIGEST_MEMBERS;
  if (long && state.members.dataHash === state.settledHash) return undefined;
  return rosterDigest(state, roster, maxBytes);
}

function chooseWants(state: State, peer: Member | undefined, room: number): Wants | undefined {
  const count = Math.min(MAX_WANTED, Math.max(0, Math.floor((room - 5) / 5)));
  const definitions = searchedAt(state, peer, count);
  return definitions.length === 0 ? undefined : { members: [], definitions };
}

/** Ourselves to whoever may not know us, the latest updates, what we hold against the peer. */
function introduction(state: State, peer: Member | undefined): Member[] {
  const told = new Set<Member>();
  if (state.exactDigests > 0 || peer === undefined) told.add(state.self);
  if (peer !== undefined && peer.status !== 'alive') told.add(peer);
  for (const member of state.members.retransmits.keys()) told.add(member);
  return [...told];
}

/** As many updates as fit, what is stale before the others; each telling counts. */
export function fitUpdates(
  state: State,
  members: Iterable<Member>,
  room: number,
  now: number,
): MemberUpdate[] {
  const staleClaims = takeFitting([...state.staleClaims.values()], updateArray, room);
  // What did not fit waits, unless this budget has no room for any of it.
  if (staleClaims.length === 0) state.staleClaims.clear();
  for (const { id } of staleClaims) state.staleClaims.delete(id);
  const updates = takeFitting(
    [...members].map((member) => ({ member, said: updateOf(member, now) })),
    ({ said }) => updateArray(said),
    room - sizeOf(staleClaims.map(updateArray)),
  );
  const { retransmits } = state.members;
  for (const { member } of updates) {
    const left = retransmits.get(member) ?? 0;
    if (left > 1) retransmits.set(member, left - 1);
    else retransmits.delete(member);
  }
  return [...staleClaims, ...updates.map(({ said }) => said)];
}

/** After so many that do not fit nothing more is tried: to size all that waits takes long. */
const MAX_MISFITS = 64;

/** The leading items whose encodings fit in `room` bytes; some that do not fit are passed over. */
export function takeFitting<T>(
  items: readonly T[],
  encode: (item: T) => unknown[],
  room: number,
): T[] {
  let left = room;
  let misfits = 0;
  return items.filter((item) => {
    if (misfits === MAX_MISFITS) return false;
    const size = encodedSize(encode(item));
    if (size > left) {
      misfits++;
      return false;
    }
    left -= size;
    return true;
  });
}

export const sizeOf = (arrays: readonly unknown[][]): number =>
  arrays.reduce((sum, array) => sum + encodedSize(array), 0);

/** Members whose update and words go along with their values: none, or all of them. */
export const wholly = ({ strategy }: State, news: ReadonlyMap<Member, unknown>): Member[] =>
  strategy.wholeRecords ? [...news.keys()] : [];

/** What a request of a round carries: pending updates, or what else the strategy says. */
export function roundExtra(state: State): Extra {
  const pending = takePending(state);
  const { strategy, self } = state;
  if (strategy.direction === 'pull') return { ...pending, news: new Map() };
  if (!strategy.wholeRecords) return pending;
  return { ...pending, news: new Map([[self, 0]]), definitions: [...state.definitions.values()] };
}

/** The pending updates of the round, and definitions that are still being told. */
const takePending = (state: State): Extra => ({
  news: takeNews(state),
  updates: [],
  definitions: freshDefinitions(state),
});

export const NOTHING: Extra = { news: new Map(), updates: [], definitions: [] };
