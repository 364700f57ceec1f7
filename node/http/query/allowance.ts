// How many quorums a node asks for at once and in all: each makes it call others, and a stranger
// must not have it flood them.

import { createBucket, owe, readyAt, take } from '../../core/broadcast/token-bucket.ts';
import type { Clock } from '../../ports.ts';
import { Problem } from '../answers/problem.ts';

/** Each keeps some connections. */
const MAX_AT_ONCE = 8;
const MAX_OF_ONE = 2;
/** Calls to peers: more than any hand or script asks for, and nothing to a peer. */
const CALLS_BURST = 512;
const CALLS_PER_SECOND = 64;

export interface Allowance {
  /**
   * Runs `ask`, which makes `calls` calls as a rule and tells how many messages that took; throws a
   * Problem when that is too much now. Those of many pages are paid for by who asks next.
   */
  grant<Answer>(
    caller: string,
    calls: number,
    ask: () => Promise<{ readonly answer: Answer; readonly messages: number }>,
  ): Promise<Answer>;
}

export function createAllowance(clock: Pick<Clock, 'monotonicMs'>): Allowance {
  const bucket = createBucket(CALLS_BURST, clock.monotonicMs());
  const callers: string[] = [];
  return {
    async grant(caller, calls, ask) {
      const own = callers.filter((other) => other === caller).length;
      if (own >= MAX_OF_ONE) throw refused(429, `${own} quorums are under way for you`, 1);
      if (callers.length >= MAX_AT_ONCE) {
        throw refused(503, `${callers.length} quorums are under way here`, 1);
      }
      const now = clock.monotonicMs();
      if (!take(bucket, calls, CALLS_PER_SECOND, CALLS_BURST, now)) {
        const waitMs = readyAt(bucket, calls, CALLS_PER_SECOND) - now;
        const why = `This node has made many calls for quorums, and this one takes up to ${calls}`;
        throw refused(429, why, Math.ceil(waitMs / 1_000));
      }
      callers.push(caller);
      try {
        const made = await ask();
        owe(bucket, Math.max(made.messages - 2 * calls, Math.min(0, made.messages - calls)));
        return made.answer;
      } finally {
        callers.splice(callers.indexOf(caller), 1);
      }
    },
  };
}

const refused = (status: number, why: string, retryAfterSeconds: number): Problem =>
  new Problem({
    status,
    code: 'busy',
    title: 'Too many quorums',
    detail: `${why}; ask again in ${retryAfterSeconds} s, or another node.`,
    retryAfterSeconds,
  });
