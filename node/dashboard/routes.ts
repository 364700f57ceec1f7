// GET /: the page, with the headers that keep it to itself.

import { Hono } from 'hono';
import type { AppDependencies } from '../http/dependencies.ts';
import { pageHeaders } from '../http/policy.ts';
import { renderPage } from './page.ts';
import { SCRIPT } from './script.ts';
import { STYLE } from './style.ts';

export const pageRoutes = (deps: Pick<AppDependencies, 'view' | 'clock' | 'stats'>) => {
  let headers: ReturnType<typeof pageHeaders> | undefined;
  return new Hono().get('/', async (c) => {
    headers ??= pageHeaders({ style: STYLE, script: SCRIPT });
    const page = renderPage({
      self: deps.view.selfId,
      cluster: deps.view.cluster,
      members: deps.view.members(),
      stats: deps.stats(),
      wallMs: deps.clock.wallMs(),
      monotonicMs: deps.clock.monotonicMs(),
    });
    return c.html(page, 200, await headers);
  });
};
