// POST /gossip: one exchange. The way in every peer uses every round, so it adds no header.

import { Hono } from 'hono';
import type { AppDependencies } from './dependencies.ts';
import { sameSite } from './guard.ts';
import { answerProblem, badRequest, Problem } from './problem.ts';
import { sizeCap } from './size-cap.ts';

type Dependencies = Pick<AppDependencies, 'view' | 'gossip' | 'countRefusal' | 'maxBodyBytes'>;

/** Peers may leave the type out to save its bytes; a wrong one is no peer. */
const checkType = (type: string | undefined, count: (code: string) => void): void => {
  if (type === undefined || type === 'application/octet-stream') return;
  const code = 'wrong_type';
  count(code);
  throw new Problem({
    status: 415,
    code,
    title: 'Not a gossip message',
    detail: `Gossip is application/octet-stream, not ${type}.`,
  });
};

export const gossipRoutes = (deps: Dependencies) => {
  const count = (code: string) => deps.countRefusal(code);
  return new Hono().post(
    '/gossip',
    sameSite(deps.view, count),
    sizeCap(deps.maxBodyBytes, count),
    async (c) => {
      checkType(c.req.header('Content-Type'), count);
      const body = await c.req.arrayBuffer().catch(() => {
        count('broken_off');
        throw badRequest('broken_off', 'The body ended before it was complete.');
      });
      const answer = await deps.gossip(new Uint8Array(body));
      if (!answer.ok) return answerProblem(c, answer);
      // The empty headers keep the server from adding a default content type. Messages are never
      // encoded into shared memory, which is all that the narrower type excludes.
      return c.body(answer.body as Uint8Array<ArrayBuffer>, 200, {});
    },
  );
};
