// Addresses as settings take them: URLs of peers and databases, names to look up, hosts to listen
// on.

import * as v from 'valibot';
import { addressFault, hostOf } from '../core/membership/address-policy.ts';
import { list, readText, text, type ValueSchema, value } from './values.ts';

/** What the wire allows for an address. */
const MAX_URL_LENGTH = 200;

/** `http://host:port` with an optional path, without the slash at its end. */
export function readNodeUrl(input: unknown): string | undefined {
  if (typeof input !== 'string' || input.length > MAX_URL_LENGTH) return undefined;
  const url = URL.parse(input.trim());
  if (!url || !/^https?:$/.test(url.protocol)) return undefined;
  // Credentials would be gossiped to everybody; a query cannot be extended by paths.
  if (url.username || url.password || url.search || url.hash) return undefined;
  return `${url.origin}${url.pathname}`.replace(/\/+$/, '');
}

const HOST_AND_PORT = /^(\[[\da-f:.]+\]|[^\s:/?#@[\]]+):\d{1,5}(\/|$)/i;

/** As users write it: a URL, or `host:port` for http. */
export function readNodeAddress(input: unknown): string | undefined {
  const written = typeof input === 'string' ? input.trim() : '';
  return readNodeUrl(HOST_AND_PORT.test(written) ? `http://${written}` : written);
}

/** The address of one node to call. */
export const nodeAddress = (): ValueSchema<string> =>
  value('url', 'must be a URL such as http://127.0.0.1:4001, or host:port alone', readNodeAddress);

/** A name that stands for nodes, to be looked up while the node runs. */
export interface DnsName {
  /** `addresses` for A and AAAA records, `services` for SRV, which name the port themselves. */
  readonly kind: 'addresses' | 'services';
  readonly name: string;
  readonly port: number | undefined;
  readonly scheme: 'http' | 'https';
  /** Base path of the nodes there; empty: as this node's own. */
  readonly path: string;
}

/** Underscores are no part of host names, but of services' names in Docker. */
const LOOKED_UP = /^(?=.{1,253}$)[a-z\d][\w-]{0,62}(\.[a-z\d][\w-]{0,62})*$/i;
const SERVICE_NAME = /^_[a-z\d-]{1,62}\._(tcp|udp)\.(?=.)/i;

/**
 * `dns://app.internal:4000`, `dns+https://…`, or `dns://_priomon._tcp.app.internal` without a port
 * for SRV records; each with an optional path.
 */
export function readDnsName(input: unknown): DnsName | undefined {
  const url = typeof input === 'string' ? URL.parse(input.trim()) : null;
  if (url === null || !/^dns(\+https)?:$/.test(url.protocol)) return undefined;
  if (url.username || url.password || url.search || url.hash) return undefined;
  const name = url.hostname.toLowerCase();
  const [service = ''] = SERVICE_NAME.exec(name) ?? [];
  const isName = LOOKED_UP.test(name.slice(service.length)) && !/^[\d.]+$/.test(name);
  if (!isName || (service === '') === (url.port === '') || url.port === '0') return undefined;
  return {
    kind: service === '' ? 'addresses' : 'services',
    name,
    port: url.port === '' ? undefined : Number(url.port),
    scheme: url.protocol === 'dns:' ? 'http' : 'https',
    path: url.pathname.replace(/\/+$/, ''),
  };
}

const JOIN_RULE =
  'must be a URL such as http://10.0.0.7:4001, host:port alone, or a name to look up such as ' +
  'dns://app.internal:4001 (SRV records without a port: dns://_priomon._tcp.app.internal)';

const joined = (): ValueSchema<string> =>
  value('url', JOIN_RULE, (input) => {
    if (typeof input === 'string' && input.length > MAX_URL_LENGTH) return undefined;
    return readDnsName(input) === undefined ? readNodeAddress(input) : String(input).trim();
  });

/** URLs of nodes, and names that stand for some. */
export const seeds = (): ValueSchema<string[]> =>
  v.pipe(
    list(joined()),
    v.rawCheck(({ dataset, addIssue }) => {
      if (!dataset.typed) return;
      const wrong = dataset.value.find((seed) => /^http/.test(seed) && addressFault(seed));
      if (wrong !== undefined) addIssue({ message: `every item ${reachRule(wrong)}` });
    }),
  );

const reachRule = (address: string): string =>
  `must be an address that others can call: ${hostOf(address)} ${addressFault(address)}; ` +
  "give a node's own address or name in your network";

/** Empty for `none`: a node that nobody can reach and that only calls out. */
export const advertisedUrl = (): ValueSchema<string> =>
  v.pipe(
    value(
      'url',
      'must be a URL such as http://10.0.0.7:4001, host:port alone, or none for a node that ' +
        'only calls out',
      (input) => (readText(input)?.toLowerCase() === 'none' ? '' : readNodeAddress(input)),
    ),
    v.check(
      (address) => address === '' || addressFault(address) === undefined,
      ({ input }) => `${reachRule(input)}, or none for a node that only calls out`,
    ),
  );

const HOST_NAME = /^(?=.{1,253}$)[a-z\d]([a-z\d-]*[a-z\d])?(\.[a-z\d]([a-z\d-]*[a-z\d])?)*$/i;

const LISTEN_RULE = 'must be an address or name of this machine, such as 127.0.0.1 or ::';

/** An address or name, of this machine by default; brackets around IPv6 are taken off. */
export const host = (rule = LISTEN_RULE): ValueSchema<string> =>
  value('host', rule, (input) => {
    const written = readText(input)?.replace(/^\[(.*)\]$/, '$1');
    if (written === undefined) return undefined;
    if (written.includes(':')) return URL.canParse(`http://[${written}]`) ? written : undefined;
    return HOST_NAME.test(written) ? written : undefined;
  });

/** Whether only this machine can reach a listener on that host. */
export const isLoopback = (listen: string): boolean =>
  /^localhost$/i.test(listen) || /^127(\.\d{1,3}){3}$/.test(listen) || listen === '::1';

export const databaseUrl = (): ValueSchema<string> =>
  text(
    'url',
    'must be the URL of a libSQL database, such as libsql://…, https://… or file:…',
    /^(libsql|https?|wss?|file):\S{1,2000}$/,
  );

/** As browsers send it: scheme, host and port, without a path; or `*` for any. */
export const origin = (): ValueSchema<string> =>
  value('origin', 'must be an origin such as https://wall.example.com:8443, or *', (input) => {
    const written = readText(input)?.replace(/\/$/, '') ?? '';
    if (written === '*') return written;
    const url = URL.parse(written);
    // Browsers send whole names: a pattern would never be one.
    const isWeb = url !== null && /^https?:$/.test(url.protocol) && !url.host.includes('*');
    return isWeb && url.origin === written.toLowerCase() ? url.origin : undefined;
  });
