// Which peer to call next: a shuffled rotation through a bounded set of neighbours, so that every
// neighbour is probed within one rotation (SWIM, section 4.3) and few connections stay open.

import { isLive, type Member, type SeenMember } from '../membership/member.ts';
import type { Members } from '../membership/roster.ts';
import { type Random, sample } from '../random.ts';

/** Share of the neighbours exchanged for others after each rotation in a large cluster. */
const RENEWED_SHARE = 1 / 8;

export interface Neighbours {
  /** Keys. */
  order: number[];
  cursor: number;
  rosterHash: number;
}

export const createNeighbours = (): Neighbours => ({ order: [], cursor: 0, rosterHash: -1 });

/** Members that can be called: live, somebody else, with an address. */
export const reachable = (members: Members, self: Member): SeenMember[] =>
  [...members.byId.values()].filter((m) => m !== self && isLive(m) && m.address !== '');

interface Circle {
  readonly members: Members;
  readonly self: Member;
  /** Neighbours at most. */
  readonly limit: number;
  readonly random: Random;
}

/** The next `count` different targets, without those that are spared this time. */
export function nextTargets(
  neighbours: Neighbours,
  members: Members,
  self: Member,
  count: number,
  limit: number,
  random: Random,
  isSpared: (member: Member) => boolean = () => false,
): Member[] {
  const circle = { members, self, limit, random };
  const targets: Member[] = [];
  let renewals = 0;
  if (neighbours.rosterHash !== members.roster().hash) {
    welcome(neighbours, circle);
  }
  while (targets.length < count && renewals < 2) {
    if (neighbours.cursor >= neighbours.order.length) {
      renew(neighbours, circle);
      renewals++;
    }
    const next = members.byKey.get(neighbours.order[neighbours.cursor++] ?? -1);
    if (next === undefined || !isLive(next) || targets.includes(next)) continue;
    if (!isSpared(next)) targets.push(next);
  }
  return targets;
}

/**
 * Newcomers come somewhere into what is left of the rotation (SWIM, section 4.3): were it to begin
 * anew with each, nobody would be sure of a turn while others come and go.
 */
function welcome(neighbours: Neighbours, { members, self, limit, random }: Circle): void {
  const { order } = neighbours;
  neighbours.rosterHash = members.roster().hash;
  const known = new Set(order);
  const newcomers = reachable(members, self).filter(({ key }) => !known.has(key));
  for (const { key } of sample(random, newcomers, Math.max(0, limit - order.length))) {
    const left = order.length - neighbours.cursor;
    order.splice(neighbours.cursor + random.below(left + 1), 0, key);
  }
}

function renew(neighbours: Neighbours, { members, self, limit, random }: Circle): void {
  const all = reachable(members, self).map(({ key }) => key);
  neighbours.cursor = 0;
  neighbours.rosterHash = members.roster().hash;
  if (all.length <= limit) {
    neighbours.order = sample(random, all, all.length);
    return;
  }
  const available = new Set(all);
  const stay = neighbours.order.filter((key) => available.has(key));
  const kept = sample(random, stay, Math.floor(limit * (1 - RENEWED_SHARE)));
  for (const key of kept) available.delete(key);
  const fresh = sample(random, [...available], limit - kept.length);
  neighbours.order = sample(random, [...kept, ...fresh], limit);
}
