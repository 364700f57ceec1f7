// Addresses as settings take them: URLs of peers and databases, hosts to listen on.

import { readText, text, type ValueSchema, value } from './values.ts';

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

export const nodeUrl = (): ValueSchema<string> =>
  value('url', 'must be a URL such as http://10.0.0.7:4001', readNodeUrl);

/** Empty for `none`: a node that nobody can reach and that only calls out. */
export const advertisedUrl = (): ValueSchema<string> =>
  value(
    'url',
    'must be a URL such as http://10.0.0.7:4001, or none for a node that only calls out',
    (input) => (readText(input)?.toLowerCase() === 'none' ? '' : readNodeUrl(input)),
  );

const HOST_NAME = /^(?=.{1,253}$)[a-z\d]([a-z\d-]*[a-z\d])?(\.[a-z\d]([a-z\d-]*[a-z\d])?)*$/i;

/** An address or name of this machine; brackets around IPv6 are taken off. */
export const host = (): ValueSchema<string> =>
  value('host', 'must be an address or name of this machine, such as 127.0.0.1 or ::', (input) => {
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
