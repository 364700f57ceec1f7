// Long answers are put together in slices, so that gossip is never kept waiting for one of them.

import type { Clock } from '../../ports.ts';

/** A piece of an answer's text, or how many metrics were looked at for none. */
export type Piece = string | number;

/**
 * Counted in metrics of an answer, some microseconds each: a clock would do as well, but that of an
 * object stands still while it works. A fleet of 150 usual nodes is one slice.
 */
export const SLICE = 1_024;
/** What a metric takes as text, about. */
const METRIC_CHARACTERS = 128;

const weightOf = (piece: Piece): number =>
  typeof piece === 'number' ? piece : 1 + piece.length / METRIC_CHARACTERS;

/** One slice of text; `isDone` when there is no more. */
export function takeSlice(pieces: Iterator<Piece>): { text: string; isDone: boolean } {
  const texts: string[] = [];
  for (let weight = 0; weight < SLICE; ) {
    const { done, value } = pieces.next();
    if (done === true) return { text: texts.join(''), isDone: true };
    weight += weightOf(value);
    if (typeof value === 'string') texts.push(value);
  }
  return { text: texts.join(''), isDone: false };
}

export interface Turns {
  /** Resolves when the event loop was free for others; who waits goes on one at a time. */
  next(): Promise<void>;
}

export function createTurns(clock: Pick<Clock, 'after'>): Turns {
  const waiting: (() => void)[] = [];
  const letOneGoOn = (): void => {
    waiting.shift()?.();
    if (waiting.length > 0) clock.after(0, letOneGoOn);
  };
  return {
    next: () =>
      new Promise((resolve) => {
        waiting.push(resolve);
        if (waiting.length === 1) clock.after(0, letOneGoOn);
      }),
  };
}
