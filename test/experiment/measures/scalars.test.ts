// The scalar measures of runs that are made up so that every number can be told in advance.

import { describe, expect, it } from 'vitest';
import type { Collected } from '../../../node/experiment/measures/collector.ts';
import { createDistribution } from '../../../node/experiment/measures/distribution.ts';
import { type RunFacts, scalarsOf } from '../../../node/experiment/measures/scalars.ts';
import { MEASURES, type MeasureName } from '../../../node/storage/results/rows.ts';
import { FLOW, LOAD, METRICS } from './support.ts';

const EMPTY: Collected = {
  rows: {},
  measuredFromMs: 10_000,
  endMs: 30_000,
  queries: [],
  transmissions: { measured: () => [] },
  membership: { deaths: () => [], falseDeaths: 0 },
  views: { total: () => createDistribution() },
  fullViewMs: null,
};

const FACTS: RunFacts = {
  ...{ isSettled: false, nodes: 10, roundMs: 500, metrics: METRICS },
  sent: { messages: 400, bodyBytes: 40_000, wireBytes: 92_400, seconds: 20 },
  ...{ cpuShares: [], rssBytes: [], recoveryMs: undefined },
};

interface Found {
  readonly value: number | null;
  readonly unit: string;
  readonly count: number;
}

/** What came out under a name and label; undefined where nothing did. */
function found(
  name: MeasureName,
  collected: Partial<Collected>,
  facts: Partial<RunFacts> = {},
  label: string | number = '',
): Found | undefined {
  const measures = scalarsOf({ ...EMPTY, ...collected }, { ...FACTS, ...facts });
  const { value, unit, count } =
    measures.find((one) => one.name === name && one.label === String(label)) ?? {};
  return value === undefined ? undefined : { value, unit: unit ?? '', count: count ?? 0 };
}

const counts = (changes: Readonly<Record<string, number>>) => ({
  ...{ sampled: 0, published: 0, copies: 0, learned: 0, received: 0, bytes: 0, needed: 0 },
  ...changes,
});

describe('convergence', () => {
  it('is told in ms and in rounds of the configured length', () => {
    const full = { fullViewMs: 4_000 };
    expect(found('full_view_ms', full)).toEqual({ value: 4_000, unit: 'ms', count: 10 });
    expect(found('full_view_rounds', full)).toEqual({ value: 8, unit: 'rounds', count: 10 });
  });

  it('that never came is looked for and not found', () => {
    expect(found('full_view_ms', {})?.value).toBeNull();
    expect(found('full_view_rounds', {})?.value).toBeNull();
  });
});

describe('updates', () => {
  const updates = (times: readonly (number | null)[], priority = 1) =>
    times.map((allMs, number) => ({
      ...{ number, owner: 'n1', metric: 'load', priority, version: number, publishedAtMs: 0 },
      ...{ reached: 9, wanted: 9, halfMs: 1, allMs, copies: 9 },
    }));

  it('are told by priority', () => {
    const rows = { updates: [...updates([100, 200, 300]), ...updates([50], 10)] };
    expect(found('update_p50_ms', { rows }, {}, 1)).toEqual({ value: 200, unit: 'ms', count: 3 });
    expect(found('update_p95_ms', { rows }, {}, 1)?.value).toBeCloseTo(290);
    expect(found('update_p99_ms', { rows }, {}, 1)?.value).toBeCloseTo(298);
    expect(found('update_p50_ms', { rows }, {}, 10)?.value).toBe(50);
    expect(found('update_rounds', { rows }, {}, 1)).toEqual({
      ...{ value: 0.4, unit: 'rounds', count: 3 },
    });
  });

  it('that never reached all are later than any that did, and have no rounds', () => {
    const rows = { updates: updates([100, 200, 300, null]) };
    expect(found('update_p50_ms', { rows }, {}, 1)).toEqual({ value: 250, unit: 'ms', count: 4 });
    expect(found('update_p95_ms', { rows }, {}, 1)?.value).toBeNull();
    expect(found('update_rounds', { rows }, {}, 1)).toMatchObject({ value: 0.4, count: 3 });
    const lost = { updates: updates([null, null]) };
    expect(found('update_p50_ms', { rows: lost }, {}, 1)).toMatchObject({ value: null, count: 2 });
    expect(found('update_rounds', { rows: lost }, {}, 1)).toMatchObject({ value: null, count: 0 });
  });

  it('that there were none of are not told', () => {
    expect(found('update_p50_ms', {}, {}, 1)).toBeUndefined();
  });
});

describe('traffic', () => {
  const transmissions = {
    measured: () => [
      counts({ sampled: 200, published: 50, copies: 540, needed: 450 }),
      counts({ sampled: 200, published: 10, copies: 0, needed: 90 }),
    ],
  };

  it('is what one node sent in one second', () => {
    expect(found('messages', {})).toEqual({ value: 2, unit: '/s', count: 400 });
    expect(found('body_bytes', {})).toEqual({ value: 200, unit: 'B/s', count: 400 });
    expect(found('wire_bytes', {})).toEqual({ value: 462, unit: 'B/s', count: 400 });
  });

  it('has a floor of 7 bytes for each entry and node that needs it', () => {
    // 540 entries in 20 s, sent by ten nodes.
    const floor = found('floor_bytes', { transmissions });
    expect(floor).toEqual({ value: expect.closeTo(18.9), unit: 'B/s', count: 60 });
  });

  it('counts copies for each that was needed', () => {
    expect(found('copies', { transmissions })).toEqual({ value: 1, unit: '', count: 60 });
  });

  it('counts what all nodes published, and the share of samples that they did not', () => {
    expect(found('published', { transmissions }, {}, 'load')).toEqual({
      ...{ value: 2.5, unit: '/s', count: 50 },
    });
    expect(found('filtered', { transmissions }, {}, 'load')).toEqual({
      ...{ value: 0.75, unit: '', count: 200 },
    });
    expect(found('filtered', { transmissions }, {}, 'flow')?.value).toBe(0.95);
  });

  it('of a run that measured for no time is not told; of one without samples it is unknown', () => {
    const sent = { messages: 0, bodyBytes: 0, wireBytes: 0, seconds: 0 };
    expect(found('messages', {}, { sent })).toBeUndefined();
    expect(found('copies', {})?.value).toBeNull();
    expect(found('filtered', {}, {}, 'load')?.value).toBeNull();
  });
});

describe('views', () => {
  const of = (...values: number[]) => {
    const distribution = createDistribution();
    for (const value of values) distribution.add(value);
    return distribution;
  };
  const views = {
    total: (kind: string, metric: number) =>
      kind === 'lag' ? of(0, 1_000 * (metric + 1)) : of(...(metric === 0 ? [1, 3] : [])),
  };

  it('have errors by metric, in its unit and in deltas', () => {
    expect(found('error', { views }, {}, 'load')).toEqual({ value: 2, unit: '%', count: 2 });
    expect(found('error_deltas', { views }, {}, 'load')?.unit).toBe('deltas');
    expect(found('error_p95', { views }, {}, 'load')?.value).toBeCloseTo(1, 1);
    expect(found('error', { views }, {}, 'flow')).toBeUndefined();
  });

  it('have lags by priority, all its metrics together', () => {
    const one = { metrics: [LOAD, { ...FLOW, priority: LOAD.priority }] };
    expect(found('lag_p99_ms', { views }, {}, 1)).toMatchObject({ count: 2, unit: 'ms' });
    expect(found('lag_p99_ms', { views }, one, 1)?.count).toBe(4);
    expect(found('lag_p50_ms', { views }, {}, 10)?.value).toBe(0);
    expect(found('lag_p50_ms', {}, {}, 10)).toBeUndefined();
  });
});

describe('resources', () => {
  it('are means over the nodes that tell of theirs', () => {
    const facts = { cpuShares: [0.01, 0.03], rssBytes: [1e6, 2e6] };
    expect(found('cpu', {}, facts)).toEqual({ value: 0.02, unit: '', count: 2 });
    expect(found('rss_bytes', {}, facts)).toEqual({ value: 1.5e6, unit: 'B', count: 2 });
    expect(found('cpu', {})).toBeUndefined();
  });
});

describe('queries', () => {
  const query = (changes: object) => ({
    ...{ number: 1, atMs: 0, phase: 'before', coordinator: 'n1', target: 'n2', quorum: 3 },
    ...{ isTargetAlive: true, isAnswered: true, failure: '', tries: 1, messages: 4, timeMs: 10 },
    ...{ statedStalenessMs: 900, trueStalenessMs: 100, ...changes },
  });
  const failed = { isAnswered: false, failure: 'no_quorum', trueStalenessMs: null };

  it('succeed when answered, whatever their target, phase by phase', () => {
    const queries = [
      ...[query({}), query({ trueStalenessMs: 300 }), query({ ...failed, messages: 10 })],
      query({ ...failed, phase: 'failed' }),
    ];
    expect(found('query_success', { queries }, {}, 'before')).toEqual({
      ...{ value: 2 / 3, unit: '', count: 3 },
    });
    expect(found('query_messages', { queries }, {}, 'before')?.value).toBe(6);
    expect(found('query_ms', { queries }, {}, 'before')?.value).toBe(10);
    expect(found('query_staleness_ms', { queries }, {}, 'before')).toMatchObject({
      ...{ value: 200, count: 2 },
    });
    expect(found('query_success', { queries }, {}, 'failed')?.value).toBe(0);
    expect(found('query_staleness_ms', { queries }, {}, 'failed')).toMatchObject({
      ...{ value: null, count: 0 },
    });
    expect(found('query_success', { queries }, {}, 'after')).toBeUndefined();
  });
});

describe('deaths', () => {
  const death = (firstMs: number | null, allMs: number | null) => ({
    ...{ node: 1, downAt: 0, firstMs, allMs },
  });
  const died = (...deaths: ReturnType<typeof death>[]) => ({
    membership: { deaths: () => deaths, falseDeaths: 3 },
  });

  it('are mean times of the deaths that were noticed, by the first and by all', () => {
    const collected = died(death(1_000, 2_000), death(2_000, 6_000), death(3_000, null));
    expect(found('detection_first_ms', collected)).toMatchObject({ value: 2_000, count: 3 });
    expect(found('detection_ms', collected)).toMatchObject({ value: 4_000, count: 2 });
    expect(found('false_deaths', collected)?.value).toBe(3);
  });

  it('that no node noticed are looked for and not found; without deaths there is nothing', () => {
    expect(found('detection_ms', died(death(null, null)))?.value).toBeNull();
    expect(found('detection_ms', {})).toBeUndefined();
    expect(found('false_deaths', {})?.value).toBe(0);
  });

  it('have a recovery where a node was to come back', () => {
    expect(found('recovery_ms', {}, { recoveryMs: 1_500 })?.value).toBe(1_500);
    expect(found('recovery_ms', {}, { recoveryMs: null })?.value).toBeNull();
    expect(found('recovery_ms', {})).toBeUndefined();
  });
});

describe('names', () => {
  it('are all explained in the document', () => {
    for (const { name } of scalarsOf(EMPTY, FACTS)) expect(MEASURES).toHaveProperty(name);
  });
});
