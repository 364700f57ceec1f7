// Where news goes: onto the next round, or at once when it is urgent.

import { retrySearches } from '../data/definitions.ts';
import type { MemberChange } from '../effects.ts';
import { noteImportance } from '../exchange/state.ts';
import type { Member } from '../membership/member.ts';
import type { State } from '../state.ts';
import type { Interval } from '../wire/messages.ts';
import type { Broadcast, News } from './state.ts';

/** Broadcasts that wait for a token; more are dropped and ride on rounds. */
const MAX_WAITING = 64;
/** Rounds on which an update rides besides its broadcast. */
const RETRANSMITS = 3;

/** The whole circle of keys: the key range of whoever has news of its own. */
export const WHOLE_CIRCLE: Interval = { low: 0, high: 0 };

/** Keeps the lowest watermark, so that all that followed it is told. */
export function addNews(news: News, member: Member, watermark: number): void {
  const known = news.get(member);
  if (known === undefined || known > watermark) news.set(member, watermark);
}

/** News that did not get through rides on the next round again. */
export function keepPending(state: State, news: News): void {
  for (const [member, watermark] of news) {
    if (state.members.byKey.get(member.key) === member)
      addNews(state.pendingUpdates, member, watermark);
  }
}

/** What waits for the round that begins now. */
export function takeNews(state: State): News {
  const news = state.pendingUpdates;
  state.pendingUpdates = new Map();
  return news;
}

/** Queues a broadcast; news with the same key range from the same sender travel together. */
export function broadcast(state: State, item: Broadcast): void {
  const { keyRange } = item;
  const joined = state.broadcasts.find(
    (other) =>
      other.keyRange?.low === keyRange?.low &&
      other.keyRange?.high === keyRange?.high &&
      other.except === item.except,
  );
  if (joined !== undefined) {
    for (const [member, watermark] of item.chunks) addNews(joined.chunks, member, watermark);
    for (const member of item.updates) joined.updates.add(member);
    return;
  }
  if (state.broadcasts.length >= MAX_WAITING) {
    state.counters.broadcastsDropped++;
    const dropped = state.broadcasts.shift();
    if (dropped !== undefined) keepPending(state, dropped.chunks);
  }
  state.broadcasts.push(item);
}

/** News that starts here: the whole circle is ours to reach. */
export function broadcastOwn(state: State, chunks: News, updates: Iterable<Member>): void {
  broadcast(state, {
    keyRange: WHOLE_CIRCLE,
    chunks,
    updates: new Set(updates),
    except: state.self.key,
  });
}

/** An update for one member alone, which passes it on to nobody. */
export function tellOne(state: State, update: Member, key: number): void {
  const keyRange = { low: key, high: (key + 1) >>> 0 };
  const updates = new Set([update]);
  broadcast(state, { keyRange, chunks: new Map(), updates, except: state.self.key });
}

/** Changes of members that are told first where statuses differ. */
const RECENT_CHANGES = 64;

/** A refutation is as new as a suspicion, however long its run is. */
function noteChange({ recentChanges }: State, member: Member): void {
  recentChanges.delete(member);
  recentChanges.add(member);
  for (const oldest of recentChanges) {
    if (recentChanges.size <= RECENT_CHANGES) return;
    recentChanges.delete(oldest);
  }
}

/** A member's status changed: readers, the wire and the outside world hear of it. */
export function announce(state: State, member: Member, change: MemberChange): void {
  const { byKey, retransmits } = state.members;
  if (byKey.get(member.key) === member) {
    retransmits.set(member, RETRANSMITS);
    noteChange(state, member);
  }
  if (change === 'alive') retrySearches(state);
  state.revision++;
  noteImportance(state, 255);
  state.effects.push({
    type: 'member',
    change,
    id: member.id,
    generation: member.generation,
    address: member.address,
  });
}
