// The deterministic simulator: 1,000 nodes for 60 rounds and 10,000 nodes for some, and what they
// would put on a wire.

import {
  HTTP_BYTES_PER_EXCHANGE,
  type ScaleOptions,
} from '../../../node/experiment/simulation/scale.ts';
import type { Benchmark, Row } from '../benchmark.ts';
import { RIVALS } from '../rivals.ts';
import { type MeasuredRun, simulate } from '../support/simulate.ts';

const NODES = 1_000;
const QUICK_NODES = 200;
const ROUNDS = 60;
const RUNS = 3;
const MANY_NODES = 10_000;
const QUICK_MANY_NODES = 1_000;
const MANY_ROUNDS = 25;
/** Changes beyond the delta of one node in a second: a calm fleet, and one with work. */
const WORKLOADS = [
  { name: 'calm', changesPerNodeSecond: 0.002 },
  { name: 'busy', changesPerNodeSecond: 0.02 },
] as const;
/** Longer than any run: of many nodes only what moved is told. */
const NEVER_MS = 1e9;

export const simulator: Benchmark = {
  name: 'simulator',
  title: 'Simulator: 1,000 nodes for 60 rounds on one core, 10,000 in 4 GB',
  async run({ isQuick }) {
    const nodes = isQuick ? QUICK_NODES : NODES;
    const rows: Row[] = [];
    for (const { name, changesPerNodeSecond } of WORKLOADS) {
      const runs: MeasuredRun[] = [];
      for (let seed = 1; seed <= (isQuick ? 1 : RUNS); seed++) {
        const start = 'settled';
        runs.push(await simulate({ nodes, rounds: ROUNDS, seed, start, changesPerNodeSecond }));
      }
      rows.push(...rowsOf(`simulator, ${nodes} nodes, ${name}`, runs, !isQuick));
    }
    return [...rows, ...(await runMany(isQuick))];
  },
};

function rowsOf(what: string, runs: readonly MeasuredRun[], isWhole: boolean): Row[] {
  const perSecond = runs[0]?.changesPerSecond.toFixed(0);
  return [
    {
      what: `${what}: ${ROUNDS} rounds, time on one core`,
      values: runs.map(({ wallSeconds }) => wallSeconds),
      unit: 's',
      ...(isWhole && { aim: 20 }),
      note:
        'four metrics a node, adaptive rounds, everybody knows everybody at the start, as after ' +
        `a long run; ${perSecond} entries a second published by all; seed by seed`,
    },
    {
      what: `${what}: bytes a node, headers counted`,
      values: runs.map(({ wireBytesPerNodeSecond }) => wireBytesPerNodeSecond),
      unit: 'B/s',
      ...(isWhole && { aim: 1_500, rival: RIVALS.bytes1000 }),
      note: `encoded messages, and ${HTTP_BYTES_PER_EXCHANGE} bytes of headers an exchange`,
    },
    {
      what: `${what}: memory`,
      values: runs.map(({ peakMegabytes }) => peakMegabytes),
      unit: 'MB',
    },
  ];
}

async function runMany(isQuick: boolean): Promise<Row[]> {
  const options: ScaleOptions = {
    nodes: isQuick ? QUICK_MANY_NODES : MANY_NODES,
    rounds: MANY_ROUNDS,
    seed: 1,
    start: 'settled',
    changesPerNodeSecond: WORKLOADS[0].changesPerNodeSecond,
    settings: { refreshMs: NEVER_MS },
  };
  const run = await simulate(options);
  const what = `simulator, ${options.nodes} nodes, ${MANY_ROUNDS} rounds`;
  const lags = run.lags.map(({ priority, p50Ms }) => `${p50Ms} ms at priority ${priority}`);
  return [
    {
      what: `${what}: memory`,
      values: [run.peakMegabytes],
      unit: 'MB',
      ...(!isQuick && { aim: 4_000 }),
      note:
        `the same start; values are told only when they move, ${run.changesPerSecond.toFixed(0)} ` +
        `entries a second by all; median lag of what arrived: ${lags.join(', ')}`,
    },
    { what: `${what}: time on one core`, values: [run.wallSeconds], unit: 's' },
    {
      what: `${what}: bytes a node, headers counted`,
      values: [run.wireBytesPerNodeSecond],
      unit: 'B/s',
    },
  ];
}
