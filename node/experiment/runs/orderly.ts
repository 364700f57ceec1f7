// Happenings that are heard of out of order, carried out in the order of their times.

export interface Orderly {
  add(at: number, action: () => void): void;
  /** Carries out what happened up to `until`, the earliest first. */
  release(until: number): void;
}

export function createOrderly(): Orderly {
  let waiting: { readonly at: number; readonly action: () => void }[] = [];
  return {
    add(at, action) {
      waiting.push({ at, action });
    },
    release(until) {
      const due = waiting.filter(({ at }) => at <= until).sort((a, b) => a.at - b.at);
      if (due.length === 0) return;
      waiting = waiting.filter(({ at }) => at > until);
      for (const { action } of due) action();
    },
  };
}
