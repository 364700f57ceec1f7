// Mean, spread and 95 % interval of few values, as the repetitions of a run are; and quantiles.

/** Of the finite values. `low` to `high` holds the true mean in 95 of 100 such samples. */
export interface Summary {
  /** Finite values. */
  readonly count: number;
  /** Values left out: NaN and the infinities. */
  readonly dropped: number;
  /** NaN without values. */
  readonly mean: number;
  /** NaN below two values, for one says nothing of how far others would be. */
  readonly low: number;
  readonly high: number;
  /** Of the sample (n − 1); NaN below two values. */
  readonly sd: number;
}

/**
 * Student's t at 0.975 for 1, 2, … 30 degrees of freedom, then by 1 / degrees: NIST/SEMATECH
 * e-Handbook of Statistical Methods, table 1.3.6.7.2.
 */
const T_SMALL = [
  12.706, 4.303, 3.182, 2.776, 2.571, 2.447, 2.365, 2.306, 2.262, 2.228, 2.201, 2.179, 2.16, 2.145,
  2.131, 2.12, 2.11, 2.101, 2.093, 2.086, 2.08, 2.074, 2.069, 2.064, 2.06, 2.056, 2.052, 2.048,
  2.045, 2.042,
] as const;
const T_30 = 2.042;
const T_INFINITE = 1.96;

/** Half the width of a 95 % interval in standard errors; right to 0.002 from 31 on. */
function studentT(degrees: number): number {
  const exact = T_SMALL[degrees - 1];
  if (exact !== undefined) return exact;
  // Between 30 and infinity t is nearly a line over 1 / degrees.
  return T_INFINITE + ((T_30 - T_INFINITE) * 30) / degrees;
}

export function summarize(values: readonly number[]): Summary {
  const finite = values.filter(Number.isFinite);
  const count = finite.length;
  const dropped = values.length - count;
  const mean = finite.reduce((sum, value) => sum + value, 0) / count;
  if (count < 2) return { count, dropped, mean, low: Number.NaN, high: Number.NaN, sd: Number.NaN };
  const squares = finite.reduce((sum, value) => sum + (value - mean) ** 2, 0);
  const sd = Math.sqrt(squares / (count - 1));
  const half = (studentT(count - 1) * sd) / Math.sqrt(count);
  return { count, dropped, mean, low: mean - half, high: mean + half, sd };
}

/**
 * Between the two nearest values, as R does by default (type 7 of Hyndman & Fan 1996). `sorted`
 * ascends; `p` is from 0 to 1; NaN without values.
 */
export function quantile(sorted: readonly number[], p: number): number {
  const place = (sorted.length - 1) * Math.min(Math.max(p, 0), 1);
  const below = sorted[Math.floor(place)] ?? Number.NaN;
  const above = sorted[Math.ceil(place)] ?? Number.NaN;
  return below + (above - below) * (place - Math.floor(place));
}
