// Experiments, runs and rows for the tests of results, each with one row of every table at least.

import type {
  ExperimentRow,
  Fresh,
  FreshRows,
  RoundRow,
  RunRow,
} from '../../../node/storage/results/rows.ts';
import type { ResultsStore } from '../../../node/storage/results/store.ts';

export const START_MS = 1_750_000_000_000;

/** Texts that quoting, terminals and pages stumble over. */
export const HOSTILE =
  'a "b", \'c\';\r\n<script>alert(1)</script> \u001b[31m\u009b2J \u202e Ω 👩‍💻';

export const experiment = (change: Partial<ExperimentRow> = {}): Omit<ExperimentRow, 'id'> => {
  const { id: _, ...rest } = { id: 0, ...change };
  return {
    name: 'spread',
    title: 'How changes spread',
    description: '',
    questions: ['How fast?', 'At what cost?'],
    source: 'name: spread\n',
    planHash: 'abc',
    mode: 'simulate',
    seed: 7,
    plannedRuns: 4,
    state: 'running',
    startedAtMs: START_MS,
    endedAtMs: null,
    machine: {
      cpu: 'A CPU',
      cores: 2,
      memoryBytes: 8e9,
      system: 'Linux',
      runtime: 'Node.js',
      priomon: '0.1.0',
    },
    ...rest,
  };
};

export const run = (
  experimentId: number,
  number: number,
  change: Partial<RunRow> = {},
): Omit<RunRow, 'id'> => {
  const { id: _, ...rest } = { id: 0, ...change };
  return {
    experimentId,
    number,
    repeat: 1,
    seed: 100 + number,
    state: 'running',
    startedAtMs: START_MS + number,
    endedAtMs: null,
    lengthMs: null,
    remark: '',
    isTimely: true,
    nodes: 20,
    roundMs: 1_000,
    maxRoundMs: 1_000,
    targetCount: 1,
    strategy: 'priomon',
    exchange: 'push-pull',
    budgetBytes: 1_400,
    metricSet: 'default',
    workload: 'machine',
    loss: 0,
    failureRate: 0,
    minDelayMs: 0,
    maxDelayMs: 0.5,
    ...rest,
  };
};

export const round = (node: string, number: number): Fresh<RoundRow> => ({
  node,
  round: number,
  atMs: number * 1_000 + 0.125,
  lengthMs: 1_000,
  known: 20,
  newNodes: 0,
  newEntries: 3,
  duplicates: 1,
  messages: 1,
  sentBytes: 140,
  receivedBytes: 152,
});

export const measure = (name: string, value: number | null, label = '') => ({
  name,
  label,
  value,
  unit: 'ms',
  count: 1,
});

type Rows = Required<FreshRows>;

const perNode = (): Pick<Rows, 'measures' | 'nodes' | 'rounds' | 'transmissions'> => ({
  measures: [measure('full_view_ms', 4_200.5), measure('recovery_ms', null, HOSTILE)],
  nodes: [
    {
      node: 'n1',
      startedAtMs: 0,
      fullViewAtMs: null,
      killedAtMs: 5_000.25,
      restartedAtMs: null,
      rounds: 60,
      messages: 61,
      sentBytes: 8_400,
      receivedBytes: 8_500,
      cpuMs: 12.5,
      rssBytes: null,
      lateMs: 0,
    },
  ],
  rounds: [round('n1', 1), round('n1', 2), round('n10', 1), round('n2', 1)],
  transmissions: [
    {
      atMs: 0,
      windowMs: 1_000,
      metric: 'cpu',
      priority: 1,
      sampled: 20,
      published: 2,
      filtered: 18,
      copies: 40,
      learned: 38,
      duplicates: 2,
      bytes: 280,
    },
  ],
});

const perChange = (): Pick<Rows, 'updates' | 'spreads'> => ({
  updates: [
    {
      number: 0,
      owner: 'n1',
      metric: 'cpu',
      priority: 1,
      version: 2 ** 53 - 1,
      publishedAtMs: 10,
      reached: 19,
      wanted: 19,
      halfMs: 900,
      allMs: null,
      copies: 33,
    },
  ],
  spreads: [{ update: 0, node: 'n2', from: 'n1', afterMs: 12.75, round: 0 }],
});

const perView = (): Pick<Rows, 'queries' | 'membershipEvents' | 'samples'> => ({
  queries: [
    {
      number: 0,
      atMs: 20,
      phase: 'before',
      coordinator: 'n1',
      target: 'n2',
      isTargetAlive: true,
      quorum: 3,
      isAnswered: false,
      failure: 'no_quorum',
      tries: 2,
      messages: 6,
      timeMs: 30,
      statedStalenessMs: null,
      trueStalenessMs: 4,
    },
  ],
  membershipEvents: [
    { atMs: 5, observer: 'n1', subject: 'n2', status: 'dead', isTrue: false, afterMs: null },
  ],
  samples: [
    {
      atMs: 0,
      windowMs: 1_000,
      kind: 'error_deltas',
      metric: 'cpu',
      priority: 1,
      count: 380,
      mean: 0.1,
      p50: 0,
      p95: 0.5,
      p99: 0.9,
      max: 1e-300,
    },
  ],
});

/** One row of every table at least, in the order of their keys where there are more. */
export const rows = (): Rows => ({ ...perNode(), ...perChange(), ...perView() });

export const DONE = {
  state: 'done',
  endedAtMs: START_MS + 60_000,
  lengthMs: 59_000,
  remark: '',
  isTimely: true,
} as const;

/** A run with one row in every table at least; answers its id. */
export async function finishRun(
  store: ResultsStore,
  experimentId: number,
  number: number,
  change: Partial<RunRow> = {},
): Promise<number> {
  const id = await store.createRun(run(experimentId, number, change));
  store.add(id, rows());
  const { isTimely = true, remark = '' } = change;
  await store.endRun(id, { ...DONE, isTimely, remark });
  return id;
}
