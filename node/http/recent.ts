// Answers that many readers want at nearly the same time are put together once: a wall of
// dashboards must not take the processor from gossip.

/** Ages in an answer are true at its `at`, which is at most this long ago, ms. */
const KEEP_MS = 100;
/** Different questions remembered at once; the oldest answer goes first. */
const MAX_ANSWERS = 16;

export interface RecentAnswers {
  /** The JSON of `make`, or of the same question moments ago if the view is still the same. */
  of(question: string, revision: string, nowMs: number, make: () => unknown): Uint8Array;
}

export function createRecentAnswers(): RecentAnswers {
  const encoder = new TextEncoder();
  const answers = new Map<string, { revision: string; madeAtMs: number; body: Uint8Array }>();
  return {
    of(question, revision, nowMs, make) {
      const held = answers.get(question);
      const isRecent = held !== undefined && nowMs - held.madeAtMs < KEEP_MS;
      if (isRecent && held.revision === revision) return held.body;
      const body = encoder.encode(JSON.stringify(make()));
      answers.delete(question);
      answers.set(question, { revision, madeAtMs: nowMs, body });
      const oldest = answers.keys().next();
      if (answers.size > MAX_ANSWERS && !oldest.done) answers.delete(oldest.value);
      return body;
    },
  };
}
