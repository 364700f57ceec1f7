// The HTTP app of a node: all routes over what the driver provides. It never listens.

import { Hono } from 'hono';
import { methodNotAllowed } from 'hono/method-not-allowed';
import { pageRoutes } from './dashboard/page.ts';
import { readableFrom } from './http/access/cors.ts';
import type { AppDependencies } from './http/access/dependencies.ts';

import { ownPagesOnly } from './http/access/guard.ts';
import { type Answering, createAnswering } from './http/answers/answering.ts';
import {
  answerError,
  answerMethodNotAllowed,
  answerNotFound,
  notedRefusals,
} from './http/answers/problem.ts';
import { shortAddress } from './http/answers/size-cap.ts';
import { forgetRoutes } from './http/forget.ts';
import { gossipRoutes } from './http/gossip.ts';
import { healthRoutes } from './http/health.ts';
import { historyRoutes } from './http/history.ts';
import { leaveRoutes } from './http/leave.ts';
import { metricRoutes } from './http/metrics.ts';
import { queryRoutes } from './http/query.ts';
import { stateRoutes } from './http/view/state.ts';

export type {
  AppDependencies,
  GossipAnswer,
  PeerAccess,
  PostedMetric,
  Refusal,
  UserMetrics,
} from './http/access/dependencies.ts';
export type { GossipStats } from './http/answers/health-shapes.ts';

/** The routes under one roof; their types are what Hono's typed client reads. */
const routesOf = (deps: AppDependencies & { readonly answering: Answering }, root: Hono) =>
  root
    .route('/', gossipRoutes(deps))
    .route('/', stateRoutes(deps))
    .route('/', queryRoutes(deps))
    .route('/', metricRoutes(deps))
    .route('/', historyRoutes(deps))
    .route('/', leaveRoutes(deps))
    .route('/', forgetRoutes(deps))
    .route('/', healthRoutes(deps))
    .route('/', pageRoutes(deps));

/** `/priomon/` of `priomon`, `/priomon` and `/priomon/`; `/` of nothing. */
const withSlashes = (path: string): string => `/${path}/`.replace(/\/+/g, '/');

/**
 * Types leave the base path out: a typed client is made with the base in its URL, as in
 * `hc<App>('http://host/priomon/')`.
 */
export const createApp = (deps: AppDependencies) => {
  const base = withSlashes(deps.basePath ?? '');
  const root = new Hono();
  root.onError(answerError(deps));
  root.notFound(answerNotFound);
  root.use(notedRefusals(deps));
  root.use(shortAddress);
  root.use(readableFrom(deps));
  root.use(ownPagesOnly(deps, deps.countRefusal));
  root.use(methodNotAllowed({ app: root, onMethodNotAllowed: answerMethodNotAllowed }));
  if (base !== '/') {
    // The page's links are relative to the directory that it is; `priomon` would lose its name.
    const name = base.slice(0, -1);
    root.get(name, (c) => c.redirect(`${name.slice(name.lastIndexOf('/') + 1)}/`, 308));
  }
  const answering = createAnswering(deps.view, deps.clock);
  return routesOf({ ...deps, answering }, root.basePath(base as '/'));
};

export type App = ReturnType<typeof createApp>;
