// Answers of more than a slice: each has a place while it is made, its next slice is made when the
// reader has taken the one before, and nothing is made for a reader that is gone.

import type { Context } from 'hono';
import type { Clock } from '../../ports.ts';
import { networkOf } from '../access/caller.ts';
import { createPlaces, type PlaceLimits } from './places.ts';
import { tooBusy } from './problem.ts';
import { MAX_KEPT_BYTES } from './recent.ts';
import { createTurns, type Piece, takeSlice } from './turns.ts';

/** Each holds a slice, its place in the view, and what it collects (query/room.ts). */
const LONG_ANSWERS: PlaceLimits = {
  most: 16,
  mostOfOne: 4,
  busy(own, all) {
    const isOwn = own >= LONG_ANSWERS.mostOfOne;
    return tooBusy(`${isOwn ? own : all} long answers are under way ${isOwn ? 'to you' : 'here'}`);
  },
};

/** Who takes nothing of a long answer for so long has gone. */
const STALLED_MS = 20_000;

export type Headers = Readonly<Record<string, string>>;

/** The beginning of an answer, and how to give up the rest; to do so again does nothing. */
export interface Begun {
  readonly text: string;
  readonly isDone: boolean;
  readonly pieces: Iterator<Piece>;
  leave(): void;
}

export interface LongAnswers {
  /** A whole answer where it is short. Rejects with a Problem where there is no place in time. */
  begin(c: Context, pieces: Iterator<Piece>): Promise<Begun>;
  /** Sends what was begun and is not done. */
  goOn(c: Context, begun: Begun, headers: Headers): Response;
}

export function createLongAnswers(clock: Pick<Clock, 'after'>): LongAnswers {
  const encoder = new TextEncoder();
  const turns = createTurns(clock);
  const places = createPlaces(clock, LONG_ANSWERS);

  /** Rejects when the caller is gone, as all are once the listener has ended. */
  const nextSlice = async (pieces: Iterator<Piece>, signal: AbortSignal) => {
    await turns.next();
    if (signal.aborted) throw tooBusy('The caller left before its answer was made');
    return takeSlice(pieces);
  };

  const streamOf = (c: Context, { text: first, pieces, leave }: Begun) => {
    const { signal } = c.req.raw;
    let stopWatching = (): void => {};
    const watch = (controller: ReadableStreamDefaultController): void => {
      stopWatching();
      stopWatching = clock.after(STALLED_MS, () => {
        end();
        controller.error(new Error('The reader took nothing for too long.'));
      });
    };
    const end = (): void => {
      stopWatching();
      leave();
    };
    let text = first;
    let isDone = false;
    return new ReadableStream<Uint8Array>({
      start: watch,
      async pull(controller) {
        watch(controller);
        controller.enqueue(encoder.encode(text));
        if (isDone) {
          end();
          return controller.close();
        }
        try {
          ({ text, isDone } = await nextSlice(pieces, signal));
        } catch (error) {
          end();
          throw error;
        }
      },
      cancel: end,
    });
  };

  /** What is more than a slice has a place from then on, text or none, until `leave`. */
  const begin = async (c: Context, pieces: Iterator<Piece>): Promise<Begun> => {
    let { text, isDone } = takeSlice(pieces);
    if (isDone) return { text, isDone, pieces, leave: () => {} };
    const { signal } = c.req.raw;
    let leavePlace = (): void => {};
    const leave = (): void => {
      // What was not read to its end gives back what it holds.
      pieces.return?.();
      leavePlace();
    };
    try {
      leavePlace = await places.enter(networkOf(c), signal);
      // A question that finds little has no text yet, however much was looked at for it.
      while (!isDone && text.length < MAX_KEPT_BYTES / 4) {
        const more = await nextSlice(pieces, signal);
        text += more.text;
        isDone = more.isDone;
      }
    } catch (error) {
      leave();
      throw error;
    }
    // Nobody would ever read the stream that HEAD begins, nor end it.
    if (isDone || c.req.method === 'HEAD') leave();
    return { text, isDone, pieces, leave };
  };

  const goOn = (c: Context, begun: Begun, headers: Headers): Response => {
    if (c.req.method === 'HEAD') return c.body(null, 200, headers);
    return c.body(streamOf(c, begun), 200, headers);
  };

  return { begin, goOn };
}
