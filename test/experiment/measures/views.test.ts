// What views are compared with, in stories whose errors and lags can be told in advance.

import { describe, expect, it } from 'vitest';
import { nodeIndex, nodeName } from '../../../node/experiment/measures/names.ts';
import type { Truth } from '../../../node/experiment/measures/truth.ts';
import { createViews, type Views } from '../../../node/experiment/measures/views.ts';
import { FIRST, METRICS, told, truthOf } from './support.ts';

interface Story {
  readonly truth: Truth;
  readonly views: Views;
  /** Node 0 measures its load and publishes it, or not. */
  measures(at: number, load: number, version?: number): void;
  /** What node 1 sees of node 0's load in one look. */
  look(at: number): Partial<Record<'error' | 'lag' | 'deltas', number | undefined>>;
}

/** Node 1 watches node 0. */
function story(nodes = 2): Story {
  const truth = truthOf(nodes);
  const views = createViews({ truth, metrics: METRICS, nodes, watched: [1], windowMs: 1 });
  return {
    truth,
    views,
    measures(at, load, version) {
      truth.sampled(0, at, [load, Number.NaN]);
      if (version !== undefined) truth.published(told(0, version, load), at);
    },
    look(at) {
      views.observe(at);
      const rows = views.finish().filter(({ atMs, metric }) => atMs === at && metric === 'load');
      const mean = (kind: string) => rows.find((row) => row.kind === kind)?.mean;
      return {
        ...(mean('error') !== undefined && { error: mean('error') }),
        ...(mean('error_deltas') !== undefined && { deltas: mean('error_deltas') }),
        ...(mean('lag') !== undefined && { lag: mean('lag') }),
      };
    },
  };
}

describe('a view', () => {
  it('is compared with what its owner measured last, not with what it published', () => {
    const { views, measures, look } = story();
    measures(0, 20, 1);
    views.told(1, told(0, 1, 20));
    measures(1_000, 23);
    expect(look(1_500)).toEqual({ error: 3, deltas: 0.6, lag: 0 });
  });

  it('lags since the truth went a delta away, whenever that was told', () => {
    const { views, measures, look } = story();
    measures(0, 20, 1);
    views.told(1, told(0, 1, 20));
    measures(1_000, 24);
    measures(2_000, 25, 2);
    measures(3_000, 31, 3);
    expect(look(3_500)).toEqual({ error: 11, deltas: 2.2, lag: 1_500 });
    views.told(1, told(0, 2, 25));
    expect(look(3_600)).toEqual({ error: 6, deltas: 1.2, lag: 600 });
    views.told(1, told(0, 3, 31));
    expect(look(3_700)).toEqual({ error: 0, deltas: 0, lag: 0 });
  });

  it('does not lag for a change too small to tell, even where every sample is told', () => {
    const { views, measures, look } = story();
    measures(0, 20, 1);
    views.told(1, told(0, 1, 20));
    measures(1_000, 22, 2);
    expect(look(9_000)).toEqual({ error: 2, deltas: 0.4, lag: 0 });
  });

  it('is right again when the truth comes back to it, and late anew when that leaves again', () => {
    const { views, measures, look } = story();
    measures(0, 20, 1);
    views.told(1, told(0, 1, 20));
    measures(1_000, 40, 2);
    measures(2_000, 20, 3);
    expect(look(2_500).lag).toBe(0);
    measures(3_000, 40, 4);
    expect(look(3_200).lag).toBe(200);
  });

  it('never goes back to an older version', () => {
    const { views, measures, look } = story();
    measures(0, 20, 1);
    measures(1_000, 40, 2);
    views.told(1, told(0, 2, 40));
    views.told(1, told(0, 1, 20));
    expect(look(1_500).error).toBe(0);
  });

  it('that lacks a value is late since there is one, and has no error', () => {
    const { measures, look } = story();
    measures(1_000, 20, 1);
    measures(2_000, 21);
    expect(look(4_000)).toEqual({ lag: 3_000 });
  });

  it('of a metric that is not measured is nothing at all', () => {
    const { views, measures, look } = story();
    measures(0, 20, 1);
    views.told(1, told(0, 1, 20));
    measures(1_000, Number.NaN);
    expect(look(1_500)).toEqual({});
  });

  it('of a dead owner does not count, nor does that of a dead viewer', () => {
    const { truth, views, measures, look } = story();
    measures(0, 20, 1);
    views.told(1, told(0, 1, 20));
    truth.down(0);
    expect(look(1_000)).toEqual({});
    truth.up(0);
    measures(2_000, 20, 2);
    truth.down(1);
    expect(look(2_500)).toEqual({});
  });

  it('of an earlier life is overtaken by the first version of the next', () => {
    const { truth, views, measures, look } = story();
    const reborn = { generation: FIRST + 1 };
    measures(0, 20, 7);
    views.told(1, told(0, 7, 20));
    truth.down(0);
    truth.up(0);
    truth.sampled(0, 5_000, [60, Number.NaN]);
    truth.published(told(0, 1, 60, reborn), 5_000);
    expect(look(5_400)).toEqual({ error: 40, deltas: 8, lag: 400 });
    views.told(1, told(0, 1, 60, reborn));
    views.told(1, told(0, 9, 20));
    expect(look(5_500).error).toBe(0);
  });

  it('was late in vain for a life that ended: a new life is a new start', () => {
    const { truth, views, measures, look } = story();
    measures(0, 20, 1);
    views.told(1, told(0, 1, 20));
    measures(1_000, 60, 2);
    truth.down(0);
    truth.up(0);
    measures(5_000, 60);
    expect(look(5_300).lag).toBe(300);
  });

  it('of a viewer that came back is empty, and late since then', () => {
    const { views, measures, look } = story();
    measures(0, 20, 1);
    views.told(1, told(0, 1, 20));
    views.reset(1, 8_000);
    expect(look(8_250)).toEqual({ lag: 250 });
  });

  it('counts deltas that are relative at the value that was told', () => {
    const { truth, views } = story();
    truth.sampled(0, 0, [Number.NaN, 200]);
    views.told(1, told(0, 1, 200, { metric: 1 }));
    truth.sampled(0, 1_000, [Number.NaN, 230]);
    views.observe(1_500);
    const [deltas, lag] = views.finish().slice(1);
    expect([deltas?.mean, lag?.mean]).toEqual([1.5, 500]);
  });
});

describe('windows', () => {
  it('hold the looks of so long, and the totals all of them', () => {
    const truth = truthOf(3);
    const options = { truth, metrics: METRICS, nodes: 3, watched: [1], windowMs: 1_000 };
    const views = createViews(options);
    for (const owner of [0, 2]) {
      truth.sampled(owner, 0, [10 + owner, Number.NaN]);
      views.told(1, told(owner, 1, 10));
    }
    for (const at of [100, 600, 1_100, 1_600, 2_100]) views.observe(at);
    const errors = views.finish().filter(({ kind }) => kind === 'error');
    expect(errors.map(({ atMs, count, mean, max }) => [atMs, count, mean, max])).toEqual([
      [100, 4, 1, 2],
      [1_100, 4, 1, 2],
      [2_100, 2, 1, 2],
    ]);
    expect(views.total('error', 0).count).toBe(10);
  });

  it('of nodes that are not watched are none', () => {
    const truth = truthOf(2);
    const views = createViews({ truth, metrics: METRICS, nodes: 2, watched: [], windowMs: 1 });
    truth.sampled(0, 0, [1, 1]);
    views.told(1, told(0, 1, 1));
    views.observe(1);
    expect(views.finish()).toEqual([]);
  });
});

describe('the truth', () => {
  it('knows when the first version after a given one was published', () => {
    const truth = truthOf(1);
    for (const version of [1, 2, 3]) truth.published(told(0, version, 0), version * 100);
    const leftAfter = (version: number, generation = FIRST) =>
      truth.leftAt(0, 0, truth.stampOf({ owner: 0, generation, version }));
    expect([leftAfter(0), leftAfter(1), leftAfter(2), leftAfter(3)]).toEqual([
      100,
      200,
      300,
      undefined,
    ]);
    expect(leftAfter(99, FIRST - 1)).toBe(100);
    expect(leftAfter(0, FIRST + 1)).toBeUndefined();
  });

  it('forgets what is long past, and a view from then is late since the first it knows', () => {
    const truth = truthOf(1);
    for (let second = 0; second < 1_000; second++) truth.sampled(0, second * 1_000, [50, 0]);
    expect(truth.apartSince(0, 0, 20)).toBe(744_000);
    expect(truth.apartSince(0, 0, 50)).toBeUndefined();
  });

  it('counts the living', () => {
    const truth = truthOf(3);
    truth.down(1);
    truth.down(1);
    expect([truth.living, truth.isUp(0), truth.isUp(1)]).toEqual([2, true, false]);
    truth.up(1);
    expect(truth.living).toBe(3);
  });
});

describe('names', () => {
  it('and numbers of nodes are the same thing', () => {
    for (const index of [0, 8, 9, 1_233]) expect(nodeIndex(nodeName(index))).toBe(index);
    expect([nodeName(0), nodeName(19)]).toEqual(['n1', 'n20']);
  });

  it.each(['', 'n', 'n0', 'n01', 'x1', 'n1x', 'web-1', 'n-1'])('"%s" is no node', (id) => {
    expect(nodeIndex(id)).toBe(-1);
  });
});
