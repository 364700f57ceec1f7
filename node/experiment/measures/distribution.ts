// Quantiles of many values in little memory, within 1 % of the value: logarithmic buckets, after
// Masson, Rim and Lee, "DDSketch: a fast and fully-mergeable quantile sketch" (2019).

/** Neighbouring buckets differ by this factor, so that a bucket's middle is within 1 %. */
const GROWTH = 1.02;
const LOG_GROWTH = Math.log(GROWTH);
/** Smaller values count as 0: below any resolution that a metric states. */
const SMALLEST = 1e-6;

export interface Distribution {
  readonly count: number;
  readonly mean: number;
  readonly max: number;
  /** Of non-negative values; others, and NaN, are refused with a RangeError. */
  add(value: number): void;
  merge(other: Distribution): void;
  /** 0 when empty; `share` from 0 to 1. */
  quantile(share: number): number;
  readonly buckets: ReadonlyMap<number, number>;
  readonly zeros: number;
}

export function createDistribution(): Distribution {
  const buckets = new Map<number, number>();
  let zeros = 0;
  let count = 0;
  let sum = 0;
  let max = 0;
  return {
    buckets,
    get zeros() {
      return zeros;
    },
    get count() {
      return count;
    },
    get mean() {
      return count === 0 ? 0 : sum / count;
    },
    get max() {
      return max;
    },
    add(value) {
      if (!(value >= 0) || value === Number.POSITIVE_INFINITY) {
        throw new RangeError(`a distribution holds finite values from 0 on, not ${value}`);
      }
      count++;
      sum += value;
      max = Math.max(max, value);
      if (value < SMALLEST) zeros++;
      else {
        const bucket = Math.ceil(Math.log(value) / LOG_GROWTH);
        buckets.set(bucket, (buckets.get(bucket) ?? 0) + 1);
      }
    },
    merge(other) {
      zeros += other.zeros;
      count += other.count;
      sum += other.mean * other.count;
      max = Math.max(max, other.max);
      for (const [bucket, more] of other.buckets) {
        buckets.set(bucket, (buckets.get(bucket) ?? 0) + more);
      }
    },
    quantile(share) {
      const rank = share * (count - 1);
      let seen = zeros;
      if (count === 0 || rank < seen) return 0;
      for (const bucket of [...buckets.keys()].sort((a, b) => a - b)) {
        seen += buckets.get(bucket) ?? 0;
        // The middle of the bucket, in ratio; the largest value is known exactly.
        if (rank < seen) return Math.min(max, (2 * GROWTH ** bucket) / (1 + GROWTH));
      }
      return max;
    },
  };
}
