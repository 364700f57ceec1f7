// How answers go out: what was answered a moment ago from the view again, short ones whole, and
// long ones as a stream.

import type { Context, MiddlewareHandler } from 'hono';
import type { ClusterView } from '../../core/model.ts';
import type { Clock } from '../../ports.ts';
import { type Now, readClock } from '../view/view-json.ts';
import { hasAny, isKnown, tagOf } from './freshness.ts';
import { createLongAnswers, type Headers } from './long.ts';
import { createRecentAnswers } from './recent.ts';
import type { Piece } from './turns.ts';

export interface Answering {
  /** Answers what was answered to the same question a moment ago, unread. */
  readonly recall: MiddlewareHandler;
  /** `make` is called for answers that are not held; what can be is refused before. */
  answer(c: Context, make: (now: Now) => Iterator<Piece>, type?: Headers): Promise<Response>;
  /** JSON that is not of the view: nobody holds it, and it is not held here. */
  send(c: Context, pieces: Iterator<Piece>): Promise<Response>;
}

const TYPE: Headers = { 'Content-Type': 'application/json' };
const JSON_TYPE: Headers = { ...TYPE, 'Cache-Control': 'no-cache' };

export function createAnswering(view: ClusterView, clock: Clock): Answering {
  const encoder = new TextEncoder();
  const recent = createRecentAnswers();
  const { begin, goOn } = createLongAnswers(clock);

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
