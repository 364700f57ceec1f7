// How answers go out: what was answered a moment ago from the view again, short ones whole, and
// long ones as a stream whose next slice is made when the reader has taken the one before.

import type { Context, MiddlewareHandler } from 'hono';
import type { ClusterView } from '../../core/model.ts';
import type { Clock } from '../../ports.ts';
import { networkOf } from '../access/caller.ts';
import { type Now, readClock } from '../view/view-json.ts';
import { hasAny, isKnown, tagOf } from './freshness.ts';
import { createPlaces, type PlaceLimits } from './places.ts';
import { tooBusy } from './problem.ts';
import { createRecentAnswers, MAX_KEPT_BYTES } from './recent.ts';
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

export interface Answering {
  /** Answers what was answered to the same question a moment ago, unread. */
  readonly recall: MiddlewareHandler;
  /** `make` is called for answers that are not held; what can be is refused before. */
  answer(c: Context, make: (now: Now) => Iterator<Piece>, type?: Headers): Promise<Response>;
  /** JSON that is not of the view: nobody holds it, and it is not held here. */
  send(c: Context, pieces: Iterator<Piece>): Promise<Response>;
}

/** The beginning of an answer, and how to give up the rest; to do so again does nothing. */
interface Begun {
  readonly text: string;
  readonly isDone: boolean;
  readonly pieces: Iterator<Piece>;
  leave(): void;
}

type Headers = Readonly<Record<string, string>>;

const TYPE: Headers = { 'Content-Type': 'application/json' };
const JSON_TYPE: Headers = { ...TYPE, 'Cache-Control': 'no-cache' };

export function createAnswering(view: ClusterView, clock: Clock): Answering {
  const encoder = new TextEncoder();
  const recent = createRecentAnswers();
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

  return {
    recall: async (c, next) => {
      const tag = tagOf(view);
      const body = recent.find(c.req.url, tag, clock.monotonicMs());
      if (body === undefined) return next();
      const headers = { ...body.headers, ETag: tag };
      if (isKnown(c, tag) || hasAny(c)) return c.body(null, 304, headers);
      return c.body(body.bytes as Uint8Array<ArrayBuffer>, 200, headers);
    },
    async answer(c, make, type = JSON_TYPE) {
      const tag = tagOf(view);
      const headers = { ...type, ETag: tag };
      if (isKnown(c, tag)) return c.body(null, 304, headers);
      const now = readClock(clock);
      const begun = await begin(c, make(now));
      if (hasAny(c)) {
        begun.leave();
        return c.body(null, 304, headers);
      }
      if (!begun.isDone) return goOn(c, begun, headers);
      const bytes = encoder.encode(begun.text);
      recent.keep(c.req.url, { revision: tag, madeAtMs: now.monotonicMs, bytes, headers: type });
      return c.body(bytes as Uint8Array<ArrayBuffer>, 200, headers);
    },
    async send(c, pieces) {
      const begun = await begin(c, pieces);
      return begun.isDone ? c.body(begun.text, 200, TYPE) : goOn(c, begun, TYPE);
    },
  };
}
