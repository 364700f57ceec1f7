// Twenty observed processes and a record of what each said about the others.

import type { NodeConfig } from '../../../node/config/schema.ts';
import type { FlagValues } from '../../../node/config/sources/environment.ts';
import type { Context } from '../benchmark.ts';
import { clusterConfigs, startCluster, stopCluster } from './cluster.ts';
import type { Observation } from './observation.ts';
import { type ObservedProcess, startObservedProcess } from './observed.ts';

export interface Statement extends Extract<Observation, { type: 'member' }> {
  readonly observer: string;
}

export interface WatchedCluster {
  readonly members: readonly ObservedProcess[];
  /** Everything that any node said about another, in the order it came. */
  readonly statements: Statement[];
  /** Starts a node that was killed, with its own folder. */
  restart(id: string): Promise<void>;
  stop(): Promise<void>;
}

export async function startWatchedCluster(
  context: Context,
  count: number,
  flags: FlagValues,
): Promise<WatchedCluster> {
  const configs = await clusterConfigs(context, count, flags);
  const statements: Statement[] = [];
  const start = (config: NodeConfig): Promise<ObservedProcess> =>
    startObservedProcess(config, (observer, observation) => {
      if (observation.type === 'member') statements.push({ ...observation, observer });
    });
  const members = await startCluster(configs, start);
  return {
    members,
    statements,
    async restart(id) {
      const at = members.findIndex((member) => member.id === id);
      const config = configs.find((one) => one.id === id);
      if (config !== undefined) members[at] = await start(config);
    },
    stop: () => stopCluster(members),
  };
}
