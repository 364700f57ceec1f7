// All measures of a run together: what is told once goes where it belongs.

import { describe, expect, it } from 'vitest';
import { createCollector } from '../../../node/experiment/measures/collector.ts';
import { FIRST, METRICS, told } from './support.ts';

const collectorOf = (nodes: number, keepsRounds = true) =>
  createCollector({ nodes, metrics: METRICS, roundMs: 1_000, measureMs: 0, keepsRounds });

const ROUND = {
  ...{ round: 1, lengthMs: 1_000, newNodes: 1, newEntries: 2, duplicates: 0 },
  ...{ messages: 1, sentBytes: 100, receivedBytes: 90 },
};

/** Every node publishes both metrics, and all others hear of it at once. */
function everybodyTells(collector: ReturnType<typeof collectorOf>, nodes: number, at: number) {
  for (let owner = 0; owner < nodes; owner++) {
    collector.sampled(owner, at, [10, 100]);
    for (const metric of [0, 1]) {
      for (let viewer = 0; viewer < nodes; viewer++) {
        if (viewer === owner) collector.told(owner, at, told(owner, metric + 1, 10, { metric }));
      }
      for (let viewer = 0; viewer < nodes; viewer++) {
        const heard = told(owner, metric + 1, 10, { metric });
        if (viewer !== owner) collector.told(viewer, at, heard);
      }
    }
  }
}

describe('a collector', () => {
  it('counts errors, lags and changes from the measured time on, and all else always', () => {
    const collector = collectorOf(3);
    everybodyTells(collector, 3, 100);
    collector.told(0, 200, told(0, 3, 30));
    collector.observe(300);
    collector.measure(1_000);
    collector.measure(9_000);
    collector.told(0, 1_500, told(0, 4, 50));
    collector.observe(2_000);
    const { rows, measuredFromMs, fullViewMs, transmissions } = collector.finish(60_000);
    expect([measuredFromMs, fullViewMs]).toEqual([1_000, 100]);
    expect(rows.updates).toMatchObject([{ version: 4, wanted: 2, reached: 0 }]);
    expect(new Set(rows.samples?.map(({ atMs }) => atMs))).toEqual(new Set([2_000]));
    expect(rows.transmissions?.filter(({ metric }) => metric === 'load')).toMatchObject([
      { atMs: 0, published: 4, learned: 6 },
      { atMs: 1_000, published: 1, learned: 0 },
    ]);
    expect(transmissions.measured()[0]).toMatchObject({ published: 1, needed: 2 });
  });

  it('needs as many copies of an entry as others live', () => {
    const collector = collectorOf(4);
    collector.measure(0);
    collector.told(0, 1, told(0, 1, 10));
    collector.down(3, 2);
    collector.told(0, 3, told(0, 2, 20));
    expect(collector.finish(4).transmissions.measured()[0]?.needed).toBe(3 + 2);
  });

  it('takes no value of an earlier life for one of the present life', () => {
    const collector = collectorOf(2);
    everybodyTells(collector, 2, 100);
    collector.down(1, 1_000);
    collector.up(1, 2_000);
    expect(collector.convergence.isFull(0)).toBe(false);
    const reborn = { generation: FIRST + 1 };
    collector.told(1, 2_000, told(1, 1, 10, reborn));
    for (const metric of [0, 1]) collector.told(0, 2_100, told(1, 9, 10, { metric }));
    expect(collector.convergence.isFull(0)).toBe(false);
    for (const metric of [0, 1]) collector.told(0, 2_200, told(1, 1, 10, { metric, ...reborn }));
    expect(collector.convergence.isFull(0)).toBe(true);
  });

  it('remembers which node died and came back when', () => {
    const collector = collectorOf(3);
    collector.down(1, 10);
    collector.down(2, 20);
    collector.up(1, 30);
    expect([...collector.lives]).toEqual([
      [1, { killedAtMs: 10, restartedAtMs: 30 }],
      [2, { killedAtMs: 20, restartedAtMs: null }],
    ]);
    expect([0, 1, 2].map(collector.truth.isUp)).toEqual([true, true, false]);
  });

  it('keeps rounds with what the node knew, or none', () => {
    const collector = collectorOf(2);
    everybodyTells(collector, 2, 100);
    collector.round(1, 1_000, ROUND);
    const row = { node: 'n2', atMs: 1_000, known: 1, ...ROUND };
    expect(collector.finish(2_000).rows.rounds).toEqual([row]);
    const silent = collectorOf(2, false);
    silent.round(1, 1_000, ROUND);
    expect(silent.finish(2_000).rows.rounds).toEqual([]);
  });

  it('compares some views of many nodes, evenly spread, so that its work stays bounded', () => {
    const nodes = 1_000;
    const collector = collectorOf(nodes);
    collector.measure(0);
    for (let owner = 0; owner < nodes; owner++) collector.sampled(owner, 0, [10, Number.NaN]);
    collector.observe(500);
    const [lags] = collector.finish(1_000).rows.samples?.filter(({ kind }) => kind === 'lag') ?? [];
    expect(lags?.count).toBe(10 * (nodes - 1));
  });
});
