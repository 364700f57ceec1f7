// Bytes and packets on loopback per node and second, TCP and IP headers included.

import { launchInProcess, launchProcesses } from '../../../node/experiment/processes.ts';
import type { ReadyAnswer } from '../../../node/http/answers/health-shapes.ts';
import type { Benchmark, Context, Row } from '../benchmark.ts';
import { RIVALS, type Rival } from '../rivals.ts';
import { askJson } from '../support/ask.ts';
import {
  ADAPTIVE_ROUNDS,
  clusterConfigs,
  FIXED_ROUNDS,
  type Launcher,
  type Member,
  settle,
  startCluster,
  stopCluster,
} from '../support/cluster.ts';
import { machineMs, readLoopback, type WireCount } from '../support/machine.ts';
import { mean } from '../support/statistics.ts';
import { launchOnStillMachine } from '../support/still-machine.ts';

interface Size {
  readonly nodes: number;
  readonly launch: () => Launcher;
  readonly where: string;
  /** Bytes a second and node. */
  readonly aims: { readonly fixed: number; readonly adaptive: number };
  readonly rival: Rival;
  readonly packetsRival?: Rival;
}

const SILENT = { onLine: () => {}, onEnd: () => {} };

export const bandwidth20: Benchmark = {
  name: 'bandwidth20',
  title: 'Bytes on the wire, 20 processes',
  run: (context) =>
    measureBoth(context, {
      nodes: 20,
      launch: () => launchProcesses(SILENT),
      where: '20 processes',
      aims: { fixed: 400, adaptive: 200 },
      rival: RIVALS.bytes20,
      packetsRival: RIVALS.packets20,
    }),
};

export const bandwidth100: Benchmark = {
  name: 'bandwidth100',
  title: 'Bytes on the wire, 100 nodes in one process over real HTTP',
  run: (context) =>
    measureBoth(context, {
      nodes: 100,
      launch: () => launchInProcess(SILENT),
      where: '100 nodes in one process, real HTTP',
      aims: { fixed: 475, adaptive: 300 },
      rival: RIVALS.bytes100,
    }),
};

export const bandwidth100calm: Benchmark = {
  name: 'bandwidth100calm',
  title: 'The same on a machine that stands still',
  run: (context) =>
    measureBoth(context, {
      nodes: 100,
      launch: launchOnStillMachine,
      where: '100 nodes in one process, real HTTP, values that stand still',
      aims: { fixed: 475, adaptive: 300 },
      rival: RIVALS.bytes100,
    }),
};

async function measureBoth(context: Context, size: Size): Promise<Row[]> {
  return [
    ...(await measure(context, size, 'fixed', { ...FIXED_ROUNDS })),
    ...(await measure(context, size, 'adaptive', { ...ADAPTIVE_ROUNDS })),
  ];
}

async function measure(
  context: Context,
  size: Size,
  rounds: 'fixed' | 'adaptive',
  flags: Record<string, string>,
): Promise<Row[]> {
  const configs = await clusterConfigs(context, size.nodes, { ...flags, target_count: '1' });
  const launch = size.launch();
  const members = await startCluster(configs, launch.start);
  try {
    await settle(context.isQuick ? 8_000 : 30_000);
    const windows: Window[] = [];
    for (let i = 0; i < (context.isQuick ? 1 : 3); i++) {
      windows.push(await watch(members, context.isQuick ? 10_000 : 60_000));
    }
    return rowsOf(windows, size, rounds, context);
  } finally {
    await stopCluster(members);
    await launch.close();
  }
}

/** Per second; of all nodes together. */
interface Window extends WireCount {
  readonly published: number;
  readonly exchanges: number;
}

/** The last packets of a connection follow its last answer. */
const GOODBYE_MS = 300;

/** Nobody asks anything while the wire is counted. */
async function watch(members: readonly Member[], forMs: number): Promise<Window> {
  const told = await tellAll(members);
  await settle(GOODBYE_MS);
  const before = { ...readLoopback(), at: machineMs() };
  await settle(forMs);
  const after = { ...readLoopback(), at: machineMs() };
  const toldAfter = await tellAll(members);
  const seconds = (after.at - before.at) / 1_000;
  const toldSeconds = (toldAfter.at - told.at) / 1_000;
  return {
    bytes: (after.bytes - before.bytes) / seconds,
    packets: (after.packets - before.packets) / seconds,
    published: (toldAfter.published - told.published) / toldSeconds,
    exchanges: (toldAfter.exchanges - told.exchanges) / toldSeconds,
  };
}

async function tellAll(members: readonly Member[]) {
  let published = 0;
  let exchanges = 0;
  for (const { url } of members) {
    const { gossip } = await askJson<ReadyAnswer>(`${url}/readyz`);
    published += gossip.published;
    exchanges += gossip.exchanges;
  }
  return { published, exchanges, at: machineMs() };
}

/** Of one published entry, with its version and age. */
const ENTRY_BYTES = 7;

function rowsOf(
  windows: readonly Window[],
  { nodes, where, aims, rival, packetsRival }: Size,
  rounds: 'fixed' | 'adaptive',
  { isIsolated }: Context,
): Row[] {
  const what = `${where}, ${rounds} rounds`;
  const published = mean(windows.map((window) => window.published));
  const exchanges = mean(windows.map((window) => window.exchanges)) / nodes;
  const counted = isIsolated
    ? 'received on the loopback of a network namespace in which nothing else runs'
    : 'received on the loopback of the machine: anything else that used it is counted too';
  return [
    {
      what: `${what}: bytes a node`,
      values: windows.map(({ bytes }) => bytes / nodes),
      unit: 'B/s',
      aim: aims[rounds],
      rival,
      note:
        `rounds of 1 s, f = 1, ${counted}; window by window, nobody asks meanwhile; ` +
        `${exchanges.toFixed(2)} exchanges a second and node`,
    },
    {
      what: `${what}: packets a node`,
      values: windows.map(({ packets }) => packets / nodes),
      unit: '/s',
      ...(packetsRival && { rival: packetsRival }),
    },
    {
      what: `${what}: entries published by all`,
      values: windows.map((window) => window.published),
      unit: '/s',
      note:
        `at ${ENTRY_BYTES} bytes an entry no scheme could tell everybody with less than ` +
        `${(published * ENTRY_BYTES).toFixed(1)} B/s a node`,
    },
  ];
}
