// How long a rolling restart takes, and how soon one node is back.

import { PRIMARY_METRICS } from '../../../node/config/metrics.ts';
import type { NodeConfig } from '../../../node/config/schema.ts';
import { launchProcesses, type RunningNode } from '../../../node/experiment/processes.ts';
import { type Restartable, restartAll, type Watched } from '../../e2e/support/rolling.ts';
import type { Benchmark, Context, Row } from '../benchmark.ts';
import { ADAPTIVE_ROUNDS, clusterConfigs, startCluster } from '../support/cluster.ts';

const NODES = 20;

export const rolling: Benchmark = {
  name: 'rolling',
  title: '20 processes restarted one after another, all others watched meanwhile',
  async run(context) {
    const runs: Watched[] = [];
    for (let run = 0; run < (context.isQuick ? 1 : 3); run++) runs.push(await restartOnce(context));
    return [
      row('all are back and whole', 's', runs, ({ seconds }) => seconds, 60),
      row('views with a node or a metric missing, or a death', '', runs, faultsOf, 0),
      row('views looked at', '', runs, ({ looks }) => looks),
    ];
  },
};

const faultsOf = ({ faults }: Watched): number => faults.length;

const row = (
  what: string,
  unit: string,
  runs: readonly Watched[],
  value: (watched: Watched) => number,
  aim?: number,
): Row => ({
  what: `rolling restart of ${NODES} processes: ${what}`,
  values: runs.map(value),
  unit,
  ...(aim !== undefined && { aim }),
  note: 'the next when the one before knows all again and another node has it back',
});

async function restartOnce(context: Context): Promise<Watched> {
  const configs = await clusterConfigs(context, NODES, { ...ADAPTIVE_ROUNDS });
  const launch = launchProcesses({ onLine: () => {}, onEnd: () => {} });
  const running = new Map<string, RunningNode>();
  const start = async (config: NodeConfig): Promise<RunningNode> => {
    const node = await launch.start(config, AbortSignal.timeout(30_000));
    running.set(node.id, node);
    return node;
  };
  try {
    const members = (await startCluster(configs, start)).map(
      ({ id, url }, at): Restartable => ({
        id,
        url,
        stop: async () => running.get(id)?.stop(),
        start: async () => void (await start(configs[at] as NodeConfig)),
      }),
    );
    return await restartAll(members, PRIMARY_METRICS);
  } finally {
    await Promise.all([...running.values()].map((node) => node.stop()));
    await launch.close();
  }
}
