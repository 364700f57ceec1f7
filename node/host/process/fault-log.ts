// Faults of the program in the log: each once at first, and once a minute while it repeats, with
// how often; strangers may find a request that sets one off each time.

import type { Clock } from '../../ports.ts';
import type { Log } from './log.ts';

const EVERY_MS = 60_000;
/** Different faults that are told apart; what else goes wrong meanwhile counts as one of them. */
const MAX_FAULTS = 32;
const OTHERS = 'others';

interface Repeats {
  readonly since: number;
  count: number;
}

/** `request` says what was asked when it happened, such as `GET /state`. */
export type ReportError = (error: unknown, request: string) => void;

export function createFaultLog(clock: Pick<Clock, 'monotonicMs'>, log: Log): ReportError {
  const logged = new Map<string, Repeats>();

  const keyOf = (what: string): string => {
    // Where it happened tells faults apart; a message may hold what a stranger sent.
    const place = /^ +at .*$/m.exec(what)?.[0] ?? what;
    return logged.has(place) || logged.size < MAX_FAULTS ? place : OTHERS;
  };
  const forgetOld = (now: number): void => {
    for (const [key, { since, count }] of logged) {
      if (count === 0 && now - since >= EVERY_MS) logged.delete(key);
    }
  };
  return (error, request) => {
    const now = clock.monotonicMs();
    forgetOld(now);
    const what = error instanceof Error ? (error.stack ?? error.message) : String(error);
    const key = keyOf(what);
    const repeats = logged.get(key);
    if (repeats !== undefined && now - repeats.since < EVERY_MS) {
      repeats.count++;
      return;
    }
    logged.set(key, { since: now, count: 0 });
    const seconds = repeats && Math.round((now - repeats.since) / 1_000);
    const often = repeats ? ` (and ${repeats.count} more in the ${seconds} s before)` : '';
    log('error', `A fault in ${request}${often}; please report it: ${what}`);
  };
}
