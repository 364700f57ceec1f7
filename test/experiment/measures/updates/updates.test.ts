// Single changes on their way through clusters small enough to tell the outcome in advance.

import { describe, expect, it } from 'vitest';
import type { Told } from '../../../../node/experiment/measures/sink.ts';
import { createUpdates } from '../../../../node/experiment/measures/updates/updates.ts';
import { FIRST, METRICS, told, truthOf } from '../support.ts';

/** Late enough that nothing is left out for its late publish. */
const END = 1_000_000;

function story(nodes: number, measuredFrom = 0) {
  const truth = truthOf(nodes);
  const updates = createUpdates({
    ...{ truth, metrics: METRICS, nodes, roundMs: 1_000 },
    isMeasuring: (at) => at >= measuredFrom,
  });
  function publishes(at: number, what: Told): void {
    truth.published(what, at);
    updates.published(what, at);
  }
  return {
    truth,
    updates,
    publishes,
    /** Node 0 publishes these loads as versions 1, 2, … */
    publishesAll(everyMs: number, loads: readonly number[]): void {
      for (const [i, load] of loads.entries()) publishes(i * everyMs, told(0, i + 1, load));
    },
    /** Rows as tests compare them. */
    rows: (at = END) => updates.finish(at).updates,
  };
}

/** Its load goes from 10 to 20 at 1,000. */
function changed(nodes: number) {
  const all = story(nodes);
  all.publishes(0, told(0, 1, 10));
  all.publishes(1_000, told(0, 2, 20));
  return all;
}

describe('an update', () => {
  it('has been everywhere once the last of the others was told', () => {
    const { updates, rows } = changed(5);
    updates.told(1, told(0, 2, 20), 1_100);
    updates.told(2, told(0, 2, 20), 1_200);
    updates.told(3, told(0, 2, 20), 1_700);
    expect(rows()).toMatchObject([{ reached: 3, wanted: 4, halfMs: 200, allMs: null }]);
    updates.told(4, told(0, 2, 20), 3_400);
    expect(rows()).toEqual([
      {
        ...{ number: 0, owner: 'n1', metric: 'load', priority: 1, version: 2 },
        ...{ publishedAtMs: 1_000, reached: 4, wanted: 4, halfMs: 200, allMs: 2_400, copies: 0 },
      },
    ]);
  });

  it('counts no node twice', () => {
    const { updates, rows } = changed(3);
    for (const at of [1_100, 1_200, 1_300]) updates.told(1, told(0, 2, 20), at);
    expect(rows()).toMatchObject([{ reached: 1, wanted: 2, allMs: null }]);
  });

  it('is not reached by anything older, and is by anything newer', () => {
    const { updates, publishes, rows } = changed(3);
    updates.told(1, told(0, 1, 10), 1_100);
    expect(rows()).toMatchObject([{ reached: 0 }]);
    publishes(2_000, told(0, 3, 30));
    updates.told(1, told(0, 3, 30), 2_200);
    updates.told(2, told(0, 3, 30), 2_300);
    expect(rows()).toMatchObject([
      { version: 2, reached: 2, allMs: 1_300 },
      { version: 3, reached: 2, allMs: 300 },
    ]);
  });

  it('is reached by any version of a later life', () => {
    const { truth, updates, publishes, rows } = changed(2);
    truth.down(0);
    truth.up(0);
    const reborn = told(0, 1, 20, { generation: FIRST + 5 });
    publishes(5_000, reborn);
    updates.told(1, reborn, 5_100);
    expect(rows()).toMatchObject([{ version: 2, reached: 1, allMs: 4_100 }]);
  });

  it('counts its copies, needless and late ones too, and no others', () => {
    const { updates, rows } = changed(2);
    const copy = { owner: 0, generation: FIRST, metric: 0, version: 2, bytes: 7 };
    updates.copied(copy);
    updates.told(1, told(0, 2, 20), 1_100);
    updates.copied(copy);
    updates.copied({ ...copy, version: 1 });
    updates.copied({ ...copy, metric: 1 });
    expect(rows()).toMatchObject([{ copies: 2, allMs: 100 }]);
  });

  it('that came a moment before its publish was heard of counts as told at once', () => {
    const { updates, publishes, rows } = story(3);
    publishes(0, told(0, 1, 10));
    updates.told(1, told(0, 3, 30), 1_999.8);
    publishes(1_999, told(0, 2, 20));
    publishes(2_000, told(0, 3, 30));
    expect(rows()).toMatchObject([
      { version: 2, reached: 1, halfMs: expect.closeTo(0.8) },
      { version: 3, reached: 1, halfMs: 0 },
    ]);
  });
});

describe('what counts as an update', () => {
  it('is a move by the delta from the last one, whatever else is told', () => {
    const { publishesAll, rows } = story(2);
    publishesAll(1_000, [10, 12, 14, 15, 11, 10.1, 10, 10]);
    // 15 is 5 away from 10, and 10 is 5 away from 15: a slow drift adds up, a refresh is none.
    expect(rows().map(({ version }) => version)).toEqual([4, 7]);
  });

  it('allows half a step for rounding', () => {
    const { publishesAll, rows } = story(2);
    publishesAll(1_000, [10, 14.94, 14.96]);
    expect(rows().map(({ version }) => version)).toEqual([3]);
  });

  it('is no first value, nothing before measuring began, and nothing without others', () => {
    const early = story(2, 5_000);
    early.publishesAll(3_000, [10, 20, 30]);
    expect(early.rows().map(({ publishedAtMs }) => publishedAtMs)).toEqual([6_000]);
    const alone = story(2);
    alone.publishes(0, told(0, 1, 10));
    alone.truth.down(1);
    alone.publishes(1_000, told(0, 2, 20));
    expect(alone.rows()).toEqual([]);
  });

  it('is left out when it came within ten rounds of the end, arrived or not', () => {
    const { updates, publishesAll, rows } = story(2);
    publishesAll(1_000, [10, 20, 30]);
    updates.told(1, told(0, 3, 30), 2_010);
    expect(rows(12_000).map(({ publishedAtMs }) => publishedAtMs)).toEqual([1_000]);
    expect(rows(12_001).map(({ publishedAtMs }) => publishedAtMs)).toEqual([1_000, 2_000]);
  });
});

describe('deaths', () => {
  it('of nodes that had it change nothing', () => {
    const { updates, rows } = changed(3);
    updates.told(1, told(0, 2, 20), 1_100);
    updates.died(1, 1_200);
    expect(rows()).toMatchObject([{ reached: 1, wanted: 2, allMs: null }]);
  });

  it('of nodes that wait: all that live have it from the moment the last of these is gone', () => {
    const { updates, rows } = changed(4);
    updates.told(1, told(0, 2, 20), 1_100);
    updates.died(3, 1_500);
    expect(rows()).toMatchObject([{ reached: 1, wanted: 2, halfMs: 500, allMs: null }]);
    updates.died(2, 1_800);
    expect(rows()).toMatchObject([{ reached: 1, wanted: 1, allMs: 800 }]);
  });

  it('before the publish leave nothing to wait for', () => {
    const { truth, updates, publishes, rows } = story(4);
    truth.down(3);
    publishes(0, told(0, 1, 10));
    publishes(1_000, told(0, 2, 20));
    updates.told(1, told(0, 2, 20), 1_100);
    updates.told(2, told(0, 2, 20), 1_200);
    expect(rows()).toMatchObject([{ reached: 2, wanted: 2, allMs: 200 }]);
  });

  it('of the owner leave an update unreached that no other node had', () => {
    const { truth, updates, rows } = changed(3);
    truth.down(0);
    updates.died(0, 1_050);
    expect(rows()).toMatchObject([{ reached: 0, wanted: 2, allMs: null }]);
  });
});

describe('very many updates', () => {
  it('are thinned to an even sample over all the time, for each priority by itself', () => {
    const { updates, publishes, rows } = story(2);
    for (let i = 0; i <= 3_000; i++) {
      publishes(i * 10, told(0, 2 * i + 1, (i % 2) * 50));
      updates.told(1, told(0, 2 * i + 1, (i % 2) * 50), i * 10 + 5);
      if (i < 3) publishes(i * 10, told(0, 2 * i + 2, 100 * (i + 1), { metric: 1 }));
    }
    const load = rows().filter(({ metric }) => metric === 'load');
    const flow = rows().filter(({ metric }) => metric === 'flow');
    expect(flow).toHaveLength(2);
    expect(load.length).toBeGreaterThan(250);
    expect(load.length).toBeLessThanOrEqual(500);
    // The first two are kept for their spread.
    const gaps = load
      .slice(3)
      .map((row, i) => row.publishedAtMs - (load[i + 2]?.publishedAtMs ?? 0));
    expect(new Set(gaps)).toEqual(new Set([80]));
    expect(load.at(-1)?.publishedAtMs).toBeGreaterThan(29_900);
    expect(load.every(({ allMs }) => allMs === 5)).toBe(true);
    expect(new Set(rows().map(({ number }) => number)).size).toBe(rows().length);
  });
});

describe('a spread', () => {
  it('says which node told which, of the first two updates of each priority', () => {
    const { updates, publishes } = changed(3);
    updates.told(2, told(0, 2, 20), 1_100);
    updates.told(1, told(0, 2, 20, { from: 2 }), 3_050);
    for (const version of [3, 4, 5]) publishes(version * 1_000, told(0, version, version * 10));
    const { spreads } = updates.finish(END);
    expect(spreads.filter(({ update }) => update === 0)).toEqual([
      { update: 0, node: 'n1', from: 'n1', afterMs: 0, round: 0 },
      { update: 0, node: 'n3', from: 'n1', afterMs: 100, round: 0 },
      { update: 0, node: 'n2', from: 'n3', afterMs: 2_050, round: 2 },
    ]);
    expect(new Set(spreads.map(({ update }) => update))).toEqual(new Set([0, 1]));
  });
});
