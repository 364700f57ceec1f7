// What a node is called, where peers reach it and where it keeps what it saw, as far as the
// configuration leaves that to the machine.

import { hostname } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { NodeConfig } from '../../config/schema.ts';
import type { WorkerStoreOptions } from '../../storage/thread/messages.ts';

/** As configured, or the host's name: letters, digits and . _ - alone; `node` where it has none. */
export const idOf = ({ id }: NodeConfig): string =>
  id ??
  (hostname()
    .replace(/[^\w.-]/g, '-')
    .replace(/^[^a-zA-Z0-9]+/, '')
    .slice(0, 64) ||
    'node');

/** What peers are told: as configured, or made from where the node listens. */
export function addressOf(config: NodeConfig, port: number): string {
  if (config.advertise !== undefined) return config.advertise;
  const isAny = config.listen === '0.0.0.0' || config.listen === '::';
  const host = isAny ? hostname() : config.listen;
  const { cert } = config.security.tls;
  const scheme = cert === undefined ? 'http' : 'https';
  return `${scheme}://${host.includes(':') ? `[${host}]` : host}:${port}${config.basePath}`;
}

/** The configured database, or a file of this node in its data folder. */
export const databaseOf = (id: string, { storage, data }: NodeConfig): string =>
  storage.url ?? pathToFileURL(join(data, `${id}.db`)).href;

/** Where rows wait for a server, if the node stores on one. */
export const spoolOf = (
  id: string,
  { storage, data }: NodeConfig,
): WorkerStoreOptions['spool'] | undefined =>
  storage.url === undefined || storage.spoolMaxBytes === 0
    ? undefined
    : { url: pathToFileURL(join(data, `${id}.spool.db`)).href, maxBytes: storage.spoolMaxBytes };

/** Whether anything of a node lies in its data folder. */
export const keepsFilesOf = ({ storage }: NodeConfig): boolean =>
  storage.enabled && (storage.url === undefined || storage.spoolMaxBytes > 0);
