// The round: which peers to call, how long until the next. Calm stretches rounds, news shortens
// them, each by how important it was.

import { definitionsOf, dropSpareDefinitions, isSearching } from '../data/definitions.ts';
import { tendFacts } from '../data/facts/kept-facts.ts';
import { fadeGrowth } from '../data/growth.ts';
import { noteStaleness } from '../data/publishing/owner.ts';
import { hashText } from '../hash.ts';
import { isBootstrapping } from '../membership/bootstrap.ts';
import { accuseSilent, giveSign } from '../membership/detection/outbound-failure.ts';
import { expireSuspects } from '../membership/detection/suspicion-spread.ts';
import { obeyForgetting } from '../membership/forgetting.ts';
import { isLive } from '../membership/member.ts';
import { forgetOld } from '../membership/updates.ts';
import { sample } from '../random.ts';
import type { State } from '../state.ts';
import { isSpared } from './call-interval.ts';
import { startExchange } from './conversation.ts';
import { nextTargets } from './neighbours.ts';
import { NOTHING, roundExtra } from './request.ts';
import { callableSeeds } from './state.ts';

/** A round without news is followed by one this much longer. */
const STRETCH = 1.25;
/** Who found nobody yet, or still meets new members, has rounds of this share. */
const EAGER_SHARE = 1 / 5;
/** Rounds vary by this share either way, so that nodes do not march in step. */
const JITTER = 0.1;
/** Who hears of new seeds calls one within this share of a round. */
const SOON_SHARE = 1 / 10;
/** Of those who live so many call a dead peer within the rounds of a contact. */
const KNOCKS_A_DEAD = 1 / 2;
/** Deaths told to whoever answers beyond. */
const CONTACT_STATEMENTS = 16;

export function runRound(state: State, now: number): void {
  const { settings, members, self } = state;
  state.round++;
  state.counters.rounds++;
  state.inboundThisRound = 0;
  forgetOld(state, now);
  noteStaleness(state, now);
  tendFacts(state, now);
  obeyForgetting(state);
  dropSpareDefinitions(state);
  fadeGrowth(state);
  expireSuspects(state, now);
  giveSign(state, now);
  accuseSilent(state, now);
  const targets = nextTargets(
    state.neighbours,
    members,
    self,
    settings.targetCount,
    settings.neighbours,
    state.random,
    (member) => isSpared(state, member),
  );
  const extra = targets.length > 0 ? roundExtra(state) : NOTHING;
  for (const target of targets) {
    startExchange(state, target, target.address, 'round', extra, now);
  }
  contactOutside(state, now);
  adaptRound(state, now);
}

/** Alone, a node calls a seed every round; in company every few, at a round of its own. */
function contactIsDue(state: State, every: number): boolean {
  if (state.members.byId.size === 1) return true;
  return (state.round + hashText(state.self.id)) % every === 0;
}

/**
 * One contact goes to a seed that nobody answers for, or to a dead peer: partitions heal so. The
 * living share the dead: beyond a partition the side with fewer members calls as often as it may,
 * and one death among many costs next to nothing.
 */
function contactOutside(state: State, now: number): void {
  const { members } = state;
  const everybodyLives = members.live === members.byId.size;
  const dead = everybodyLives
    ? []
    : [...members.byId.values()].filter(({ status }) => status === 'dead');
  const { contactEveryRounds } = state.settings;
  const share = Math.max(1, Math.ceil(members.live / (KNOCKS_A_DEAD * dead.length)));
  const everySeed = contactIsDue(state, contactEveryRounds);
  const everyDead = dead.length > 0 && contactIsDue(state, contactEveryRounds * share);
  const known = new Set(dead.map(({ address }) => address));
  const outside = new Set<string>([
    ...(everySeed ? state.seeds.filter((seed) => !known.has(seed)) : []),
    ...(everyDead ? known : []),
  ]);
  outside.delete('');
  for (const member of members.byId.values()) {
    if (outside.size === 0) break;
    if (isLive(member)) outside.delete(member.address);
  }
  const address = leastRecent(state, outside, new Set([...known, ...state.seeds]));
  if (address === undefined) return;
  const { self, random } = state;
  // Beyond a partition they take us for dead as we do them: both sides' claims meet here.
  const updates = sample(random, dead, CONTACT_STATEMENTS).map(members.own);
  const definitions = definitionsOf(state, self.source.record);
  const extra = { news: new Map([[self, 0]]), updates, definitions };
  startExchange(state, undefined, address, 'contact', extra, now);
}

/** Chance could pass over the one address that heals a partition for ever: all get their turn. */
function leastRecent(
  { contactedRounds: rounds, random, round }: State,
  outside: ReadonlySet<string>,
  candidates: ReadonlySet<string>,
): string | undefined {
  for (const address of rounds.keys()) if (!candidates.has(address)) rounds.delete(address);
  const oldest = Math.min(...[...outside].map((address) => rounds.get(address) ?? -1));
  const waiting = [...outside].filter((address) => (rounds.get(address) ?? -1) === oldest);
  const address = waiting[random.below(Math.max(1, waiting.length))];
  if (address !== undefined) rounds.set(address, round);
  return address;
}

/** New seeds to call; who is alone does so at once, but not together with all others. */
export function takeSeeds(state: State, addresses: readonly string[], now: number): void {
  const known = new Set(state.seeds);
  state.seeds = callableSeeds(addresses, state.self.address);
  if (state.members.byId.size > 1 || state.seeds.every((seed) => known.has(seed))) return;
  const soon = state.settings.roundMs * SOON_SHARE;
  state.nextRoundAt = Math.min(state.nextRoundAt, now + state.random.next() * soon);
}

function adaptRound(state: State, now: number): void {
  const { roundMs, maxRoundMs, urgentPriority } = state.settings;
  const alone = state.members.byId.size === 1 && state.seeds.length > 0;
  const eager = alone || isBootstrapping(state);
  const weight = isSearching(state) ? 1 : Math.min(1, state.importance / urgentPriority);
  const stretched = Math.min(maxRoundMs, state.roundMs * STRETCH);
  const adapted = Math.max(roundMs, stretched - weight * (stretched - roundMs));
  state.roundMs = eager ? roundMs : adapted;
  state.importance = 0;
  const jitter = 1 + (state.random.next() * 2 - 1) * JITTER;
  state.nextRoundAt = now + state.roundMs * (eager ? EAGER_SHARE : 1) * jitter;
}

/** Important news ends a stretched round early, newcomers an ordinary one. */
export function hurryRound(state: State, now: number): void {
  const { roundMs, urgentPriority } = state.settings;
  const bootstrapping = isBootstrapping(state);
  const isNews = state.importance >= urgentPriority || isSearching(state);
  if (!state.strategy.hurries || !(isNews || bootstrapping)) return;
  const length = bootstrapping ? roundMs * EAGER_SHARE : roundMs;
  state.nextRoundAt = Math.min(state.nextRoundAt, now + length);
}
