// Every setting of an experiment's file has its effect on the plan, from the file and from a flag.
// The table below must name each setting of the schema, so that a new one cannot be forgotten.

import { describe, expect, it } from 'vitest';
import { loadExperiment } from '../../../node/experiment/plan/load.ts';
import type { RunSpec } from '../../../node/experiment/plan/plan.ts';
import { runSpecsOf } from '../../../node/experiment/plan/points.ts';
import { EXPERIMENT_FLAGS, EXPERIMENT_SETTINGS } from '../../../node/experiment/plan/settings.ts';

interface Case {
  /** As text behind a flag, and as a file has it when that is another thing. */
  readonly written: string;
  readonly yaml?: unknown;
  /** Settings that this one goes with. */
  readonly beside?: Readonly<Record<string, string>>;
  readonly read: (run: RunSpec) => unknown;
  readonly expected: unknown;
}

const failing = { 'failure.rate': '0.5' };

const CASES: Readonly<Record<string, Case>> = {
  name: { written: 'trial', read: (r) => r.plan.name, expected: 'trial' },
  title: { written: 'A trial', read: (r) => r.plan.title, expected: 'A trial' },
  description: {
    written: 'Of, say, this',
    read: (r) => r.plan.description,
    expected: 'Of, say, this',
  },
  questions: {
    written: 'Fast, or slow?',
    yaml: ['Fast, or slow?', 'Why?'],
    read: (r) => r.plan.questions,
    expected: ['Fast, or slow?', 'Why?'],
  },
  mode: { written: 'emulate', read: (r) => r.plan.mode, expected: 'emulate' },
  seed: { written: '7', yaml: 7, read: (r) => r.plan.seed, expected: 7 },
  runs: { written: '3', yaml: 3, read: (r) => r.plan.runs, expected: 3 },
  nodes: { written: '12,14', yaml: [12, 14], read: (r) => r.plan.grid.nodes, expected: [12, 14] },
  round: {
    written: '2s,500ms',
    yaml: ['2s', 0.5],
    read: (r) => [r.plan.grid.roundMs, r.settings.roundMs, r.settings.suspicionMaxMs],
    expected: [[2_000, 500], 2_000, 12_000],
  },
  rounds: { written: 'fixed', read: (r) => r.settings.maxRoundMs, expected: 1_000 },
  target_count: { written: '2', yaml: 2, read: (r) => r.settings.targetCount, expected: 2 },
  strategy: {
    written: 'full,digest',
    yaml: ['full', 'digest'],
    read: (r) => [r.plan.grid.strategy, r.point.strategy],
    expected: [['full', 'digest'], 'full'],
  },
  exchange: { written: 'pull', read: (r) => r.point.exchange, expected: 'pull' },
  budget: { written: '1KiB', read: (r) => r.settings.budgetBytes, expected: 1_024 },
  metric_sets: {
    written: '',
    yaml: { calm: { cpu: { priority: 3 } } },
    read: (r) => [r.point.metricSet.name, r.point.metricSet.metrics[0]?.priority],
    expected: ['calm', 3],
  },
  workload: {
    written: 'step',
    yaml: [{ kind: 'step' }],
    read: (r) => r.point.workload,
    expected: { kind: 'step', intensity: 1 },
  },
  loss: { written: '10%', read: (r) => r.point.loss, expected: 0.1 },
  delay: {
    written: '0.5ms..20ms',
    read: (r) => [r.plan.minDelayMs, r.plan.maxDelayMs],
    expected: [0.5, 20],
  },
  'failure.rate': { written: '25%', read: (r) => r.point.failureRate, expected: 0.25 },
  'failure.at': {
    written: '7s',
    beside: failing,
    read: (r) => r.plan.failure.atMs,
    expected: 7_000,
  },
  'failure.how': {
    written: 'vanish',
    beside: failing,
    read: (r) => r.plan.failure.how,
    expected: 'vanish',
  },
  'failure.restart_after': {
    written: '9s',
    beside: failing,
    read: (r) => r.plan.failure.restartAfterMs,
    expected: 9_000,
  },
  'partition.share': {
    written: '0.2',
    yaml: 0.2,
    read: (r) => r.plan.partition?.share,
    expected: 0.2,
  },
  'partition.at': { written: '6s', read: (r) => r.plan.partition?.atMs, expected: 6_000 },
  'partition.for': { written: '5s', read: (r) => r.plan.partition?.forMs, expected: 5_000 },
  'queries.count': { written: '30', yaml: 30, read: (r) => r.plan.queries?.count, expected: 30 },
  'queries.quorum': { written: '5', yaml: 5, read: (r) => r.plan.queries?.quorum, expected: 5 },
  'queries.tries': { written: '2', yaml: 2, read: (r) => r.plan.queries?.tries, expected: 2 },
  converge_within: { written: '44s', read: (r) => r.plan.convergenceLimitMs, expected: 44_000 },
  measure: {
    written: '20s',
    beside: failing,
    read: (r) => [r.plan.measureMs, r.plan.failure.atMs],
    expected: [20_000, 5_000],
  },
  sample: { written: '2s', read: (r) => r.plan.sampleMs, expected: 2_000 },
  base_port: { written: '5000', yaml: 5_000, read: (r) => r.plan.basePort, expected: 5_000 },
  start: { written: 'settled', read: (r) => r.plan.start, expected: 'settled' },
  keep_rounds: { written: 'no', yaml: false, read: (r) => r.plan.keepsRounds, expected: false },
  store_samples: { written: 'yes', yaml: true, read: (r) => r.plan.storesSamples, expected: true },
  log_level: { written: 'debug', read: (r) => r.plan.logLevel, expected: 'debug' },
  'protocol.cluster': { written: 'lab', read: (r) => r.settings.cluster, expected: 'lab' },
  'protocol.reserve_share': { written: '20%', read: (r) => r.settings.reserveShare, expected: 0.2 },
  'protocol.refresh': { written: '1m', read: (r) => r.settings.refreshMs, expected: 60_000 },
  'protocol.urgent_priority': { written: '4', read: (r) => r.settings.urgentPriority, expected: 4 },
  'protocol.urgent_per_second': {
    written: '3',
    read: (r) => r.settings.urgentPerSecond,
    expected: 3,
  },
  'protocol.urgent_burst': { written: '3', read: (r) => r.settings.urgentBurst, expected: 3 },
  'protocol.exchange_timeout': {
    written: '2s',
    read: (r) => r.settings.exchangeTimeoutMs,
    expected: 2_000,
  },
  'protocol.indirect_probes': { written: '1', read: (r) => r.settings.indirectProbes, expected: 1 },
  'protocol.suspicion_min': {
    written: '3s',
    read: (r) => r.settings.suspicionMinMs,
    expected: 3_000,
  },
  'protocol.suspicion_max': {
    written: '9s',
    read: (r) => r.settings.suspicionMaxMs,
    expected: 9_000,
  },
  'protocol.forget_after': {
    written: '1h',
    read: (r) => r.settings.forgetAfterMs,
    expected: 3_600_000,
  },
  'protocol.contact_every_rounds': {
    written: '9',
    read: (r) => r.settings.contactEveryRounds,
    expected: 9,
  },
  'protocol.neighbours': { written: '8', read: (r) => r.settings.neighbours, expected: 8 },
  'protocol.max_metrics': { written: '9', read: (r) => r.settings.maxMetrics, expected: 9 },
  'protocol.max_forgotten': { written: '9', read: (r) => r.settings.maxForgotten, expected: 9 },
  'protocol.max_view': {
    written: '9MiB',
    read: (r) => r.settings.maxViewBytes,
    expected: 9 * 2 ** 20,
  },
  'protocol.max_members': { written: '50', read: (r) => r.settings.maxMembers, expected: 50 },
};

/** The first run of a file, written as JSON, which is YAML. */
function firstRun(settings: Readonly<Record<string, unknown>>, flags: Record<string, string> = {}) {
  const tree: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(settings)) {
    const [group = '', key] = name.split('.');
    tree[group] = key === undefined ? value : { ...(tree[group] as object), [key]: value };
  }
  const file = { name: 'a.yaml', text: JSON.stringify(tree) };
  const [run] = runSpecsOf(loadExperiment(file, flags).plan);
  if (run === undefined) throw new Error('no run');
  return run;
}

it('the table names every setting', () => {
  expect(Object.keys(CASES).sort()).toEqual(EXPERIMENT_SETTINGS.map(({ name }) => name).sort());
});

describe.each(Object.entries(CASES))('%s', (name, { written, yaml, beside, read, expected }) => {
  it('has an effect from a file', () => {
    const given = { ...beside, [name]: yaml ?? written };
    expect(read(firstRun(given))).toEqual(expected);
    expect(read(firstRun(beside ?? {}))).not.toEqual(expected);
  });

  it('has it from a flag over the file, unless it is a file’s alone', () => {
    const isFlag = EXPERIMENT_FLAGS.some((flag) => flag.name === name);
    const wanted = isFlag ? expected : read(firstRun(beside ?? {}));
    expect(read(firstRun(beside ?? {}, { [name]: written }))).toEqual(wanted);
  });

  it('is described', () => {
    const setting = EXPERIMENT_SETTINGS.find((candidate) => candidate.name === name);
    expect(setting?.about).toMatch(/^[A-Z].*\.$/);
    expect(setting?.fallback).not.toBe('');
  });
});

it('flags are called as those of a node are, each once', () => {
  const flags = EXPERIMENT_FLAGS.map(({ flag }) => flag);
  expect(new Set(flags).size).toBe(flags.length);
  expect(flags).toContain('failure-restart-after');
  expect(flags).toContain('exchange-timeout');
});
