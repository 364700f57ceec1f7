// The deterministic simulator: 1,000 nodes for 60 rounds, and what they would put on a wire.

import {
  HTTP_BYTES_PER_EXCHANGE,
  runScale,
  type ScaleFigures,
} from '../../../node/experiment/simulation/scale.ts';
import type { Benchmark, Row } from '../benchmark.ts';
import { RIVALS } from '../rivals.ts';

const NODES = 1_000;
const QUICK_NODES = 200;
const ROUNDS = 60;
const RUNS = 3;
/** Changes beyond the delta of one node in a second: a calm fleet, and one with work. */
const WORKLOADS = [
  { name: 'calm', changesPerNodeSecond: 0.002 },
  { name: 'busy', changesPerNodeSecond: 0.02 },
] as const;

export const simulator: Benchmark = {
  name: 'simulator',
  title: 'Simulator: 1,000 nodes for 60 rounds on one core',
  async run({ isQuick }) {
    const nodes = isQuick ? QUICK_NODES : NODES;
    const seeds = Array.from({ length: isQuick ? 1 : RUNS }, (_, i) => i + 1);
    return WORKLOADS.flatMap(({ name, changesPerNodeSecond }) => {
      const run = (seed: number): ScaleFigures =>
        runScale({ nodes, rounds: ROUNDS, seed, start: 'settled', changesPerNodeSecond });
      return rowsOf(`simulator, ${nodes} nodes, ${name}`, seeds.map(run), nodes === NODES);
    });
  },
};

function rowsOf(what: string, runs: readonly ScaleFigures[], isWhole: boolean): Row[] {
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
      values: runs.map(({ memoryMegabytes }) => memoryMegabytes),
      unit: 'MB',
    },
  ];
}
