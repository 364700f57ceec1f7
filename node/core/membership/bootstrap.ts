// A fleet that starts together: while newcomers keep turning up, short rounds bring all of them to
// all nodes in few large messages, where a broadcast of every join would take n² small ones.

import { addNews } from '../broadcast/pending.ts';
import type { News } from '../broadcast/state.ts';
import type { State } from '../state.ts';
import type { Member } from './member.ts';

/** A fleet that starts together has found itself when so many rounds brought nobody new. */
const ROUNDS_WITHOUT_NEWCOMER = 3;
/** Past so many rounds a node takes newcomers calmly: others may come and go all day. */
const YOUNG_ROUNDS = 48;

export const isBootstrapping = ({ strategy, round, newcomerRound, members }: State): boolean =>
  strategy.hurries &&
  round < YOUNG_ROUNDS &&
  round - newcomerRound <= ROUNDS_WITHOUT_NEWCOMER &&
  members.byId.size > 1;

/** Takes joins, and what came with them, out of news that would be broadcast. */
export function leaveJoinsToRounds(state: State, chunks: News, updates: Set<Member>): void {
  // Whoever never hurries pushes nothing but what is asked of it.
  if (state.strategy.hurries && !isBootstrapping(state)) return;
  for (const member of updates) {
    // A later incarnation is a refutation, and urgent.
    if (member === state.self || member.status !== 'alive' || member.incarnation > 0) continue;
    updates.delete(member);
    const watermark = chunks.get(member);
    chunks.delete(member);
    if (watermark !== undefined) addNews(state.pendingUpdates, member, watermark);
  }
}
