// The free plan's day, shared among objects: rounds become as long as what is left of it demands.

import { describe, expect, it } from 'vitest';
import { createBudget, FREE_DAY, ROUND } from '../../../node/edge/storage/budget.ts';

const MIDNIGHT_MS = Date.UTC(2026, 0, 6);
const HOUR_MS = 3_600_000;

function budgetAt(hours: number, objects = 1) {
  const clock = { wallMs: MIDNIGHT_MS + hours * HOUR_MS };
  return { clock, budget: createBudget({ wallMs: () => clock.wallMs, objects }) };
}

describe('a day of the free plan', () => {
  it('pays for rounds of 10 s, with two objects as well', () => {
    expect(budgetAt(0, 1).budget.shortestRoundMs()).toBeLessThan(10_000);
    expect(budgetAt(0, 2).budget.shortestRoundMs()).toBeLessThan(10_000);
    const rounds = 86_400_000 / 10_000;
    expect(2 * ROUND.rowsWritten * rounds).toBeLessThan(FREE_DAY.rowsWritten);
    expect(2 * ROUND.requests * rounds).toBeLessThan(FREE_DAY.requests);
    expect(2 * ROUND.gigabyteSeconds * rounds).toBeLessThan(FREE_DAY.gigabyteSeconds);
  });

  it('is shared: five objects have rounds of 24 s at least', () => {
    expect(budgetAt(0, 5).budget.shortestRoundMs()).toBeCloseTo(24_000, -2);
  });

  it('stretches rounds as its share is used up, and to an hour when nothing is left', () => {
    const { budget } = budgetAt(12);
    budget.count({ requests: 80_000 });
    expect(budget.shortestRoundMs()).toBeLessThan(10_000);
    budget.count({ requests: 9_000 });
    // 1,000 requests for the 43,200 s that are left, two a round.
    expect(budget.shortestRoundMs()).toBeCloseTo(86_400, 0);
    budget.count({ requests: 5_000 });
    expect(budget.shortestRoundMs()).toBe(HOUR_MS);
  });

  it.each([
    ['rows', { rowsWritten: 89_000 }],
    ['time awake', { awakeMs: 91_300_000 }],
  ])('counts %s as well', (_, use) => {
    const { budget } = budgetAt(12);
    budget.count(use);
    expect(budget.shortestRoundMs()).toBeGreaterThan(60_000);
  });

  it('begins anew at midnight', () => {
    const { budget, clock } = budgetAt(23);
    budget.count({ requests: 95_000, rowsWritten: 10 });
    expect(budget.answer()).toMatchObject({
      until: '2026-01-07T00:00:00.000Z',
      used: { requests: 95_000, rowsWritten: 10 },
      share: { requests: 90_000, rowsWritten: 90_000, gigabyteSeconds: 11_700 },
      shortestRoundMs: HOUR_MS,
    });
    clock.wallMs += HOUR_MS;
    expect(budget.answer()).toMatchObject({
      used: { requests: 0 },
      until: '2026-01-08T00:00:00.000Z',
    });
  });

  it('goes on after a sleep', () => {
    const { budget, clock } = budgetAt(3);
    budget.count({ requests: 7, awakeMs: 1_000 });
    const again = createBudget({ wallMs: () => clock.wallMs, objects: 1, use: budget.use() });
    expect(again.answer().used).toEqual({ requests: 7, rowsWritten: 0, gigabyteSeconds: 0.128 });
  });

  it('limits nothing where it is paid for', () => {
    const { budget } = budgetAt(3, 0);
    budget.count({ requests: 1e9 });
    expect(budget.answer()).toMatchObject({ share: null, shortestRoundMs: 0 });
  });
});
