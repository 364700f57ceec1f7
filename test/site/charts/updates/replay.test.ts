import { describe, expect, it } from 'vitest';
import { type Place, places } from '../../../../analysis-site/src/charts/updates/replay-tree.ts';
import { madeRun } from '../../fixtures.ts';
import { dataOf, draw, figureOf } from '../support.ts';

const figure = figureOf('replay');

const spread = (node: string, from: string, afterMs: number, round: number) => ({
  ...{ runId: 1, update: 0, node, from, afterMs, round },
});
const node = (name: string, killedAtMs: number | null = null) => ({
  ...{ runId: 1, node: name, startedAtMs: 0, fullViewAtMs: 1, killedAtMs, restartedAtMs: null },
  ...{ rounds: 1, messages: 1, sentBytes: 1, receivedBytes: 1, cpuMs: null, rssBytes: null },
  lateMs: 0,
});
const update = {
  ...{ runId: 1, number: 0, owner: 'n1', metric: 'memory', priority: 5, version: 3 },
  ...{ publishedAtMs: 0, reached: 3, wanted: 4, halfMs: 1, allMs: null, copies: 7 },
};

/** n1 told n2 in round 0, n2 told n3 in round 1; n4 never heard, n5 was down. */
const DATA = dataOf([madeRun], {
  updates: [update],
  spreads: [spread('n1', 'n1', 0, 0), spread('n2', 'n1', 400, 0), spread('n3', 'n2', 1500, 1)],
  nodes: [node('n1'), node('n2'), node('n3'), node('n4'), node('n5', 10)],
});
const ROWS = figure.rows(DATA);

const links = (step?: number): number =>
  draw(figure, ROWS, { width: 400, ...(step !== undefined && { step }) }).querySelectorAll(
    '[aria-label="link"] path',
  ).length;

describe('the replay of an update', () => {
  it('says which node reached which, and which were never reached', () => {
    expect(ROWS.map((row) => [row.node, row.from, row.afterMs, row.round])).toEqual([
      ['n1', 'n1', 0, 0],
      ['n2', 'n1', 400, 0],
      ['n3', 'n2', 1500, 1],
      ['n4', '', null, null],
    ]);
    expect(figure.caption(ROWS)).toBe(
      'One change of memory (priority 5) on n1 reached 3 of 4 nodes, itself included, in 1.5 s, ' +
        'round 1, with 7 copies.',
    );
  });

  it('has a step for each round, and shows at each what had happened by then', () => {
    expect(figure.steps?.(ROWS)).toBe(2);
    expect(links(0)).toBe(1);
    expect(links(1)).toBe(2);
    expect(links()).toBe(2);
    expect(figure.legend(ROWS).map(({ name }) => name)).toEqual(['round 0', 'round 1']);
  });

  it('takes the update that reached most, of those that fit into a picture', () => {
    const crowd = Array.from({ length: 300 }, (_, index) => ({
      ...spread(`m${index}`, 'm0', index, 1),
      update: 1,
    }));
    const spreads = [...DATA.rows.spreads, ...crowd, { ...spread('n1', 'n1', 0, 0), update: 2 }];
    const updates = [1, 2].map((number) => ({ ...update, number }));
    const rows = figure.rows(dataOf([madeRun], { updates: [update, ...updates], spreads }));
    expect(rows).toHaveLength(3);
  });
});

describe('an update that a newer value overtook', () => {
  it('is taken only where none went further itself', () => {
    const spreads = [0, 1].flatMap((number) =>
      DATA.rows.spreads.map((row) => ({ ...row, update: number })),
    );
    const updates = [
      { ...update, copies: 0 },
      { ...update, number: 1, metric: 'cpu' },
    ];
    expect(figure.rows(dataOf([madeRun], { updates, spreads }))[0]?.metric).toBe('cpu');
  });

  it('is told as such', () => {
    const rows = figure.rows({
      ...DATA,
      rows: { ...DATA.rows, updates: [{ ...update, copies: 1 }] },
    });
    expect(figure.caption(rows)).toContain(
      'on n1, or a newer value in its place, reached 3 of 4 nodes',
    );
  });
});

/** Apart by so much that neither hides the other. */
const different = (at: ReadonlyMap<string, Place>): number =>
  new Set([...at.values()].map(({ x, y }) => `${x.toFixed(2)} ${y.toFixed(2)}`)).size;

describe('the places of nodes', () => {
  const told = [
    { node: 'b', from: 'a', afterMs: 1, round: 0 },
    { node: 'c', from: 'b', afterMs: 2, round: 1 },
    { node: 'd', from: 'b', afterMs: 3, round: 1 },
    { node: 'e', from: 'gone', afterMs: 4, round: 1 },
    { node: 'f', from: '', afterMs: 0, round: -1 },
  ];
  const at = places(told, 'a');
  const radius = (name: string): number => {
    const { x, y } = at.get(name) ?? { x: Number.NaN, y: Number.NaN };
    return Math.hypot(x, y);
  };

  it('are rings around the owner, one a round, and the last for those that never heard', () => {
    expect(['a', 'b', 'c', 'd', 'e', 'f'].map((name) => Math.round(radius(name) * 3))).toEqual([
      0, 1, 2, 2, 2, 3,
    ]);
  });

  it('are all different, though a messenger be unknown or names go in a circle', () => {
    const circle = places(
      [
        { node: 'b', from: 'c', afterMs: 1, round: 0 },
        { node: 'c', from: 'b', afterMs: 2, round: 0 },
      ],
      'a',
    );
    expect(circle.size).toBe(3);
    expect(different(at)).toBe(6);
  });

  it('are different of a node and of the one that it told in the same round', () => {
    const chain = places(
      [
        { node: 'b', from: 'a', afterMs: 1, round: 1 },
        { node: 'c', from: 'b', afterMs: 2, round: 1 },
        { node: 'd', from: 'c', afterMs: 3, round: 1 },
        { node: 'e', from: 'b', afterMs: 4, round: 2 },
      ],
      'a',
    );
    expect(different(chain)).toBe(5);
  });
});
