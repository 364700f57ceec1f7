// Answers that many readers want at nearly the same time are put together once: a wall of
// dashboards must not take the processor from gossip.

/** Ages in an answer are true at its `at`, which is at most this long ago, ms. */
const KEEP_MS = 100;
/** Different questions remembered at once; the oldest answer goes first. */
const MAX_ANSWERS = 16;
/** Longer answers are not remembered, or 16 of them would be a burden. */
export const MAX_KEPT_BYTES = 512 * 1024;

export interface RecentAnswer {
  /** Of the view that it was made from. */
  readonly revision: string;
  readonly madeAtMs: number;
  readonly bytes: Uint8Array;
  readonly headers: Readonly<Record<string, string>>;
}

export interface RecentAnswers {
  /** What was answered moments ago, if the view is still the same. */
  find(question: string, revision: string, nowMs: number): RecentAnswer | undefined;
  keep(question: string, answer: RecentAnswer): void;
}

export function createRecentAnswers(): RecentAnswers {
  const answers = new Map<string, RecentAnswer>();
  return {
    find(question, revision, nowMs) {
      const held = answers.get(question);
      const isRecent = held !== undefined && nowMs - held.madeAtMs < KEEP_MS;
      return isRecent && held.revision === revision ? held : undefined;
    },
    keep(question, answer) {
      answers.delete(question);
      if (answer.bytes.length > MAX_KEPT_BYTES) return;
      answers.set(question, answer);
      const oldest = answers.keys().next();
      if (answers.size > MAX_ANSWERS && !oldest.done) answers.delete(oldest.value);
    },
  };
}
