// What an object uses of the free plan's day, and how long its rounds must be for the day's share
// to last. After Cloudflare's pages "Pricing" and "Limits" of Durable Objects and Workers.

import type { DayUse, LimitsAnswer } from '../../http/answers/health-shapes.ts';

/** Of an account without payment, for all of its objects together; counted from 00:00 UTC. */
export const FREE_DAY: DayUse = {
  requests: 100_000,
  rowsWritten: 100_000,
  gigabyteSeconds: 13_000,
};

/** The rest is for what is not counted: a sleep forgets the calls of the last seconds before it. */
const SHARE = 0.9;
/** What a quiet round takes: its alarm and one exchange; alarm, self, view and samples. */
export const ROUND: DayUse = { requests: 2, rowsWritten: 5, gigabyteSeconds: 0.064 };
const GIGABYTES = 0.128;
const DAY_MS = 86_400_000;
/** However little is left: so that a node is never out of the world for long. */
const LONGEST_ROUND_MS = 3_600_000;

/** What was used, kept over sleeps. */
export interface KeptUse {
  readonly day: number;
  readonly requests: number;
  readonly rowsWritten: number;
  readonly awakeMs: number;
}

export interface Budget {
  count(use: Partial<Omit<KeptUse, 'day'>>): void;
  /** The shortest round that what is left allows, ms. */
  shortestRoundMs(): number;
  use(): KeptUse;
  answer(): LimitsAnswer;
}

export interface BudgetOptions {
  readonly wallMs: () => number;
  /** Of the last sleep, when there was one. */
  readonly use?: KeptUse | undefined;
  /** Objects that share the account's day; 0 where nothing limits it. */
  readonly objects: number;
}

const dayOf = (wallMs: number): number => Math.floor(wallMs / DAY_MS);

export function createBudget({ wallMs, use, objects }: BudgetOptions): Budget {
  let used: KeptUse = use ?? { day: 0, requests: 0, rowsWritten: 0, awakeMs: 0 };
  const share = objects === 0 ? undefined : shareOf(objects);
  /** At midnight all is as new. */
  const today = (): KeptUse => {
    const day = dayOf(wallMs());
    if (used.day !== day) used = { day, requests: 0, rowsWritten: 0, awakeMs: 0 };
    return used;
  };
  const shortestRoundMs = (): number => {
    if (share === undefined) return 0;
    const leftMs = (today().day + 1) * DAY_MS - wallMs();
    const left = remaining(share, asLimits(used));
    const shares = KINDS.map(
      (kind) => (leftMs * ROUND[kind]) / Math.max(left[kind], Number.EPSILON),
    );
    return Math.min(LONGEST_ROUND_MS, Math.max(...shares));
  };
  return {
    count(more) {
      const { day, requests, rowsWritten, awakeMs } = today();
      used = {
        day,
        requests: requests + (more.requests ?? 0),
        rowsWritten: rowsWritten + (more.rowsWritten ?? 0),
        awakeMs: awakeMs + (more.awakeMs ?? 0),
      };
    },
    shortestRoundMs,
    use: today,
    answer: () => ({
      until: new Date((today().day + 1) * DAY_MS).toISOString(),
      used: asLimits(used),
      share: share ?? null,
      shortestRoundMs: Math.round(shortestRoundMs()),
    }),
  };
}

const KINDS = ['requests', 'rowsWritten', 'gigabyteSeconds'] as const;

const shareOf = (objects: number): DayUse => ({
  requests: Math.floor((FREE_DAY.requests * SHARE) / objects),
  rowsWritten: Math.floor((FREE_DAY.rowsWritten * SHARE) / objects),
  gigabyteSeconds: Math.floor((FREE_DAY.gigabyteSeconds * SHARE) / objects),
});

const asLimits = ({ requests, rowsWritten, awakeMs }: KeptUse): DayUse => ({
  requests,
  rowsWritten,
  gigabyteSeconds: Math.round((awakeMs / 1_000) * GIGABYTES * 1_000) / 1_000,
});

const remaining = (share: DayUse, used: DayUse): DayUse => ({
  requests: share.requests - used.requests,
  rowsWritten: share.rowsWritten - used.rowsWritten,
  gigabyteSeconds: share.gigabyteSeconds - used.gigabyteSeconds,
});
