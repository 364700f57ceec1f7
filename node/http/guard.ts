// Keeps web pages of others away from routes that change something. A node trusts its own
// machine's loopback, and so a browser there must not carry a stranger's requests to it.

import type { Context, MiddlewareHandler } from 'hono';
import type { ClusterView } from '../core/model.ts';
import type { Refusal } from './dependencies.ts';
import { Problem } from './problem.ts';

const refusalOf = (detail: string): Refusal => ({
  status: 403,
  code: 'cross_site',
  title: 'Refused to another site',
  detail,
});

const hostOf = (url: string): string | undefined =>
  URL.canParse(url) ? new URL(url).host : undefined;

// An address cannot be rebound to another machine, a name that somebody else owns can.
const ADDRESS = /^(\d+\.\d+\.\d+\.\d+|\[[0-9a-f:.]+\])$/i;
const LOCAL_NAME = /^([^.]+\.)*localhost$/i;

/** `host` as requests have it, with or without a port. */
export const isUnforgeable = (host: string): boolean => {
  const name = host.replace(/:\d+$/, '');
  return ADDRESS.test(name) || LOCAL_NAME.test(name);
};

/** The node itself, as its peers call it. */
type Self = Pick<ClusterView, 'selfId' | 'member'>;

const isOurs = (host: string, view: Self): boolean =>
  isUnforgeable(host) || host === hostOf(view.member(view.selfId)?.address ?? '');

/** Programs send neither header, browsers send both and scripts cannot forge them. */
const crossSite = (c: Context, view: Self): string | undefined => {
  const site = c.req.header('Sec-Fetch-Site');
  const origin = c.req.header('Origin');
  if (site === undefined && origin === undefined) return undefined;
  if (site !== undefined && site !== 'same-origin' && site !== 'none') {
    return `A page of another site (Sec-Fetch-Site: ${site}) may not call ${c.req.path}.`;
  }
  const host = c.req.header('Host') ?? hostOf(c.req.url) ?? '';
  if (origin !== undefined && hostOf(origin) !== host) {
    return `A page of ${origin} may not call ${c.req.path} of ${host}.`;
  }
  if (isOurs(host, view)) return undefined;
  return `A browser must call the node by its IP address or its own address, not as ${host}.`;
};

/** `count` learns of each refusal. */
export const sameSite =
  (view: Self, count?: (code: string) => void): MiddlewareHandler =>
  async (c, next) => {
    const detail = crossSite(c, view);
    if (detail === undefined) return next();
    const refusal = refusalOf(detail);
    count?.(refusal.code);
    throw new Problem(refusal);
  };

/** Anything else could be sent by a plain HTML form, without the browser asking first. */
export const jsonOnly: MiddlewareHandler = async (c, next) => {
  const type = c.req.header('Content-Type') ?? '';
  if (/^application\/json\s*(;|$)/i.test(type)) return next();
  throw new Problem({
    status: 415,
    code: 'json_only',
    title: 'Only JSON is read here',
    detail: `Send \`Content-Type: application/json\` and a JSON body; it was ${type || 'absent'}.`,
  });
};
