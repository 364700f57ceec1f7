// Whether measuring slows what it measures: processor time of emulated nodes that report all they
// see, beside the same nodes as anybody runs them.

import { mkdtempSync } from 'node:fs';
import { join } from 'node:path';
import { setupOf } from '../../../node/experiment/emulation/setup.ts';
import { createCollector } from '../../../node/experiment/measures/collector.ts';
import { loadExperiment } from '../../../node/experiment/plan/load.ts';
import type { RunSpec } from '../../../node/experiment/plan/plan.ts';
import { runSpecsOf } from '../../../node/experiment/plan/points.ts';
import { launchProcesses } from '../../../node/experiment/processes.ts';
import { openEmulated } from '../../../node/experiment/runs/emulated.ts';
import type { Benchmark, Context, Row } from '../benchmark.ts';
import { settle, startCluster, stopCluster } from '../support/cluster.ts';
import { machineMs, readCpuMs } from '../support/machine.ts';
import { mean } from '../support/statistics.ts';

const NODES = 20;

/** Percent of one core. */
interface Load {
  readonly nodes: readonly number[];
  /** Of the process that takes the reports. */
  readonly experiment: number;
}

export const measuring: Benchmark = {
  name: 'measuring',
  title: 'What measuring costs the measured',
  async run(context) {
    const pairs = context.isQuick ? 1 : 4;
    const watched: Load[] = [];
    const plain: Load[] = [];
    for (let pair = 0; pair < pairs; pair++) {
      watched.push(await loadOfWatched(context));
      plain.push(await loadOfPlain(context));
    }
    return rowsOf(watched, plain);
  },
};

function rowsOf(watched: readonly Load[], plain: readonly Load[]): Row[] {
  // Steps of 10 ms, in which Linux counts, are too coarse for the figure of one process.
  const means = (loads: readonly Load[]): number[] => loads.map(({ nodes }) => mean(nodes));
  const without = means(plain);
  const ratios = means(watched).map((load, i) => (load / (without[i] ?? Number.NaN) - 1) * 100);
  const note =
    'fixed rounds and samples of 1 s on real values, nothing stored, nobody asks; the mean of ' +
    `${NODES} processes, cluster by cluster, the two kinds in turn`;
  return [
    { what: `${NODES} processes: more processor time for reports`, values: ratios, unit: '%' },
    { what: 'of an experiment: processor time a node', values: means(watched) },
    { what: 'as anybody runs them: processor time a node', values: without },
    {
      what: `the process that takes the reports of ${NODES} nodes`,
      values: watched.map(({ experiment }) => experiment),
    },
  ].map((row, i) => ({ unit: '% of a core', note, ...row, ...(i === 0 && { aim: 5 }) }));
}

function specOf({ basePort }: Context): RunSpec {
  const { plan } = loadExperiment(undefined, {
    mode: 'emulate',
    nodes: String(NODES),
    rounds: 'fixed',
    workload: 'machine',
    base_port: String(basePort),
    log_level: 'error',
    runs: '1',
  });
  const [spec] = runSpecsOf(plan);
  if (spec === undefined) throw new Error('the plan has no run');
  return spec;
}

const settleMs = ({ isQuick }: Context): number => (isQuick ? 5_000 : 20_000);
const watchMs = ({ isQuick }: Context): number => (isQuick ? 20_000 : 60_000);

const folderOf = ({ folder }: Context): string => mkdtempSync(join(folder, 'measuring-'));

async function loadOfWatched(context: Context): Promise<Load> {
  const spec = specOf(context);
  const { nodes, roundMs, metricSet } = spec.point;
  const collector = createCollector({
    nodes,
    roundMs,
    ...metricSet,
    measureMs: 0,
    keepsRounds: true,
  });
  const { signal } = new AbortController();
  const folder = folderOf(context);
  const stage = await openEmulated({ spec, collector, folder, signal, onLine: () => {} });
  try {
    await stage.start();
    await stage.until(stage.now() + settleMs(context));
    const own = process.cpuUsage();
    const before = await stage.use();
    const startedAt = machineMs();
    await stage.until(stage.now() + watchMs(context));
    const after = await stage.use();
    const elapsedMs = machineMs() - startedAt;
    const { user, system } = process.cpuUsage(own);
    return {
      nodes: after.map(({ cpuMs }, i) => share(cpuMs, before[i]?.cpuMs, elapsedMs)),
      experiment: ((user + system) / 1_000 / elapsedMs) * 100,
    };
  } finally {
    await stage.close();
  }
}

const share = (
  after: number | null | undefined,
  before: number | null | undefined,
  elapsedMs: number,
): number => (((after ?? Number.NaN) - (before ?? Number.NaN)) / elapsedMs) * 100;

async function loadOfPlain(context: Context): Promise<Load> {
  const spec = specOf(context);
  const folder = folderOf(context);
  const { metrics } = spec.point.metricSet;
  const told = new Set(metrics.map(({ name }) => name));
  const others = ['swap', 'load1'].filter((name) => !told.has(name));
  const configs = Array.from({ length: NODES }, (_, index) => ({
    ...setupOf(spec, index, folder, 0, index === 0 ? [] : [0]).config,
    metrics: Object.fromEntries(others.map((name) => [name, { gossip: false }])),
  }));
  const launch = launchProcesses({ onLine: () => {}, onEnd: () => {} });
  const members = await startCluster(configs, launch.start);
  try {
    await settle(settleMs(context));
    const pids = members.flatMap(({ pid }) => pid ?? []);
    const before = pids.map(readCpuMs);
    const startedAt = machineMs();
    await settle(watchMs(context));
    const after = pids.map(readCpuMs);
    const elapsedMs = machineMs() - startedAt;
    return { nodes: after.map((ms, i) => share(ms, before[i], elapsedMs)), experiment: 0 };
  } finally {
    await stopCluster(members);
    await launch.close();
  }
}
