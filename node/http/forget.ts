// DELETE /members/:id: a dead node is forgotten before its time, on all nodes.

import { Hono } from 'hono';
import { admin } from './access/admin.ts';
import type { AppDependencies } from './access/dependencies.ts';
import { notFound, Problem } from './answers/problem.ts';
import type { ForgottenAnswer } from './answers/shapes.ts';
import { sizeCap } from './answers/size-cap.ts';
import { headingOf, readClock } from './view/view-json.ts';

type Dependencies = Pick<AppDependencies, 'view' | 'clock' | 'gate' | 'forget' | 'maxBodyBytes'>;

const alive = (id: string): Problem =>
  new Problem({
    status: 409,
    code: 'node_alive',
    title: 'The node is alive',
    detail: `${id} answers its peers; stop it first, or let it leave (npm run leave).`,
  });

const full = (): Problem =>
  new Problem({
    status: 503,
    code: 'facts_full',
    title: 'The node has too many facts',
    detail:
      'This node publishes as many facts as it can, forgotten nodes among them; ask another ' +
      'node, or wait until forget_after has passed for some.',
  });

export const forgetRoutes = (deps: Dependencies) =>
  new Hono().delete('/members/:id', sizeCap(deps.maxBodyBytes), admin(deps, '/members/*'), (c) => {
    const id = c.req.param('id');
    const fault = deps.forget(id);
    if (fault === 'alive') throw alive(id);
    if (fault === 'full') throw full();
    if (fault === 'unknown') throw notFound('unknown_node', `No node ${id} is known here.`);
    const heading = headingOf(deps.view, readClock(deps.clock));
    return c.json<ForgottenAnswer, 202>({ ...heading, forgotten: id }, 202);
  });
