// What every synthetic workload promises, whatever it is called.

import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { LOAD1, STORAGE, SWAP } from '../../../node/config/metrics.ts';
import type { MetricDefinition } from '../../../node/core/model.ts';
import { WORKLOAD_KINDS } from '../../../node/experiment/plan/plan.ts';
import type { SyntheticKind } from '../../../node/experiment/workloads/index.ts';
import { KINDS, METRICS, news, nodes, sum, workload } from './support.ts';

const seed = fc.integer({ min: 0, max: 2 ** 40 });
const index = fc.integer({ min: 0, max: 9_999 });
// Not fc.double, which asks for times near 0 almost always.
const atMs = fc.integer({ min: 0, max: 3_000_000 }).map((tenths) => tenths / 10);

const userMetric = (name: string, unit: string): MetricDefinition => ({
  ...STORAGE,
  name,
  unit,
  description: '',
});

const RANGES: readonly (readonly [MetricDefinition, number, number])[] = [
  ...METRICS.map((metric) =>
    metric.unit === '%' ? ([metric, 0, 100] as const) : ([metric, 1e4, 1e7] as const),
  ),
  [SWAP, 0, 100],
  [LOAD1, 0, 8],
  [userMetric('queue', 'jobs'), 0, 100],
  [userMetric('disk_reads', 'B/s'), 1e4, 1e7],
  [userMetric('constructor', '%'), 0, 100],
];

it('there is one for each kind but the machine and the trace', () => {
  expect([...KINDS, 'machine', 'trace'].sort()).toEqual([...WORKLOAD_KINDS].sort());
});

describe.each(KINDS)('%s', (kind) => {
  it('has one value for one seed, node and time, whatever was asked before', () => {
    const times = fc.array(atMs, { minLength: 1, maxLength: 20 });
    fc.assert(
      fc.property(seed, index, times, atMs, (seed, index, before, at) => {
        const asked = workload(kind, { seed })(index);
        for (const time of before) asked.valuesAt(time);
        const fresh = workload(kind, { seed });
        fresh(index + 1).valuesAt(at);
        expect(asked.valuesAt(at)).toEqual(fresh(index).valuesAt(at));
      }),
      { numRuns: 30 },
    );
  });

  it('stays in the natural range of each metric', () => {
    const metrics = RANGES.map(([metric]) => metric);
    fc.assert(
      fc.property(seed, index, fc.array(atMs, { minLength: 20 }), (seed, index, times) => {
        const signal = workload(kind, { metrics, seed, intensity: 3 })(index);
        for (const at of times.toSorted((a, b) => a - b)) {
          signal.valuesAt(at).forEach((value, i) => {
            const [metric, lowest, highest] = RANGES[i] ?? [];
            expect(value, metric?.name).toBeGreaterThanOrEqual(lowest ?? Number.NaN);
            expect(value, metric?.name).toBeLessThanOrEqual(highest ?? Number.NaN);
          });
        }
      }),
      { numRuns: 30 },
    );
  });

  it('gives every node and every seed values of its own', () => {
    const atOneTime = nodes(workload(kind), 100).map((signal) => signal.valuesAt(5_500)[0]);
    expect(new Set(atOneTime).size).toBe(100);
    const others = nodes(workload(kind, { seed: 8 }), 100).map((one) => one.valuesAt(5_500)[0]);
    expect(atOneTime.filter((value, i) => value === others[i])).toEqual([]);
  });

  it('is the same for other priorities, deltas and orders of the metrics', () => {
    const others = METRICS.map((metric) => ({
      ...metric,
      priority: 200,
      delta: { kind: 'absolute', change: 0.5 } as const,
    })).toReversed();
    const signal = workload(kind)(5);
    const other = workload(kind, { metrics: others })(5);
    for (const at of [0, 1_234, 90_000]) {
      expect(other.valuesAt(at).toReversed()).toEqual(signal.valuesAt(at));
    }
  });

  it('has more news the higher its intensity, and none at 0', () => {
    const counts = [0, 1, 2, 4].map((intensity) => {
      const all = nodes(workload(kind, { intensity }), 50);
      return sum(all.flatMap((one) => METRICS.map((metric) => news(one, metric, 180).length)));
    });
    const [none = Number.NaN, once = 0, twice = 0, often = 0] = counts;
    expect(none).toBe(0);
    expect(twice).toBeGreaterThan(1.3 * once);
    expect(often).toBeGreaterThan(1.3 * twice);
  });
});

describe('storage, whose news are urgent', () => {
  const newsOfAll = (kind: SyntheticKind, seconds: number) =>
    sum(nodes(workload(kind), 200).map((one) => news(one, STORAGE, seconds).length));

  it('moves rarely in a random walk: once an hour or two on each node', () => {
    const nodeHours = (200 * 600) / 3_600;
    expect(newsOfAll('random-walk', 600) / nodeHours).toBeGreaterThan(0.3);
    expect(newsOfAll('random-walk', 600) / nodeHours).toBeLessThan(1.2);
  });

  it.each(['bursts', 'diurnal'] as const)('stays where it is in %s', (kind) => {
    expect(newsOfAll(kind, 600)).toBe(0);
  });
});
