// What keeps a node from working with others, such as a wrong key or a clock that is off: told in
// the log when it begins, and in /readyz for as long as it lasts.

import type { Clock } from '../../ports.ts';
import type { Log } from './log.ts';

export interface PeerProblems {
  /**
   * `subject` tells one problem from another, such as `wrong_key 10.0.0.7`; `sentence` says what
   * is wrong and the fix. The log has it once, and again when it comes back after it was over.
   */
  report(subject: string, sentence: string): void;
  /** It is over. */
  clear(subject: string): void;
  /** Sentences of what was reported lately, the newest last. */
  list(): readonly string[];
}

/** Reported that long ago and not again: it is over. */
const LASTS_MS = 300_000;
/** Strangers can cause problems, so these are bounded: the one reported longest ago goes first. */
const MAX_PROBLEMS = 16;
/** Subjects of which it is remembered that the log has them; while full, it takes no others. */
const MAX_LOGGED = 512;

export function createPeerProblems(clock: Pick<Clock, 'monotonicMs'>, log: Log): PeerProblems {
  // In the order of the last report.
  const problems = new Map<string, { readonly sentence: string; readonly at: number }>();
  // By their last report, apart from the board: what is crowded out there is no news when it is
  // reported again, or many problems in turn would fill the log.
  const logged = new Map<string, number>();
  const forgetOld = (): void => {
    const since = clock.monotonicMs() - LASTS_MS;
    for (const [subject, { at }] of problems) {
      if (at < since || problems.size > MAX_PROBLEMS) problems.delete(subject);
    }
    for (const [subject, at] of logged) {
      if (at >= since) break;
      logged.delete(subject);
    }
  };
  return {
    report(subject, sentence) {
      forgetOld();
      const isLogged = logged.delete(subject);
      if (!isLogged && logged.size < MAX_LOGGED) log('warn', sentence);
      if (isLogged || logged.size < MAX_LOGGED) logged.set(subject, clock.monotonicMs());
      problems.delete(subject);
      problems.set(subject, { sentence, at: clock.monotonicMs() });
      forgetOld();
    },
    clear(subject) {
      problems.delete(subject);
      logged.delete(subject);
    },
    list() {
      forgetOld();
      return [...problems.values()].map(({ sentence }) => sentence);
    },
  };
}
