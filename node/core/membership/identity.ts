// One id, two generations: a ghost of our own past, or another node that has our id. The ghost is
// outbid. Of two that live, the one that was started later stops. Only the one whose generation is
// lower ever acts: it stops, or it outbids the other, whose turn it is then. So both never stop.

import { addNews, announce } from '../broadcast/pending.ts';
import { addMember, removeMember } from '../data/keep.ts';
import { tellHeld } from '../data/learned.ts';
import { copySource } from '../data/source.ts';
import { sendTo } from '../exchange/send.ts';
import type { Pending } from '../exchange/state.ts';
import { memberKey } from '../hash.ts';
import type { State } from '../state.ts';
import { LIMITS, type Push, type Request } from '../wire/messages.ts';
import { highestGeneration } from './generation.ts';
import { createMember, type Member, type MemberUpdate, updateOf } from './member.ts';
import { changeMarks, changeStatus } from './roster.ts';
import { wallOf } from './state.ts';

/** Two that started within this time started together: ages on the way are no more exact, ms. */
const TOGETHER_MS = 2_000;
/** A ghost cannot answer. What outbids us so often in turn lives, even where nobody can ask it. */
const PROOFS_OF_LIFE = 3;
/** Peers believe a generation that lies by so much beyond the bound a moment later. */
const OUTBID_AHEAD_MS = 1_000;
/** Generations to choose from, so that two seldom choose the same. */
const PARTING = 1_000;

/** Hears of a later run of our own id. */
export function takeOverId(state: State, said: MemberUpdate, now: number): Member | undefined {
  if (said.status === 'dead' || said.status === 'left') {
    return bumpGeneration(state, said.generation + 1, now);
  }
  if (said.address === '' || said.address === state.self.address)
    return meetGhost(state, said, now);
  askDuplicate(state, said, now);
  return undefined;
}

/** Anybody can claim our id; who really runs there answers for it. One question at a time. */
function askDuplicate(state: State, said: MemberUpdate, now: number): void {
  if ([...state.pending.values()].some(({ duplicate }) => duplicate !== undefined)) return;
  const target = memberKey(said.id, said.generation);
  const message = { kind: 'ping', cluster: state.cluster, from: state.self.key, target } as const;
  sendTo(state, said.address, message, 'ping', now, { duplicate: said });
}

/** The node that is said to run under our id answered for itself, or nobody did. */
export function settleDuplicate(
  state: State,
  { duplicate, startedAt }: Pick<Pending, 'duplicate' | 'startedAt'>,
  alive: boolean,
  now: number,
): void {
  // Meanwhile we may have outbid it already, or gone.
  if (duplicate === undefined || duplicate.generation <= state.self.generation) return;
  if (state.leaving || state.replaced) return;
  const said = { ...duplicate, ageMs: duplicate.ageMs + now - startedAt };
  if (alive) contend(state, said, now);
  else meetGhost(state, said, now);
}

/** Nobody answers for the claim, or nobody can be asked. */
function meetGhost(state: State, said: MemberUpdate, now: number): Member | undefined {
  // Whoever answers us with the very next generation has heard ours.
  state.outbid = said.generation === state.self.generation + 1 ? state.outbid + 1 : 0;
  if (state.outbid >= PROOFS_OF_LIFE) return contend(state, said, now);
  // Each hears of the other before one of them goes, for it cannot be told then.
  const isSuspicious = state.outbid === PROOFS_OF_LIFE - 1;
  if (isSuspicious) state.effects.push({ type: 'id_shared', address: said.address });
  return bumpGeneration(state, said.generation + 1, now);
}

/** Two live nodes have one id. */
function contend(state: State, duplicate: MemberUpdate, now: number): Member | undefined {
  const { address } = duplicate;
  const stays = isElder(state, duplicate, now);
  state.effects.push({ type: stays ? 'id_shared' : 'id_taken', address });
  const next = stays ? bumpGeneration(state, duplicate.generation + 1, now) : undefined;
  state.replaced = !stays;
  // Its user has a fault to put right as well, and its turn has come.
  tellDuplicate(state, address, now);
  return next;
}

/** Whether we were started first; of two that started together, one may stay as well. */
function isElder({ self, random }: State, { ageMs, address }: MemberUpdate, now: number): boolean {
  const aheadMs = now - self.statusSince - ageMs;
  if (Math.abs(aheadMs) > TOGETHER_MS) return aheadMs > 0;
  return address === self.address ? random.below(2) === 0 : self.address < address;
}

function tellDuplicate(state: State, address: string, now: number): void {
  const message: Push = {
    ...{ kind: 'push', cluster: state.cluster, from: state.self.key, keyRange: undefined },
    ...{ byKey: true, chunks: [], updates: [updateOf(state.self, now)], definitions: [] },
  };
  sendTo(state, address, message, 'push', now);
}

/** An earlier generation of our id speaks for itself, from elsewhere: it stops, or acts next. */
export function noteDuplicate(state: State, message: Request): void {
  const { id, generation, address } = state.self;
  for (const said of 'updates' in message ? message.updates : []) {
    if (said.id !== id || said.generation >= generation) continue;
    // What others tell of that run may be long past, and so may the last words of our own.
    const isItself = memberKey(said.id, said.generation) === message.from;
    if (!isItself || (said.address === address && address !== '')) continue;
    state.effects.push({ type: 'id_shared', address: said.address });
  }
}

/** Where this run never said to be: two nodes came to the same generation, as clones may do. */
export const isOfDuplicate = ({ self }: State, { address, incarnation }: MemberUpdate): boolean =>
  address !== '' && address !== self.address && incarnation >= self.incarnation;

/** From generations that differ the two find the way themselves; both may choose at once. */
export const partFromDuplicate = (state: State, now: number): Member | undefined =>
  bumpGeneration(state, state.self.generation + 1 + state.random.below(PARTING), now);

/** Outbids what is said of us; a new generation where nobody would read a higher incarnation. */
export function raiseIncarnation(state: State, above: number, now: number): Member {
  const { self, members } = state;
  if (above >= LIMITS.incarnation) return bumpGeneration(state, self.generation + 1, now) ?? self;
  changeStatus(members, self, () => {
    self.incarnation = above + 1;
  });
  announce(state, self, self.status);
  return self;
}

/** Our clock was behind our own past, or others forgot us: goes on as one whom peers believe. */
export function bumpGeneration(state: State, generation: number, now: number): Member | undefined {
  // Forgeries must not drive it to where peers believe nothing; what leads there comes again.
  const highest = highestGeneration(wallOf(state, now)) + OUTBID_AHEAD_MS;
  if (generation > highest || generation <= state.self.generation) return undefined;
  return takeGeneration(state, generation, now);
}

/** Our clock was far ahead, so nobody ever believed our generation; it begins anew, lower. */
export const abandonGeneration = (state: State, generation: number, now: number): Member =>
  takeGeneration(state, generation, now);

function takeGeneration(state: State, generation: number, now: number): Member {
  const { members, self } = state;
  const { id, address, status, leave, statusSince } = self;
  // The run is as old as before: among two of one id that decides who stays.
  const ageMs = now - statusSince;
  const next = createMember(
    { id, generation, incarnation: 0, status, address, ageMs, confirmers: [], leave },
    now,
  );
  Object.assign(next.source, copySource(self.source));
  removeMember(state, self);
  addMember(state, next);
  changeMarks(members, next, () => {
    next.source.watermark = state.version;
  });
  state.self = next;
  state.pendingUpdates.delete(self);
  addNews(state.pendingUpdates, next, 0);
  state.effects.push({ type: 'regenerated', generation });
  // A store begins another run, whose peers will hear of its values only when these change.
  for (const slot of state.ownSlots.values()) tellHeld(state, next, slot);
  announce(state, next, status);
  return next;
}
