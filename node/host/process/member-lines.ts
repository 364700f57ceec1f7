// A line in the log for each change of a member; of a flood of them the first.

import type { MemberChange } from '../../core/effects.ts';
import type { Clock } from '../../ports.ts';
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

const FLOOD =
  'many members change at once; the log leaves out the rest of this second, /members has it all';

/** Without a timer: one would keep an object awake that pays for its time. */
export function createMemberLines(log: Log, clock: Pick<Clock, 'monotonicMs'>) {
  let lines = 0;
  let sinceMs = Number.NEGATIVE_INFINITY;
  return (id: string, change: MemberChange): void => {
    const now = clock.monotonicMs();
    if (now - sinceMs >= SECOND_MS) [lines, sinceMs] = [0, now];
    lines += 1;
    if (lines <= MOST_LINES) log(change === 'dead' ? 'warn' : 'info', `${id} ${SAYS[change]}`);
    else if (lines === MOST_LINES + 1) log('info', FLOOD);
  };
}
