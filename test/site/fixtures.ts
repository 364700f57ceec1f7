// A made-up experiment for the tests of the site: plausible rows in every table, drawn from a seed.
// Nothing in it was measured.

import { emptyRows } from '../../analysis-site/src/data/experiments.ts';
import { createRandom } from '../../node/core/random.ts';
import type { ExperimentRow, RunRow, RunRows } from '../../node/storage/results/rows.ts';
import { addRun, LENGTH } from './fixtures/rows.ts';

/** What `analysis-site/src/charts/figure.ts` takes. */
export interface Fixture {
  readonly experiment: ExperimentRow;
  readonly runs: RunRow[];
  readonly rows: RunRows;
}

export interface FixtureGrid {
  readonly nodes?: readonly number[];
  readonly strategy?: readonly string[];
  readonly targetCount?: readonly number[];
  readonly roundMs?: readonly number[];
  readonly loss?: readonly number[];
  readonly failureRate?: readonly number[];
  readonly repeats?: number;
  readonly seed?: number;
}

export const madeExperiment: ExperimentRow = {
  id: 1,
  name: 'made-up',
  title: 'A made-up experiment',
  description: 'Drawn from a seed for the tests of the site.',
  questions: ['Does the site show it?'],
  source: 'title: A made-up experiment\n',
  planHash: '0123456789abcdef',
  mode: 'simulate',
  seed: 7,
  plannedRuns: 0,
  state: 'done',
  startedAtMs: Date.UTC(2026, 10, 21, 9),
  endedAtMs: Date.UTC(2026, 10, 21, 9, 5),
  machine: {
    cpu: 'A made-up processor',
    cores: 2,
    memoryBytes: 8e9,
    system: 'Linux 6.18',
    runtime: 'Node.js 24.21.0',
    priomon: '0.1.0',
  },
};

export const madeRun: RunRow = {
  id: 1,
  experimentId: 1,
  number: 0,
  repeat: 1,
  seed: 7,
  nodes: 20,
  roundMs: 1000,
  maxRoundMs: 1000,
  targetCount: 1,
  strategy: 'priomon',
  exchange: 'push-pull',
  budgetBytes: 1400,
  metricSet: 'default',
  workload: 'machine',
  loss: 0,
  failureRate: 0,
  minDelayMs: 1,
  maxDelayMs: 20,
  state: 'done',
  startedAtMs: Date.UTC(2026, 10, 21, 9),
  endedAtMs: Date.UTC(2026, 10, 21, 9, 1),
  lengthMs: LENGTH * 1000,
  remark: '',
  isTimely: true,
};

/** Every combination of the grid, each run `repeats` times. */
export function madeData(grid: FixtureGrid = {}): Fixture {
  const runs = runsOf(grid);
  const rows = emptyRows();
  for (const run of runs) addRun(run, rows, createRandom((grid.seed ?? 7) * 1000 + run.id));
  return { experiment: { ...madeExperiment, plannedRuns: runs.length }, runs, rows };
}

function runsOf(grid: FixtureGrid): RunRow[] {
  const { strategy = ['priomon'], nodes = [20], targetCount = [1], roundMs = [1000] } = grid;
  const { loss = [0], failureRate = [0], repeats = 3 } = grid;
  let points: Partial<RunRow>[] = [{}];
  const vary = (choices: readonly Partial<RunRow>[]): void => {
    points = points.flatMap((point) => choices.map((choice) => ({ ...point, ...choice })));
  };
  vary(nodes.map((value) => ({ nodes: value })));
  vary(strategy.map((value) => ({ strategy: value })));
  vary(targetCount.map((value) => ({ targetCount: value })));
  vary(roundMs.map((value) => ({ roundMs: value, maxRoundMs: value })));
  vary(loss.map((value) => ({ loss: value })));
  vary(failureRate.map((value) => ({ failureRate: value })));
  vary(Array.from({ length: repeats }, (_, i) => ({ repeat: i + 1, seed: 100 + i })));
  return points.map((point, number) => ({ ...madeRun, ...point, number, id: number + 1 }));
}
