// What time it certainly is by now, for deleting by age: a clock may be wrong by days, and what is
// deleted on its word is gone. Pure.

/** What is kept of it between two runs; in a database, beside the rows. */
export interface Proof {
  /** It is at least as late as this, wall clock, ms. */
  readonly provenMs: number;
  /** Where the clock was found far ahead of that; absent while the two agree. */
  readonly gapFromMs?: number | undefined;
}

export interface Look {
  readonly wallMs: number;
  readonly monotonicMs: number;
  /** Median of the peers' clocks minus this one's, ms; undefined while none is known. */
  readonly skewMs: number | undefined;
}

export type Doubt =
  /** Only the clock says that so much time has passed since the last look, or the last row. */
  | 'gap'
  /** The peers' clocks say that it is earlier. */
  | 'peers';

export interface Verdict {
  /** Rows may be as old as this says, wall clock, ms; never later than the clock. */
  readonly nowMs: number;
  /** Why that is earlier than the clock. */
  readonly doubt?: Doubt;
}

export interface TrustedTime {
  look(look: Look): Verdict;
  proof(): Proof;
}

const DAY_MS = 86_400_000;
/** Peers that agree, or a clock that stays behind, are believed after so long, ms. */
const PATIENCE_MS = 3_600_000;

/** So far two clocks may be apart and still be said to agree: what it costs is that much age. */
export const toleranceMs = (retentionMs: number): number => Math.min(DAY_MS, retentionMs / 7);

/**
 * Time is proven by running, which the monotonic clock counts, from the newest row on. A jump of
 * the clock beyond the tolerance is believed when peers agree for an hour, or when what was stored
 * before it is older than the retention by running time alone: a machine that was off for a month
 * and has no peers needs that long, one whose clock is a month ahead loses nothing before.
 */
export function createTrustedTime(retentionMs: number, start: Proof, first: Look): TrustedTime {
  const tolerance = toleranceMs(retentionMs);
  let { provenMs, gapFromMs } = start;
  let lastMs = first.monotonicMs;
  let agreedMs = 0;
  let behindMs = 0;

  const believe = (clockMs: number): void => {
    provenMs = clockMs;
    gapFromMs = undefined;
    agreedMs = 0;
    behindMs = 0;
  };

  return {
    look({ wallMs, monotonicMs, skewMs }) {
      const elapsedMs = Math.max(0, monotonicMs - lastMs);
      lastMs = monotonicMs;
      provenMs += elapsedMs;
      // The earlier of the two: an age that both of them see.
      const clockMs = wallMs + Math.min(0, skewMs ?? 0);
      const isAgreed = skewMs !== undefined && Math.abs(skewMs) <= tolerance;
      const aheadMs = clockMs - provenMs;
      agreedMs = isAgreed && Math.abs(aheadMs) > tolerance ? agreedMs + elapsedMs : 0;
      behindMs = aheadMs < -tolerance ? behindMs + elapsedMs : 0;
      if (aheadMs > tolerance) gapFromMs ??= provenMs - elapsedMs;
      const isOutlived = gapFromMs !== undefined && provenMs - gapFromMs >= retentionMs;
      const isBelieved = agreedMs >= PATIENCE_MS || behindMs >= PATIENCE_MS || isOutlived;
      if (isBelieved || Math.abs(aheadMs) <= tolerance) believe(clockMs);
      const nowMs = Math.min(clockMs, provenMs);
      if (wallMs - clockMs > tolerance) return { nowMs, doubt: 'peers' };
      return wallMs - nowMs > tolerance ? { nowMs, doubt: 'gap' } : { nowMs };
    },
    proof: () => ({ provenMs, gapFromMs }),
  };
}
