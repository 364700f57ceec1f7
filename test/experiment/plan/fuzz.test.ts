// Whatever a file or a flag holds: a plan that can be run, or sentences, nothing else.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { FlagValues } from '../../../node/config/environment.ts';
import { ConfigError } from '../../../node/config/problem.ts';
import { loadExperiment } from '../../../node/experiment/plan/load.ts';
import type { Plan } from '../../../node/experiment/plan/plan.ts';
import {
  countRuns,
  killedOf,
  planHash,
  pointsOf,
  settingsOf,
} from '../../../node/experiment/plan/points.ts';
import { EXPERIMENT_FLAGS, EXPERIMENT_SETTINGS } from '../../../node/experiment/plan/settings.ts';

// A fixed seed: a run that fails fails again. FUZZ_SEED and FUZZ_RUNS look further.
const RUNS = {
  numRuns: Number(process.env.FUZZ_RUNS ?? 300),
  seed: Number(process.env.FUZZ_SEED ?? 1),
};

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
const anyText = (maxLength: number) => fc.string({ unit: 'binary', maxLength });
const odd = [
  ...['', '-1', '0', '256', '5s', '15%', '%', 'no', 'null', '.inf', '[', '{}', '&a', '*a', '1..2'],
  ...['2ms..1ms', 'fixed', 'full', 'pull', 'machine', 'trace', 'emulate', '__proto__', '1,2'],
];
const values = fc.oneof(
  fc.constantFrom(...odd),
  fc.integer({ min: -2, max: 300 }),
  anyText(12),
  fc.boolean(),
  fc.constant(null),
  fc.double(),
);
const key = fc.oneof(
  { weight: 9, arbitrary: fc.constantFrom(...keys) },
  { weight: 1, arbitrary: fc.oneof(fc.constantFrom('__proto__', 'constructor'), anyText(12)) },
);

/** Trees of settings' names and odd values, as JSON, which is YAML. */
const trees = fc.letrec((tie) => ({
  node: fc.oneof({ maxDepth: 3 }, values, tie('list'), tie('group')),
  list: fc.array(tie('node'), { maxLength: 3 }),
  group: fc.dictionary(key, tie('node'), { maxKeys: 4 }),
})).group;

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

describe('only a plan or sentences come of', () => {
  it('any text as YAML', () => {
    fc.assert(
      fc.property(anyText(300), (text) => check('x.yaml', text)),
      RUNS,
    );
  });

  it('any tree under the names that there are', () => {
    fc.assert(
      fc.property(trees, (tree) => check('x.yaml', JSON.stringify(tree))),
      RUNS,
    );
  });

  it('sound values that may not go together', () => {
    fc.assert(
      fc.property(sound, (tree) => check('x.yaml', JSON.stringify(tree))),
      RUNS,
    );
  });

  it('lines that are nearly an INI', () => {
    const section = fc.constantFrom('[PrioMonParam]', '[PriomonParam]', '[system_setting]', '[x]');
    const name = fc.constantFrom(
      ...['node_range', 'gossip_rate', 'gossip_rate_range', 'target_count', 'failure_rate'],
      ...['query_logic', 'continue_after_convergence', 'push_mode', 'runs', 'client_port'],
    );
    const value = fc.oneof(values, fc.constantFrom('[10, 50]', '[0.5]', '1 # one', '0.5'));
    const line = fc.oneof(
      section,
      fc.tuple(name, value).map(([left, right]) => `${left} = ${right}`),
      anyText(20),
    );
    const text = fc.array(line, { maxLength: 10 }).map((lines) => lines.join('\n'));
    fc.assert(
      fc.property(text, (written) => check('x.ini', written)),
      RUNS,
    );
  });

  it('any flags', () => {
    const names = EXPERIMENT_FLAGS.map(({ name }) => name);
    const flags = fc.dictionary(fc.constantFrom(...names), values.map(String), { maxKeys: 4 });
    fc.assert(
      fc.property(flags, (given) => check('x.yaml', 'nodes: 5', given)),
      RUNS,
    );
  });
});
