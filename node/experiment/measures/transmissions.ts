// What became of the samples of each metric, window by window: told or filtered, copied, learned.

import type { MetricDefinition } from '../../core/model.ts';
import type { Fresh, TransmissionRow } from '../../storage/results/rows.ts';
import type { Copied } from './sink.ts';

type Counted = 'sampled' | 'published' | 'copies' | 'learned' | 'received' | 'bytes';

export interface Transmissions {
  count(what: Counted, metric: number, at: number, by?: number): void;
  copied(copy: Copied, at: number): void;
  rows(): Fresh<TransmissionRow>[];
}

export function createTransmissions(
  metrics: readonly MetricDefinition[],
  windowMs: number,
): Transmissions {
  const windows = new Map<number, Record<Counted, number>[]>();

  function count(what: Counted, metric: number, at: number, by = 1): void {
    const index = Math.floor(at / windowMs);
    const window = windows.get(index) ?? metrics.map(nothing);
    windows.set(index, window);
    const counts = window[metric];
    if (counts !== undefined) counts[what] += by;
  }

  return {
    count,
    copied({ metric, bytes }, at) {
      count('copies', metric, at);
      count('bytes', metric, at, bytes);
    },
    rows: () =>
      [...windows]
        .sort(([a], [b]) => a - b)
        .flatMap(([index, window]) =>
          window.flatMap((counts, metric): Fresh<TransmissionRow>[] => {
            const definition = metrics[metric];
            if (definition === undefined) return [];
            const { sampled, published, copies, learned, received, bytes } = counts;
            return [
              {
                atMs: index * windowMs,
                windowMs,
                metric: definition.name,
                priority: definition.priority,
                sampled,
                published,
                // A refresh comes from a sample too; windows cut between the two now and then.
                filtered: Math.max(0, sampled - published),
                copies,
                learned,
                duplicates: Math.max(0, received - learned),
                bytes,
              },
            ];
          }),
        ),
  };
}

const nothing = (): Record<Counted, number> => ({
  sampled: 0,
  published: 0,
  copies: 0,
  learned: 0,
  received: 0,
  bytes: 0,
});
