// What keeps a node from working with others, such as a wrong key or a clock that is off: told in
// the log when it begins, and in /readyz for as long as it lasts.

import type { Clock } from '../ports.ts';
import type { Log } from './log.ts';

export interface Troubles {
  /**
   * `subject` tells one trouble from another, such as `wrong_key 10.0.0.7`; `sentence` says what
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
/** Strangers can cause troubles, so they are bounded: the one reported longest ago goes first. */
const MAX_TROUBLES = 16;

export function createTroubles(clock: Pick<Clock, 'monotonicMs'>, log: Log): Troubles {
  // In the order of the last report.
  const troubles = new Map<string, { readonly sentence: string; readonly at: number }>();
  const forgetOld = (): void => {
    const since = clock.monotonicMs() - LASTS_MS;
    for (const [subject, { at }] of troubles) {
      if (at < since || troubles.size > MAX_TROUBLES) troubles.delete(subject);
    }
  };
  return {
    report(subject, sentence) {
      forgetOld();
      if (!troubles.has(subject)) log('warn', sentence);
      troubles.delete(subject);
      troubles.set(subject, { sentence, at: clock.monotonicMs() });
      forgetOld();
    },
    clear: (subject) => void troubles.delete(subject),
    list() {
      forgetOld();
      return [...troubles.values()].map(({ sentence }) => sentence);
    },
  };
}
