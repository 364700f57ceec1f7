// A line in the log for each change of a member; of a flood of them the first, and how many more.

import type { MemberChange } from '../core/effects.ts';
import type { Clock } from '../ports.ts';
import type { Log } from './log.ts';

/** What completes a sentence about a member. */
const SAYS: Readonly<Record<MemberChange, string>> = {
  alive: 'is alive',
  suspect: 'is suspected',
  dead: 'is dead',
  left: 'has left',
  forgotten: 'is forgotten',
  replaced: 'has started anew',
};

/** Lines in a second: to write one takes as long as to learn of ten members. */
const MOST_LINES = 50;
const SECOND_MS = 1_000;

export function createMemberLines(log: Log, clock: Pick<Clock, 'after'>) {
  let lines = 0;
  let unsaid = new Map<MemberChange, number>();

  const sumUp = (): void => {
    const counts = [...unsaid].map(([change, count]) => `${count} ${change}`);
    if (counts.length > 0)
      log('info', `more members changed than are told one by one: ${counts.join(', ')}`);
    lines = 0;
    unsaid = new Map();
  };
  return (id: string, change: MemberChange): void => {
    if (lines === 0) clock.after(SECOND_MS, sumUp);
    if (lines < MOST_LINES) {
      lines += 1;
      log(change === 'dead' ? 'warn' : 'info', `${id} ${SAYS[change]}`);
    } else unsaid.set(change, (unsaid.get(change) ?? 0) + 1);
  };
}
