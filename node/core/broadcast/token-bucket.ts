// A token bucket: bounds how often urgent messages leave, so that a storm of changes rides on
// rounds instead.

export interface TokenBucket {
  tokens: number;
  filledAt: number;
}

/** Sums of small gains may miss a whole token by this much. */
const ROUNDING = 1e-6;

export const createBucket = (tokens: number, now: number): TokenBucket => ({
  tokens,
  filledAt: now,
});

/** Takes `count` tokens if they are there. */
export function take(
  bucket: TokenBucket,
  count: number,
  perSecond: number,
  burst: number,
  now: number,
): boolean {
  const gained = (Math.max(0, now - bucket.filledAt) / 1_000) * perSecond;
  bucket.tokens = Math.min(burst, bucket.tokens + gained);
  bucket.filledAt = Math.max(bucket.filledAt, now);
  if (bucket.tokens < count - ROUNDING) return false;
  bucket.tokens -= count;
  return true;
}

/** Takes tokens that are not there yet: what follows waits for them. */
export const owe = (bucket: TokenBucket, count: number): void => {
  bucket.tokens -= count;
};

/** When `count` tokens will be there, if nothing else takes any. */
export function readyAt(bucket: TokenBucket, count: number, perSecond: number): number {
  const missing = Math.max(0, count - bucket.tokens);
  return bucket.filledAt + (missing / perSecond) * 1_000;
}
