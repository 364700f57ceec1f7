// Numbers end where the metric's resolution does, whoever shows them.

import { describe, expect, it } from 'vitest';
import { CPU } from '../../../node/config/metrics.ts';
import type { MetricDefinition } from '../../../node/core/model.ts';
import { fixture, member, reading, storeOf, WALL_MS } from '../fixture.ts';

/** Steps of a quarter, which no decimal power is. */
const LEVEL: MetricDefinition = { ...CPU, name: 'level', unit: 'm', resolution: 0.25 };
const NOISE = 1e-7;

const setUp = () => {
  const noisy = (metric: string, unit: string, avg: number) => ({
    ...{ node: 'n1', metric, unit, atMs: WALL_MS, count: 2 },
    ...{ min: 0.1 + 0.2, avg, max: 7.25 + NOISE },
  });
  const points = [noisy('level', 'm', 1.37), noisy('swap', '%', 1.37), noisy('gone', '', 1 / 3)];
  return fixture({ store: storeOf(points) }, [
    member('n1', { metrics: [reading(LEVEL, 7.25 + NOISE), reading(CPU, 12.300000000000001)] }),
    member('n2', { metrics: [reading(LEVEL, 8), reading(CPU, 12.5)] }),
  ]);
};

const textOf = async (path: string) => (await setUp().app.request(path)).text();

describe("a number of the metric's resolution", () => {
  it.each(['/state', '/state/n1', '/state/n1/level', '/query', '/query?node=n1&quorum=1'])(
    'is what %s tells',
    async (path) => {
      const text = await textOf(path);
      expect(text).toContain('"value":7.25,');
      if (!path.endsWith('level')) expect(text).toContain('"value":12.3,');
    },
  );

  it('is what a history tells, of metrics that are told, standard or gone', async () => {
    const { points } = JSON.parse(await textOf('/history'));
    expect(points).toMatchObject([
      { metric: 'level', min: 0.25, avg: 1.25, max: 7.25 },
      { metric: 'swap', min: 0.3, avg: 1.4, max: 7.3 },
      { metric: 'gone', min: 0.3, avg: 0.333333333333, max: 7.2500001 },
    ]);
  });

  it('is what aggregates are, but for counts', async () => {
    const { aggregates } = JSON.parse(await textOf('/query?aggregate=avg,sum,p95,count'));
    expect(aggregates).toMatchObject([
      { metric: 'level', values: { avg: 7.75, sum: 15.25, p95: 8, count: 2 } },
      { metric: 'cpu', values: { avg: 12.4, sum: 24.8, p95: 12.5, count: 2 } },
    ]);
  });

  it('is what the page shows', async () => {
    const page = await textOf('/');
    expect(page).toContain('<b>7.25 m</b>');
    expect(page).toContain('12.3<i>%</i>');
  });
});
