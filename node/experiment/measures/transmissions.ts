// What became of the samples of each metric, window by window: told or filtered, copied, learned.

import type { MetricDefinition } from '../../core/model.ts';
import type { Fresh, TransmissionRow } from '../../storage/results/rows.ts';
import type { Copied } from './sink.ts';

export interface Counts {
  sampled: number;
  published: number;
  copies: number;
  learned: number;
  received: number;
  bytes: number;
  /** For each published entry, the nodes that were to get it: all others that lived. */
  needed: number;
}

export interface Transmissions {
  count(what: keyof Counts, metric: number, at: number, by?: number): void;
  copied(copy: Copied, at: number): void;
  /** Since measuring began, by metric. */
  measured(): readonly Readonly<Counts>[];
  rows(): Fresh<TransmissionRow>[];
}

export interface TransmissionOptions {
  readonly metrics: readonly MetricDefinition[];
  readonly windowMs: number;
  isMeasuring(at: number): boolean;
}

export function createTransmissions(options: TransmissionOptions): Transmissions {
  const { metrics, windowMs } = options;
  const windows = new Map<number, Counts[]>();
  const measured = metrics.map(nothing);
  let last: { readonly index: number; readonly counts: Counts[] } | undefined;

  /** Nearly always that of the call before. */
  function windowAt(at: number): Counts[] {
    const index = Math.floor(at / windowMs);
    if (last?.index === index) return last.counts;
    const counts = windows.get(index) ?? metrics.map(nothing);
    windows.set(index, counts);
    last = { index, counts };
    return counts;
  }

  function count(what: keyof Counts, metric: number, at: number, by = 1): void {
    const counts = windowAt(at)[metric];
    const all = measured[metric];
    if (counts === undefined || all === undefined) return;
    counts[what] += by;
    if (options.isMeasuring(at)) all[what] += by;
  }

  return {
    count,
    copied({ metric, bytes }, at) {
      count('copies', metric, at);
      count('bytes', metric, at, bytes);
    },
    measured: () => measured,
    rows: () =>
      [...windows]
        .sort(([a], [b]) => a - b)
        .flatMap(([index, counts]) =>
          metrics.map((definition, metric) =>
            rowOf(definition, counts[metric] ?? nothing(), index * windowMs, windowMs),
          ),
        ),
  };
}

function rowOf(
  { name, priority }: MetricDefinition,
  counts: Readonly<Counts>,
  atMs: number,
  windowMs: number,
): Fresh<TransmissionRow> {
  const { sampled, published, copies, learned, received, bytes } = counts;
  return {
    ...{ atMs, windowMs, metric: name, priority, sampled, published },
    // Windows may cut between a sample and its publish, where times come from several clocks.
    filtered: Math.max(0, sampled - published),
    ...{ copies, learned, duplicates: Math.max(0, received - learned), bytes },
  };
}

const nothing = (): Counts => ({
  sampled: 0,
  published: 0,
  copies: 0,
  learned: 0,
  received: 0,
  bytes: 0,
  needed: 0,
});
