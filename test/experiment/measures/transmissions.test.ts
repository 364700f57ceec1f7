// What becomes of samples, window by window.

import { describe, expect, it } from 'vitest';
import { createTransmissions } from '../../../node/experiment/measures/transmissions.ts';
import { FIRST, METRICS } from './support.ts';

const story = (measuredFrom = 0) =>
  createTransmissions({
    ...{ metrics: METRICS, windowMs: 1_000 },
    isMeasuring: (at) => at >= measuredFrom,
  });
const copyOf = (metric: number, bytes: number) => ({
  ...{ owner: 0, generation: FIRST, version: 1, metric, bytes },
});

describe('transmissions', () => {
  it('are counted by metric and window', () => {
    const transmissions = story();
    for (let i = 0; i < 5; i++) transmissions.count('sampled', 0, 900);
    transmissions.count('published', 0, 900);
    transmissions.copied(copyOf(0, 7), 950);
    transmissions.copied(copyOf(0, 5), 999);
    transmissions.count('received', 0, 1_000, 3);
    transmissions.count('learned', 0, 1_001);
    const load = transmissions.rows().filter(({ metric }) => metric === 'load');
    const nothing = { sampled: 0, published: 0, filtered: 0, copies: 0, learned: 0, bytes: 0 };
    const base = { windowMs: 1_000, metric: 'load', priority: 1, duplicates: 0 };
    expect(load).toEqual([
      { ...base, ...nothing, atMs: 0, sampled: 5, published: 1, filtered: 4, copies: 2, bytes: 12 },
      { ...base, ...nothing, atMs: 1_000, learned: 1, duplicates: 2 },
    ]);
  });

  it('come in order of time, with every metric, whatever order they were seen in', () => {
    const transmissions = story();
    for (const at of [5_500, 100, 2_000]) transmissions.count('sampled', 1, at);
    expect(transmissions.rows().map(({ atMs, metric }) => [atMs, metric])).toEqual(
      [0, 2_000, 5_000].flatMap((at) => METRICS.map(({ name }) => [at, name])),
    );
  });

  it('never filter less than nothing', () => {
    const transmissions = story();
    transmissions.count('published', 0, 1_000);
    expect(transmissions.rows()[0]?.filtered).toBe(0);
  });

  it('in the measured time are added up by themselves, whole windows or not', () => {
    const transmissions = story(1_500);
    for (const at of [1_400, 1_500, 1_600, 7_000]) transmissions.count('sampled', 0, at);
    transmissions.count('needed', 0, 2_000, 9);
    transmissions.count('sampled', 7, 2_000);
    expect(transmissions.measured()).toMatchObject([
      { sampled: 3, needed: 9 },
      { sampled: 0, needed: 0 },
    ]);
  });
});
