// From publish to view: how long entries take, by the priority of their metric.

import type { LearnedReading } from '../../core/effects.ts';

export interface LagFigures {
  readonly priority: number;
  /** Views that learned a value; those that it never reached or reached superseded do not count. */
  readonly count: number;
  readonly p50Ms: number;
  readonly p99Ms: number;
}

export interface LagTable {
  /** Notes what of it `owner` published itself. */
  published(owner: string, readings: readonly LearnedReading[], now: number): void;
  /** Counts what of it `viewer` learned from others. */
  learned(viewer: string, readings: readonly LearnedReading[], now: number): void;
  figures(): LagFigures[];
}

const nameOf = ({ id, generation, version }: LearnedReading): string =>
  `${id}@${generation}/${version}`;

/** Lags are counted in buckets of this width, so that millions of them fit. */
const BUCKET_MS = 5;

export function createLagTable(): LagTable {
  const publishedAt = new Map<string, number>();
  const buckets = new Map<number, number[]>();
  return {
    published(owner, readings, now) {
      for (const reading of readings) {
        if (reading.id === owner) publishedAt.set(nameOf(reading), now);
      }
    },
    learned(viewer, readings, now) {
      for (const reading of readings) {
        const since = reading.id === viewer ? undefined : publishedAt.get(nameOf(reading));
        if (since === undefined) continue;
        const { priority } = reading.definition;
        const counts = buckets.get(priority) ?? [];
        buckets.set(priority, counts);
        const bucket = Math.floor((now - since) / BUCKET_MS);
        counts[bucket] = (counts[bucket] ?? 0) + 1;
      }
    },
    figures: () =>
      [...buckets]
        .sort(([a], [b]) => a - b)
        .map(([priority, counts]) => ({
          priority,
          count: counts.reduce((sum, count) => sum + (count ?? 0), 0),
          p50Ms: quantile(counts, 0.5),
          p99Ms: quantile(counts, 0.99),
        })),
  };
}

/** The upper end of the bucket in which the quantile lies. */
function quantile(counts: readonly number[], share: number): number {
  const total = counts.reduce((sum, count) => sum + (count ?? 0), 0);
  let seen = 0;
  for (let bucket = 0; bucket < counts.length; bucket++) {
    seen += counts[bucket] ?? 0;
    if (seen >= total * share) return (bucket + 1) * BUCKET_MS;
  }
  return 0;
}
