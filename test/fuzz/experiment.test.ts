// Whatever a file or a flag holds: a plan that can be run, or sentences, nothing else.

import fc from 'fast-check';
import { expect } from 'vitest';
import { ConfigError } from '../../node/config/problem.ts';
import type { FlagValues } from '../../node/config/sources/environment.ts';
import { OperatingError } from '../../node/errors.ts';
import { loadExperiment } from '../../node/experiment/plan/load.ts';
import type { Plan } from '../../node/experiment/plan/plan.ts';
import {
  countRuns,
  killedOf,
  planHash,
  pointsOf,
  settingsOf,
} from '../../node/experiment/plan/points.ts';
import { EXPERIMENT_FLAGS, EXPERIMENT_SETTINGS } from '../../node/experiment/plan/settings.ts';
import { formatTrace, readTrace } from '../../node/experiment/workloads/traces/trace-file.ts';
import { fuzz, target } from './fuzz.ts';
import { anyText, linesOf, nearlyText, oddValue, treeOf } from './inputs.ts';

/** The one thing that must hold; throws when it does not. */
function check(name: string, text: string, flags: FlagValues = {}): void {
  try {
    checkPlan(loadExperiment({ name, text }, flags).plan);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    expect(error.problems.length).toBeGreaterThan(0);
    for (const { message } of error.problems) expect(message).toMatch(/^[^\n]+[.?…]$/);
  }
}

function checkPlan(plan: Plan): void {
  expect(countRuns(plan)).toSatisfy((runs: number) => runs >= 1 && runs <= 100_000);
  expect(planHash(plan)).toMatch(/^[0-9a-f]{64}$/);
  for (const point of pointsOf(plan).slice(0, 20)) {
    const settings = settingsOf(plan, point);
    for (const value of Object.values(settings).slice(1)) expect(value).toSatisfy(Number.isFinite);
    expect(settings.maxRoundMs).toBeGreaterThanOrEqual(settings.roundMs);
    expect(settings.targetCount).toBeLessThan(point.nodes);
    const alive = point.nodes - killedOf(point.nodes, point.failureRate);
    expect(alive).toBeGreaterThanOrEqual(Math.max(2, plan.queries?.quorum ?? 2));
    expect(point.metricSet.metrics.length).toBeGreaterThan(0);
  }
}

const keys = [
  ...new Set(EXPERIMENT_SETTINGS.flatMap(({ path }) => path)),
  ...['gossip_rate', 'cpu', 'queue', 'priority', 'delta', 'unit', 'kind', 'source', 'x'],
];
const odd = [
  ...['5s', '15%', 'no', 'null', '.inf', '1..2', '2ms..1ms', 'fixed', 'full', 'pull', 'machine'],
  ...['trace', 'emulate', '1,2'],
];
const values = fc.oneof(fc.constantFrom(...odd), oddValue);
/** Sound values, so that most of what is made is refused for combinations, or is a plan. */
const sound = fc.record(
  {
    mode: fc.constantFrom('simulate', 'in-process', 'emulate'),
    nodes: fc.array(fc.integer({ min: 2, max: 400 }), { minLength: 1, maxLength: 3 }),
    target_count: fc.integer({ min: 1, max: 16 }),
    round: fc.integer({ min: 1, max: 100 }),
    rounds: fc.constantFrom('fixed', 'adaptive', 2),
    runs: fc.integer({ min: 1, max: 10_000 }),
    failure: fc.record({ rate: fc.double({ min: 0, max: 1, noNaN: true }) }),
    queries: fc.record({ quorum: fc.integer({ min: 1, max: 10 }) }),
    partition: fc.record({ share: fc.double({ min: 0, max: 1, noNaN: true }) }),
    measure: fc.integer({ min: 0, max: 100 }),
    workload: fc.constantFrom('machine', 'step', 'bursts'),
  },
  { requiredKeys: [] },
);

const section = fc.constantFrom('[PrioMonParam]', '[PriomonParam]', '[system_setting]', '[x]');
const iniName = fc.constantFrom(
  ...['node_range', 'gossip_rate', 'gossip_rate_range', 'target_count', 'failure_rate'],
  ...['query_logic', 'continue_after_convergence', 'push_mode', 'runs', 'client_port'],
);
const iniValue = fc.oneof(values, fc.constantFrom('[10, 50]', '[0.5]', '1 # one', '0.5'));
const iniLine = fc.oneof(
  section,
  fc.tuple(iniName, iniValue).map(([left, right]) => `${left} = ${right}`),
  anyText(20),
);
const flagNames = EXPERIMENT_FLAGS.map(({ name }) => name);
const tree = (given: unknown) => check('x.yaml', JSON.stringify(given));

fuzz('only a plan or sentences come of', [
  target('any text as YAML', anyText(300), (text) => check('x.yaml', text)),
  target('any tree under the names that there are', treeOf(keys, values), tree),
  target('sound values that may not go together', sound, tree),
  target('lines that are nearly an INI', linesOf(iniLine), (text) => check('x.ini', text)),
  target(
    'any flags',
    fc.dictionary(fc.constantFrom(...flagNames), values.map(String), { maxKeys: 4 }),
    (given) => check('x.yaml', 'nodes: 5', given),
  ),
]);

const SOUND_TRACE =
  'at_ms,node,metric,value\n0,host,cpu,12.5\n0,host,memory,40.1\n1000,host,cpu,97\n';

fuzz('a trace or a sentence comes of', [
  target('a sound CSV with damage', nearlyText(SOUND_TRACE), (text) => {
    try {
      const trace = readTrace(text);
      expect(readTrace(formatTrace(trace))).toEqual(trace);
    } catch (error) {
      if (!(error instanceof OperatingError)) throw error;
      expect(error.code).toBe('trace_invalid');
    }
  }),
]);
