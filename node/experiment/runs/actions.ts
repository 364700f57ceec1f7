// Actions of a run: what happens in it, and when.

/** Something to do at a time of the run. */
export interface Action {
  readonly at: number;
  readonly act: () => void | Promise<void>;
}

/** One action a period: at its end, or at the part of it that `placeOf` says for its index. */
export const repeat = (
  fromMs: number,
  endMs: number,
  everyMs: number,
  act: (at: number) => void,
  placeOf = (_index: number): number => 1,
): Action[] =>
  Array.from({ length: Math.max(0, Math.floor((endMs - fromMs) / everyMs)) }, (_, i) => {
    const at = fromMs + (i + placeOf(i)) * everyMs;
    return { at, act: () => act(at) };
  });

/** The part of the golden ratio behind the point: its multiples lie evenly apart. */
const GOLDEN = (Math.sqrt(5) - 1) / 2;

/**
 * Another place in each period. With a fixed one, views would always be compared equally long
 * after each node's sample.
 */
export const scattered = (index: number): number => (index * GOLDEN) % 1;

/** Carries out, in the order of their times, actions that are heard of out of order. */
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
