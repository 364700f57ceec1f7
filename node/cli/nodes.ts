// npm run nodes: a cluster on this machine, from the first process to the last goodbye.

import { PRIMARY_METRICS } from '../config/metrics.ts';
import type { NodeConfig } from '../config/schema.ts';
import { OperatingError } from '../errors.ts';
import {
  type Launch,
  launchInProcess,
  launchProcesses,
  type RunningNode,
} from '../experiment/processes.ts';
import { whenAllKnowAll } from '../experiment/readiness.ts';
import { systemClock } from '../host/process/clock.ts';
import { readAuthority } from '../host/security/certificates/files.ts';
import { runCommand } from './command.ts';
import { clusterConfigs, readNodesConfig } from './nodes/config.ts';
import { type ClusterReport, createReport } from './nodes/report.ts';
import {
  checkPorts,
  DEFAULT_BASE_PORT,
  type NodesOptions,
  parseNodesArguments,
} from './options.ts';
import { createSaidByMany, type SaidByMany } from './terminal/said-by-many.ts';
import { untilStopped } from './terminal/stopping.ts';

/** Processes started at once: too many make each other late on a small machine. */
const STARTING_AT_ONCE = 20;

async function main(options: NodesOptions): Promise<number> {
  process.title = 'priomon nodes';
  const startedAt = performance.now();
  const read = await readNodesConfig(options, process.env);
  const basePort = options.basePort ?? read.experiment.basePort ?? DEFAULT_BASE_PORT;
  checkPorts(basePort, options.count);
  const ca = await readAuthority(read.config.security.tls);
  const report = createReport(options, process.stdout);
  for (const note of read.notes) report.note(note);
  const stopped = untilStopped();
  const lost = new AbortController();
  const ended = new Set<string>();
  const said = createSaidByMany(({ line, nodes }) => report.note(line, nodes), systemClock);
  const launch = (options.isInProcess ? launchInProcess : launchProcesses)({
    onLine: (line) => said.hear(line, options.count - ended.size),
    onEnd(id, reason) {
      report.ended(id, reason);
      ended.add(id);
      lost.abort(new OperatingError('node_ended', `${id} ended before all were ready: ${reason}.`));
    },
  });
  const nodes: RunningNode[] = [];
  try {
    const configs = clusterConfigs(read.config, options.count, basePort);
    // In one process a start is waiting for the most part, and nodes wait together.
    const atOnce = options.isInProcess ? options.count : STARTING_AT_ONCE;
    const start = async (config: NodeConfig): Promise<RunningNode> => ({
      ...(await launch.start(config, stopped.signal)),
      ca,
    });
    await startAll(start, configs, atOnce, nodes, report, stopped.signal);
    const waiting = AbortSignal.any([stopped.signal, lost.signal]);
    await whenAllKnowAll(nodes, PRIMARY_METRICS, waiting, (known) => report.knowing(known));
    if (!stopped.signal.aborted) lost.signal.throwIfAborted();
    if (!stopped.signal.aborted) {
      report.ready((performance.now() - startedAt) / 1_000, nodes);
      await report.watch(nodes, stopped.signal);
    }
    return 0;
  } finally {
    await stopAll(launch, nodes, ended, said, report);
  }
}

async function startAll(
  start: (config: NodeConfig) => Promise<RunningNode>,
  configs: readonly NodeConfig[],
  atOnce: number,
  nodes: RunningNode[],
  report: ClusterReport,
  signal: AbortSignal,
): Promise<void> {
  const waiting = [...configs];
  const startSome = async (): Promise<void> => {
    for (let next = waiting.shift(); next !== undefined; next = waiting.shift()) {
      if (signal.aborted) return;
      nodes.push(await start(next));
      report.started(nodes.length);
    }
  };
  const starters = Array.from({ length: atOnce }, startSome);
  // One port that is taken ends the attempt, but what is half started must be ended too.
  const outcomes = await Promise.allSettled(starters);
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure !== undefined && !signal.aborted) throw failure.reason;
  nodes.sort((a, b) => Number(a.id.slice(1)) - Number(b.id.slice(1)));
}

async function stopAll(
  launch: Launch,
  nodes: readonly RunningNode[],
  ended: ReadonlySet<string>,
  said: SaidByMany,
  report: ClusterReport,
): Promise<void> {
  const startedAt = performance.now();
  const running = nodes.filter(({ id }) => !ended.has(id));
  await Promise.all(nodes.map((node) => node.stop()));
  await launch.close();
  said.flush();
  report.stopped(running.length, (performance.now() - startedAt) / 1_000);
}

await runCommand(parseNodesArguments, main);
process.exit();
