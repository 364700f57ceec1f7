// Keeps web pages of others away: a node trusts its own machine's loopback, and so a browser there
// must not carry a stranger's requests to it, be it to read, to change or to keep it busy.

import type { Context, MiddlewareHandler } from 'hono';
import type { ClusterView } from '../../core/model.ts';
import { Problem } from '../answers/problem.ts';
import { isAllowedReader } from './cors.ts';
import type { AppDependencies, Refusal } from './dependencies.ts';

/** The name in a `Host` header or a URL, without port, case and the dot of a whole name. */
const nameOf = (host: string): string =>
  host
    .replace(/:\d*$/, '')
    .replace(/(?<=[^.])\.$/, '')
    .toLowerCase();

const hostOf = (url: string): string | undefined =>
  URL.canParse(url) ? new URL(url).host : undefined;

// An address cannot be rebound to another machine, a name that somebody else owns can.
const ADDRESS = /^(\d+\.\d+\.\d+\.\d+|\[[0-9a-f:.]+\])$/;

/** `host` as requests have it, with or without a port. */
export const isUnforgeable = (host: string): boolean => {
  const name = nameOf(host);
  return ADDRESS.test(name) || name === 'localhost' || name.endsWith('.localhost');
};

/** The node itself, as its peers call it, and other names that lead to it. */
type Self = { readonly view: Pick<ClusterView, 'selfId' | 'member'> } & Pick<
  AppDependencies,
  'allowedHosts' | 'allowedOrigins'
>;

const isOurs = (host: string, { view, allowedHosts = [] }: Self): boolean => {
  if (isUnforgeable(host)) return true;
  const advertised = hostOf(view.member(view.selfId)?.address ?? '');
  const names = [...(advertised === undefined ? [] : [advertised]), ...allowedHosts];
  return names.some((name) => nameOf(name) === nameOf(host));
};

/** HTTP/1.0 does without the header. */
const calledHost = (c: Context): string => c.req.header('Host') ?? hostOf(c.req.url) ?? '';

const SHOWN_LENGTH = 100;
const hostShown = (c: Context): string => calledHost(c).slice(0, SHOWN_LENGTH);

/** A link that a person opened in a window of their own, which no page of another site can read. */
const isOpenedLink = (c: Context): boolean =>
  (c.req.method === 'GET' || c.req.method === 'HEAD') &&
  c.req.header('Sec-Fetch-Mode') === 'navigate' &&
  c.req.header('Sec-Fetch-Dest') === 'document' &&
  // A page can have links fetched ahead, without anybody who opens them.
  c.req.header('Sec-Purpose') === undefined;

const FIX = 'open the address itself, or ask with a program';

/** `none` stands for what the person wrote into the address bar, or had as a bookmark. */
const foreignSite = (c: Context): string | undefined => {
  const site = c.req.header('Sec-Fetch-Site');
  if (site === undefined || site === 'same-origin' || site === 'none') return undefined;
  return `A page of another site (Sec-Fetch-Site: ${site}) may not call ${c.req.path}; ${FIX}.`;
};

const foreignOrigin = (c: Context): string | undefined => {
  const origin = c.req.header('Origin');
  if (origin === undefined || hostOf(origin) === calledHost(c)) return undefined;
  return `A page of ${origin} may not call ${c.req.path} of ${hostShown(c)}; ${FIX}.`;
};

/** Programs send neither header, browsers send them and scripts cannot forge them. */
const isBrowser = (c: Context): boolean =>
  c.req.header('Sec-Fetch-Site') !== undefined || c.req.header('Origin') !== undefined;

const crossSite = (detail: string): Refusal => ({
  status: 403,
  code: 'cross_site',
  title: 'Refused to another site',
  detail,
});

/** The code of that refusal. */
export const FOREIGN_HOST = 'foreign_host';

const foreignHost = (detail: string): Refusal => ({
  status: 403,
  code: FOREIGN_HOST,
  title: 'Called by a foreign name',
  detail,
});

const NAME_FIX =
  'call it by its IP address, as localhost or by its advertised name, or start it with ' +
  '--allowed-hosts and the name';

/** A browser that changes something must call the node by a name that is surely its. */
const refusalOf = (c: Context, self: Self, isGossip: boolean): Refusal | undefined => {
  const foreign = isAllowedReader(c, self)
    ? undefined
    : ((isOpenedLink(c) ? undefined : foreignSite(c)) ?? foreignOrigin(c));
  if (foreign !== undefined) return crossSite(foreign);
  const isChange = isBrowser(c) && !['GET', 'HEAD', 'OPTIONS'].includes(c.req.method);
  const takesAny = !isChange && (isGossip || self.allowedHosts === undefined);
  if (takesAny || isOurs(calledHost(c), self)) return undefined;
  return foreignHost(`This node is not known as ${hostShown(c)}; ${NAME_FIX}.`);
};

/**
 * For every route. Without `allowedHosts` any name will do to read and for programs, as where a
 * secret protects the node. It always will for a peer's gossip, for `join` takes names that the
 * node itself need not know; a browser sends none without an `Origin`.
 * `count` learns of gossip that is refused.
 */
export const ownPagesOnly =
  (self: Self, count: (code: string) => void = () => {}): MiddlewareHandler =>
  async (c, next) => {
    const isGossip = c.req.method === 'POST' && c.req.path.endsWith('/gossip');
    const refusal = refusalOf(c, self, isGossip);
    if (refusal === undefined) return next();
    if (isGossip) count(refusal.code);
    throw new Problem(refusal);
  };

/** For routes at which a GET changes something: no link of another site may lead there. */
export const unlinked: MiddlewareHandler = async (c, next) => {
  const foreign = foreignSite(c);
  if (foreign === undefined) return next();
  throw new Problem(crossSite(foreign));
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
