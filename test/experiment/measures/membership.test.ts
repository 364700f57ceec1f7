// Which node takes which for alive or dead, told beforehand.

import { describe, expect, it } from 'vitest';
import { createMembership } from '../../../node/experiment/measures/membership.ts';
import type { MemberSeen } from '../../../node/experiment/measures/sink.ts';

/** All nodes are in their first generation until `born` says otherwise. */
function story(nodes: number) {
  const generations = new Array<number>(nodes).fill(1);
  const membership = createMembership(nodes, { generation: (node) => generations[node] ?? 0 });
  const sees = (
    observer: number,
    subject: number,
    status: MemberSeen['status'],
    at: number,
    generation = 1,
  ): void => membership.seen(observer, at, { subject, status, generation });
  const allMeet = (): void => {
    for (let a = 0; a < nodes; a++) for (let b = 0; b < nodes; b++) sees(a, b, 'alive', a);
  };
  return { membership, generations, sees, allMeet };
}

describe('a death', () => {
  it('is detected when the first, and when the last of the living said so', () => {
    const { membership, sees, allMeet } = story(4);
    allMeet();
    membership.down(3, 1_000);
    sees(1, 3, 'suspect', 1_500);
    sees(1, 3, 'dead', 3_000);
    sees(0, 3, 'dead', 3_100);
    expect(membership.deaths()).toEqual([{ node: 3, downAt: 1_000, firstMs: 2_000, allMs: null }]);
    sees(2, 3, 'dead', 4_500);
    sees(2, 3, 'dead', 9_000);
    expect(membership.deaths()).toEqual([{ node: 3, downAt: 1_000, firstMs: 2_000, allMs: 3_500 }]);
    expect(membership.falseDeaths).toBe(0);
  });

  it('needs no word of others that died too', () => {
    const { membership, sees, allMeet } = story(4);
    allMeet();
    membership.down(2, 1_000);
    membership.down(3, 1_000);
    for (const subject of [2, 3]) {
      sees(0, subject, 'dead', 2_000);
      sees(1, subject, 'dead', 2_500);
    }
    expect(membership.deaths().map(({ allMs }) => allMs)).toEqual([1_500, 1_500]);
  });

  it('stays as it was detected when all come back, one after another', () => {
    const { membership, generations, sees, allMeet } = story(4);
    allMeet();
    for (const node of [2, 3]) membership.down(node, 1_000);
    for (const subject of [2, 3]) for (const o of [0, 1]) sees(o, subject, 'dead', 2_000 + o);
    for (const node of [2, 3]) membership.up(node, 10_000);
    generations.fill(2, 2);
    expect(membership.deaths().map(({ node, allMs }) => [node, allMs])).toEqual([
      [2, 1_001],
      [3, 1_001],
    ]);
  });

  it('that no node noticed has neither a first nor a last', () => {
    const { membership } = story(3);
    membership.down(0, 5);
    expect(membership.deaths()).toEqual([{ node: 0, downAt: 5, firstMs: null, allMs: null }]);
  });
});

describe('a false death', () => {
  it('is a node that lives and that another takes for dead', () => {
    const { membership, sees, allMeet } = story(3);
    allMeet();
    sees(0, 1, 'suspect', 90);
    expect(membership.falseDeaths).toBe(0);
    sees(0, 1, 'dead', 100);
    sees(2, 1, 'dead', 110);
    expect(membership.falseDeaths).toBe(2);
    expect(membership.rows().map(({ status, isTrue }) => [status, isTrue])).toEqual([
      ['suspect', false],
      ['dead', false],
      ['dead', false],
    ]);
  });

  it('is not what is said of the life before, but of the present one', () => {
    const { membership, generations, sees, allMeet } = story(3);
    allMeet();
    membership.down(1, 1_000);
    membership.up(1, 2_000);
    generations[1] = 2;
    sees(0, 1, 'dead', 2_500, 1);
    expect(membership.falseDeaths).toBe(0);
    sees(0, 1, 'dead', 2_600, 2);
    expect(membership.falseDeaths).toBe(1);
  });

  it('is none across a partition', () => {
    const { membership, sees, allMeet } = story(2);
    allMeet();
    membership.divide(true);
    sees(0, 1, 'dead', 100);
    membership.divide(false);
    expect(membership.falseDeaths).toBe(0);
    sees(1, 0, 'dead', 200);
    expect(membership.falseDeaths).toBe(1);
  });
});

describe('a cluster', () => {
  it('is whole when all that live take all that live for alive', () => {
    const { membership, sees, allMeet } = story(3);
    expect(membership.isWhole()).toBe(false);
    allMeet();
    expect(membership.isWhole()).toBe(true);
    sees(0, 1, 'suspect', 10);
    expect(membership.isWhole()).toBe(false);
    sees(0, 1, 'alive', 20);
    expect(membership.isWhole()).toBe(true);
    membership.down(2, 30);
    expect(membership.isWhole()).toBe(true);
  });

  it('is not whole before the others know the node that came back, and it knows them', () => {
    const { membership, sees, allMeet } = story(2);
    allMeet();
    membership.down(1, 10);
    membership.up(1, 20);
    expect(membership.isWhole()).toBe(false);
    sees(0, 1, 'alive', 30, 2);
    expect(membership.isWhole()).toBe(false);
    sees(1, 0, 'alive', 40);
    expect(membership.isWhole()).toBe(true);
  });
});

describe('rows', () => {
  it('tell how long after the event something was seen; joins and oneself are no events', () => {
    const { membership, generations, sees, allMeet } = story(2);
    allMeet();
    sees(0, 0, 'left', 5);
    membership.down(1, 1_000);
    sees(0, 1, 'dead', 2_500);
    sees(0, 1, 'alive', 2_600);
    membership.up(1, 3_000);
    generations[1] = 2;
    sees(0, 1, 'alive', 3_200, 2);
    const base = { observer: 'n1', subject: 'n2' };
    expect(membership.rows()).toEqual([
      { ...base, atMs: 2_500, status: 'dead', isTrue: true, afterMs: 1_500 },
      { ...base, atMs: 2_600, status: 'alive', isTrue: false, afterMs: null },
      { ...base, atMs: 3_200, status: 'alive', isTrue: true, afterMs: 200 },
    ]);
  });

  it('end at 20,000, the count does not', () => {
    const { membership, sees, allMeet } = story(2);
    allMeet();
    for (let i = 0; i < 20_010; i++) sees(0, 1, 'dead', i);
    expect(membership.rows()).toHaveLength(20_000);
    expect(membership.falseDeaths).toBe(20_010);
  });
});
