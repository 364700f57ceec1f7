// Lets callers change something that know the cluster's secret or the admin's token; loopback is no
// proof, for a proxy on this machine looks like it.

import type { MiddlewareHandler } from 'hono';
import { badRequest, Problem } from '../answers/problem.ts';
import { callerOf } from './caller.ts';
import type { AppDependencies } from './dependencies.ts';

/** `route` is the path below the base path, which is what callers sign; `*`: as it was called. */
export const admin =
  ({ gate }: Pick<AppDependencies, 'gate'>, route: string): MiddlewareHandler =>
  async (c, next) => {
    const { pathname, search } = new URL(c.req.url);
    const query = search.slice(1);
    const path = route.replace('*', pathname.slice(pathname.lastIndexOf('/') + 1));
    const body = await c.req.arrayBuffer().catch(() => {
      throw badRequest('broken_off', 'The body ended before it was complete.');
    });
    const call = { method: c.req.method, path, query, body: new Uint8Array(body) };
    const refusal = await gate.refuseCall(call, c.req.header('Authorization') ?? '', callerOf(c));
    if (refusal !== undefined) throw new Problem(refusal);
    return next();
  };
