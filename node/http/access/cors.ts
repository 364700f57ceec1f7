// Which web pages of other sites may read: those of origins that the settings name, and none unless
// they do. No page changes anything that way: what changes something is no GET.

import type { Context, MiddlewareHandler } from 'hono';
import { cors } from 'hono/cors';
import type { AppDependencies } from './dependencies.ts';

type Allowed = Pick<AppDependencies, 'allowedOrigins'>;

const READS = ['GET', 'HEAD'];
/** How long a browser need not ask again, seconds. */
const MAX_AGE_SECONDS = 600;

/** What the browser asks about, or asks for. */
const methodOf = (c: Context): string =>
  c.req.method === 'OPTIONS'
    ? (c.req.header('Access-Control-Request-Method') ?? 'OPTIONS')
    : c.req.method;

/** Whether a page of an allowed origin reads here, or asks whether it may. */
export const isAllowedReader = (c: Context, { allowedOrigins = [] }: Allowed): boolean => {
  const origin = c.req.header('Origin');
  if (origin === undefined || !READS.includes(methodOf(c))) return false;
  return allowedOrigins.includes('*') || allowedOrigins.includes(origin);
};

/** Answers preflights of readers, and lets them read what is answered, refusals too. */
export function readableFrom({ allowedOrigins = [] }: Allowed): MiddlewareHandler {
  const share = cors({
    origin: allowedOrigins.includes('*') ? '*' : [...allowedOrigins],
    allowMethods: READS,
    allowHeaders: ['Accept', 'Content-Type', 'If-None-Match'],
    exposeHeaders: ['ETag', 'Retry-After'],
    maxAge: MAX_AGE_SECONDS,
  });
  return (c, next) => (isAllowedReader(c, { allowedOrigins }) ? share(c, next) : next());
}
