// The grid of a plan as runs: order, seeds, settings, and the hash that names it.

import { describe, expect, it } from 'vitest';
import { columnsOf, type Plan } from '../../../node/experiment/plan/plan.ts';
import {
  countRuns,
  cutOffOf,
  killedOf,
  planHash,
  runSpecsOf,
} from '../../../node/experiment/plan/points.ts';
import { planOf } from './support.ts';

const seedsOf = (text: string): number[] => runSpecsOf(planOf(text)).map(({ seed }) => seed);

describe('runs', () => {
  it('are every combination, so many times, numbered from 0', () => {
    const plan = planOf('runs: 2\nnodes: [4, 8]\nround: [1s, 2s, 3s]\nloss: [0, 10%]');
    const specs = runSpecsOf(plan);
    expect(specs).toHaveLength(2 * 2 * 3 * 2);
    expect(countRuns(plan)).toBe(specs.length);
    expect(specs.map(({ number }) => number)).toEqual(specs.map((_, i) => i));
    const points = specs.map(({ point, repeat }) => JSON.stringify([point, repeat]));
    expect(new Set(points).size).toBe(specs.length);
  });

  it('go through all points once, then once more; strategies side by side, nodes slowest', () => {
    const specs = runSpecsOf(planOf('runs: 2\nnodes: [4, 8]\nstrategy: [full, priomon]'));
    expect(specs.map(({ repeat, point }) => [repeat, point.nodes, point.strategy])).toEqual([
      [1, 4, 'full'],
      [1, 4, 'priomon'],
      [1, 8, 'full'],
      [1, 8, 'priomon'],
      [2, 4, 'full'],
      [2, 4, 'priomon'],
      [2, 8, 'full'],
      [2, 8, 'priomon'],
    ]);
  });

  it('say what was varied as the results have it', () => {
    const [, run] = runSpecsOf(
      planOf(
        'nodes: 8\nbudget: [64, 128]\nworkload: { kind: bursts, intensity: 2 }\ndelay: 1ms..5ms',
      ),
    );
    expect(run && columnsOf(run)).toEqual({
      ...{ nodes: 8, roundMs: 1_000, maxRoundMs: 3_000, targetCount: 1, strategy: 'priomon' },
      ...{ exchange: 'push-pull', budgetBytes: 128, metricSet: 'default', workload: 'bursts ×2' },
      ...{ loss: 0, failureRate: 0, minDelayMs: 1, maxDelayMs: 5 },
    });
  });
});

describe('the seed of a run', () => {
  it('is the same for all that is compared', () => {
    const compared =
      'runs: 1\nstrategy: [full, full-json, digest, strict, priomon]\nbudget: [64, 128]\n' +
      'exchange: [push, pull, push-pull]\nmetric_sets: { a: { cpu: { priority: 9 } }, b: {} }';
    expect(runSpecsOf(planOf(compared))).toHaveLength(60);
    expect(new Set(seedsOf(compared)).size).toBe(1);
  });

  it.each([
    'nodes: [4, 5]',
    'round: [1s, 2s]',
    'target_count: [1, 2]',
    'loss: [0, 1%]',
    'failure: { rate: [0, 50%] }',
    'workload: [step, bursts]',
    'workload: [step, { kind: step, intensity: 2 }]',
  ])('differs with %s', (text) => {
    expect(new Set(seedsOf(`runs: 1\n${text}`)).size).toBe(2);
  });

  it('differs with the repetition and with the seed of the plan', () => {
    expect(new Set([...seedsOf('runs: 3\nseed: 1'), ...seedsOf('runs: 3\nseed: 2')]).size).toBe(6);
  });

  it('is a whole number of 32 bits, the same tomorrow', () => {
    expect(seedsOf('runs: 1')).toEqual([2_729_923_205]);
  });
});

describe('settings of a run', () => {
  const settings = (text: string) => runSpecsOf(planOf(`runs: 1\n${text}`)).map((r) => r.settings);

  it('stretch rounds as told, an hour at most', () => {
    const longest = (text: string) => settings(text).map(({ maxRoundMs }) => maxRoundMs);
    expect(longest('round: [1s, 2s]')).toEqual([3_000, 6_000]);
    expect(longest('rounds: fixed\nround: [1s, 2s]')).toEqual([1_000, 2_000]);
    expect(longest('rounds: 5')).toEqual([5_000]);
    expect(longest('rounds: adaptive\nround: 1h\nmeasure: 2h')).toEqual([3_600_000]);
  });

  it('let suspicion follow each round unless it is given', () => {
    const suspicion = (text: string) => settings(text).map(({ suspicionMinMs }) => suspicionMinMs);
    expect(suspicion('round: [1s, 5s]')).toEqual([2_000, 10_000]);
    expect(suspicion('round: [1s, 5s]\nprotocol: { suspicion_min: 3s }')).toEqual([3_000, 3_000]);
  });

  it('hold as many members as there are nodes', () => {
    expect(settings('nodes: [20, 12000]').map(({ maxMembers }) => maxMembers)).toEqual([
      10_000, 12_000,
    ]);
    expect(settings('nodes: [20, 12000]').map(({ maxViewBytes }) => maxViewBytes)).toEqual([
      64 * 2 ** 20,
      12_000 * 8_192,
    ]);
  });
});

describe('the hash of a plan', () => {
  const hash = (text: string): string => planHash(planOf(text));

  it('is the same however the same is written, and whatever it is called for people', () => {
    expect(hash('nodes: [4, 8]\nruns: 2')).toBe(hash('runs: "2"\nnodes: 4, 8'));
    expect(hash('name: a\ntitle: one\ndescription: two\nquestions: [three]')).toBe(hash('name: a'));
    const plan = planOf('runs: 2');
    expect(planHash(Object.fromEntries(Object.entries(plan).reverse()) as unknown as Plan)).toBe(
      planHash(plan),
    );
  });

  it.each([
    'name: b',
    'mode: in-process',
    'seed: 2',
    'runs: 2',
    'nodes: 21',
    'measure: 61s',
    'protocol: { neighbours: 9 }',
    'metric_sets: { default: { cpu: { delta: 4 } } }',
    'queries: {}',
  ])('changes with %s', (text) => {
    expect(hash(text)).not.toBe(hash(''));
  });
});

describe('shares of nodes', () => {
  it('kill as near to the share as whole nodes are, one at least', () => {
    expect(killedOf(10, 0)).toBe(0);
    expect(killedOf(10, 0.01)).toBe(1);
    expect(killedOf(10, 0.25)).toBe(3);
    expect(killedOf(20, 0.5)).toBe(10);
  });

  it('cut off as near to the share', () => {
    expect(cutOffOf(10, 0.5)).toBe(5);
    expect(cutOffOf(5, 0.5)).toBe(3);
  });
});
