import { describe, expect, it } from 'vitest';
import type { Holding } from '../../../node/http/query/quorum.ts';
import { spreadMs, stalenessOf } from '../../../node/http/query/staleness.ts';
import { theoryRounds } from '../../sim/swarm/bounds.ts';

const sampledAt = (...times: number[]): Holding => ({
  ...{ generation: 1, incarnation: 0, status: 'alive' },
  metrics: times.map((at, i) => ({
    ...{ metric: `m${i}`, value: 1, unit: '', kind: 'gauge' },
    ...{ description: '', priority: 1, delta: 1 },
    ...{ version: 1 + i, sampledAt: at, toldAt: at },
  })),
});

const facts = (changes: object = {}) => ({
  ...{ target: 'n1', result: { agreed: ['n2', 'n3'] } },
  ...{ startedAt: 10_000, now: 10_040, spreadMs: 6_000 },
  ...changes,
});

describe('staleness', () => {
  it('is at most the age of the oldest value', () => {
    expect(stalenessOf(sampledAt(9_000, 10_000), facts()).atMostMs).toBe(1_040);
  });

  it('cannot hide more than the spread and the query itself took', () => {
    expect(stalenessOf(sampledAt(0), facts())).toEqual({ atMostMs: 10_040, hiddenMs: 6_040 });
  });

  it('hides nothing older than the value', () => {
    expect(stalenessOf(sampledAt(9_500), facts()).hiddenMs).toBe(540);
  });

  it('hides only what happened since the query began when the owner itself agreed', () => {
    const result = { agreed: ['n2', 'n1'] };
    expect(stalenessOf(sampledAt(0), facts({ result })).hiddenMs).toBe(40);
  });

  it('is never negative, though times are estimates', () => {
    expect(stalenessOf(sampledAt(11_000), facts())).toEqual({ atMostMs: 0, hiddenMs: 0 });
  });
});

it.each([1, 2, 6, 20, 100, 1_000])(
  'the spread is the rounds to which the simulator holds %s nodes, all stretched',
  (nodes) => {
    const rounds = Math.ceil(theoryRounds(nodes, 2) + 3);
    expect(spreadMs(nodes, { targetCount: 2, maxRoundMs: 3_000 })).toBe(3_000 * rounds);
  },
);
