// How much each peer told that was new: where a view is full, the peer that filled it can be named.

import type { Fullness, Growth } from '../effects.ts';
import type { State } from '../state.ts';
import type { Counters } from '../stats.ts';

/** Whether something was refused for want of room in this round or the one before. */
export const isFull = ({ fullRound, round }: State): boolean =>
  fullRound >= 0 && round - fullRound <= 1;

/** After so many rounds each count is halved: what a year of restarts adds up to is no flood. */
const HALVED_ROUNDS = 1_024;

const NOBODY = 0;

const grew = (after: Counters, before: Counters): Growth => ({
  members: after.membersLearned - before.membersLearned,
  metrics: after.metricsLearned - before.metricsLearned,
  definitions: after.definitionsLearned - before.definitionsLearned,
});

const sizeOf = ({ members, metrics, definitions }: Growth): number =>
  members + metrics + definitions;

/** After a message of the peer with this key was merged; `before` is what was counted till then. */
export function noteGrowth(state: State, from: number, before: Counters): void {
  const { counters, growthByPeer, members } = state;
  const growth = grew(counters, before);
  const key = members.byKey.has(from) ? from : NOBODY;
  if (sizeOf(growth) > 0) growthByPeer.set(key, sum(growthByPeer.get(key), growth));
  if (counters.refusedForRoom === before.refusedForRoom) return;
  if (state.fullRound === state.round) return;
  state.fullRound = state.round;
  state.effects.push({ type: 'view_full', fullness: fullnessOf(state) });
}

const sum = (a: Growth | undefined, b: Growth): Growth => ({
  members: (a?.members ?? 0) + b.members,
  metrics: (a?.metrics ?? 0) + b.metrics,
  definitions: (a?.definitions ?? 0) + b.definitions,
});

function fullnessOf({ growthByPeer, members, viewBytes, settings }: State): Fullness {
  let most: [key: number, told: Growth] = [NOBODY, sum(undefined, NOTHING)];
  for (const peer of growthByPeer) if (sizeOf(peer[1]) > sizeOf(most[1])) most = peer;
  const member = members.find(most[0]);
  return {
    bytes: viewBytes,
    maxBytes: settings.maxViewBytes,
    members: members.byId.size,
    maxMembers: settings.maxMembers,
    peer: member && { id: member.id, address: member.address },
    told: most[1],
  };
}

const NOTHING: Growth = { members: 0, metrics: 0, definitions: 0 };

/** Once a round: what was told long ago weighs less. */
export function fadeGrowth({ growthByPeer, round }: State): void {
  if (round % HALVED_ROUNDS !== 0) return;
  for (const [key, told] of growthByPeer) {
    const half = {
      members: told.members >> 1,
      metrics: told.metrics >> 1,
      definitions: told.definitions >> 1,
    };
    if (sizeOf(half) === 0) growthByPeer.delete(key);
    else growthByPeer.set(key, half);
  }
}
