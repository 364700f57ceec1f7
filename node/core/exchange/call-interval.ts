// Members that are called less often than others: where each call is paid for, a node tells by a
// label how long its rounds are, and is called about as often as it calls.

import type { Member, SeenMember } from '../membership/member.ts';
import type { State } from '../state.ts';

/** Its value is a number of seconds with an s, such as `10s`. */
export const PACE_LABEL = 'round';
/** Nobody may say that it need not be looked after at all. */
const MAX_PACE_MS = 60_000;

/** How long its rounds are, by its own word, ms; 0 where it does not say. */
export const callIntervalMs = ({ source }: SeenMember): number => {
  const [, seconds] = /^(\d{1,5})s$/.exec(source.record?.labels[PACE_LABEL] ?? '') ?? [];
  return Math.min(MAX_PACE_MS, Number(seconds ?? 0) * 1_000);
};

/** Calls to it are paid for, and end at a platform that ends connections as it likes. */
export const hasCallInterval = (member: SeenMember): boolean => callIntervalMs(member) > 0;

/** Whether this round's call goes to somebody else; by chance, so that all callers together fit. */
export function isSpared({ roundMs, random }: State, member: Member): boolean {
  const intervalMs = callIntervalMs(member);
  return intervalMs > roundMs && random.next() >= roundMs / intervalMs;
}
