// How much all questions together may hold while they collect: one alone has room for any fleet,
// and many at once must not take the memory that the node itself needs.

import { tooBusy } from '../answers/problem.ts';

/** What one question holds of the room. */
export interface Share {
  /** Throws a Problem when there is no room for so much more. */
  take(bytes: number): void;
  give(bytes: number): void;
}

/** Whoever opens a share closes it, however the question ends. */
export interface OpenShare extends Share {
  close(): void;
}

const MEBIBYTE = 2 ** 20;
const MAX_BYTES = 64 * MEBIBYTE;

export function createRoom(maxBytes = MAX_BYTES): { open(): OpenShare } {
  let all = 0;
  return {
    open() {
      let own = 0;
      const give = (bytes: number): void => {
        own -= bytes;
        all -= bytes;
      };
      return {
        take(bytes) {
          if (all + bytes > maxBytes) {
            const fix = 'ask for less, such as fewer metrics or nodes, or again in a moment';
            throw tooBusy(`All questions together hold ${maxBytes / MEBIBYTE} MiB here`, fix);
          }
          own += bytes;
          all += bytes;
        },
        give,
        close: () => give(own),
      };
    },
  };
}
