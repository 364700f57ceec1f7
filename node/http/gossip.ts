// POST /gossip: one exchange. The way in every peer uses every round, so it adds no header.

import { Hono } from 'hono';
import { callerOf } from './access/caller.ts';
import type { AppDependencies } from './access/dependencies.ts';
import { answerProblem, badRequest, Problem } from './answers/problem.ts';
import { sizeCap } from './answers/size-cap.ts';

type Dependencies = Pick<
  AppDependencies,
  'view' | 'gate' | 'gossip' | 'countRefusal' | 'maxBodyBytes'
>;

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
  return new Hono().post('/gossip', sizeCap(deps.maxBodyBytes, count), async (c) => {
    checkType(c.req.header('Content-Type'), count);
    const body = await c.req.arrayBuffer().catch(() => {
      count('broken_off');
      throw badRequest('broken_off', 'The body ended before it was complete.');
    });
    const opened = await deps.gate.openGossip(new Uint8Array(body), callerOf(c));
    if (!opened.isOpen) {
      count(opened.refusal.code);
      return answerProblem(c, opened.refusal);
    }
    const answer = await deps.gossip(opened.message, callerOf(c));
    if (!answer.ok) {
      deps.gate.warn(answer, callerOf(c));
      return answerProblem(c, answer);
    }
    const sealed = await opened.seal(answer.body);
    // The empty headers keep the server from adding a default content type. Messages are never
    // encoded into shared memory, which is all that the narrower type excludes.
    return c.body(sealed as Uint8Array<ArrayBuffer>, 200, {});
  });
};
