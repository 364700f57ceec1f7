// Tells what is wrong with callers in few words, however many callers there are: strangers must not
// fill a log.

import type { Clock } from '../ports.ts';

/** Callers named for one code; all others are told of together. */
const NAMED = 4;
/** A caller that was silent for so long gives its place to another. */
const LASTS_MS = 300_000;

export type Report = (subject: string, sentence: string) => void;

/** `code` is one of few; `told` goes on after the caller's name. */
export type Warn = (code: string, caller: string, told: string) => void;

export function createThrottledWarnings(report: Report, clock: Pick<Clock, 'monotonicMs'>): Warn {
  const seen = new Map<string, Map<string, number>>();
  return (code, caller, told) => {
    const now = clock.monotonicMs();
    const callers = seen.get(code) ?? new Map<string, number>();
    seen.set(code, callers);
    for (const [name, at] of callers) if (at < now - LASTS_MS) callers.delete(name);
    if (!callers.has(caller) && callers.size >= NAMED) {
      return report(`${code} others`, `Others are refused for the same reason (${code}).`);
    }
    callers.set(caller, now);
    report(`${code} ${caller}`, `${caller} is refused (${code}): it ${told}`);
  };
}
