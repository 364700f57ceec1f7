// What each node of a local cluster is told: the user's settings, and what is its own.

import type { LoadedConfig } from '../../config/load.ts';
import type { NodeConfig } from '../../config/schema.ts';
import type { Environment } from '../../config/sources/environment.ts';
import { readConfig } from '../../config/sources/file.ts';
import { dialable } from '../../host/network/listen.ts';
import { createProbes } from '../../probes/index.ts';
import { NODES_DEFAULTS, type NodesOptions } from '../options.ts';

/** Seeds of every node: one may be down when another comes back. */
const SEEDS = 3;

export const readNodesConfig = (
  { config: path, flags }: Pick<NodesOptions, 'config' | 'flags'>,
  environment: Environment,
): Promise<LoadedConfig> =>
  readConfig({
    path,
    environment,
    flags,
    defaults: NODES_DEFAULTS,
    probes: createProbes({ platform: process.platform }).map(({ name }) => name),
  });

/** n1 … n20 on the ports above the base; each knows the first few addresses. */
export function clusterConfigs(
  { advertise, ...shared }: NodeConfig,
  count: number,
  basePort: number,
): NodeConfig[] {
  const host = dialable(shared.listen);
  const scheme = shared.security.tls.cert === undefined ? 'http' : 'https';
  const address = (i: number): string => `${scheme}://${host}:${basePort + i}${shared.basePath}`;
  const numbers = Array.from({ length: count }, (_, i) => i + 1);
  const seeds = numbers.slice(0, SEEDS).map(address);
  return numbers.map((i) => ({
    ...shared,
    // An address is one node's; that nobody can call them may be meant for all.
    ...(advertise === '' && { advertise }),
    id: `n${i}`,
    port: basePort + i,
    join: seeds.filter((seed) => seed !== address(i)),
  }));
}
