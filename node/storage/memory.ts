// The store of a node that keeps nothing: the newest samples in memory, gone with the process.

import { isLaterRun } from '../core/generation.ts';
import type { HistoryPoint, HistoryQuery, Identity, Sample, Store } from '../ports.ts';
import { isStorableEvent, isStorableSample } from './rows.ts';

export interface MemoryStoreOptions {
  /** Samples kept; the oldest written go first. About 300 bytes each. */
  readonly maxSamples?: number;
  readonly maxIdentities?: number;
}

function keepNewest<Value>(map: Map<string, Value>, maxSize: number): void {
  for (const key of map.keys()) {
    if (map.size <= maxSize) return;
    map.delete(key);
  }
}

const compare = (a: string, b: string): number => (a < b ? -1 : a > b ? 1 : 0);

const byTime = (a: HistoryPoint, b: HistoryPoint): number =>
  a.atMs - b.atMs || compare(a.node, b.node) || compare(a.metric, b.metric);

const toPoint = ({ node, metric, unit, value, sampledAtMs }: Sample): HistoryPoint => {
  const atMs = Math.floor(sampledAtMs);
  return { node, metric, unit, atMs, min: value, avg: value, max: value, count: 1 };
};

const merge = (a: HistoryPoint, b: HistoryPoint): HistoryPoint => ({
  ...a,
  min: Math.min(a.min, b.min),
  avg: (a.avg * a.count + b.avg * b.count) / (a.count + b.count),
  max: Math.max(a.max, b.max),
  count: a.count + b.count,
});

function intoBuckets(points: readonly HistoryPoint[], stepMs: number): HistoryPoint[] {
  const buckets = new Map<string, HistoryPoint>();
  for (const point of points) {
    const atMs = Math.floor(point.atMs / stepMs) * stepMs;
    const key = JSON.stringify([atMs, point.node, point.metric, point.unit]);
    const bucket = buckets.get(key);
    buckets.set(key, bucket === undefined ? { ...point, atMs } : merge(bucket, point));
  }
  return [...buckets.values()];
}

function answer(samples: Iterable<Sample>, query: HistoryQuery): HistoryPoint[] {
  const stepMs = Math.floor(query.stepMs);
  const matching = [...samples]
    .filter(
      (sample) =>
        (query.node === undefined || sample.node === query.node) &&
        (query.metric === undefined || sample.metric === query.metric),
    )
    .map(toPoint)
    .filter((point) => point.atMs >= query.fromMs && point.atMs <= query.toMs);
  const points = stepMs < 1 ? matching : intoBuckets(matching, stepMs);
  return points.sort(byTime).slice(Math.max(0, points.length - Math.floor(query.limit)));
}

export function createMemoryStore(options: MemoryStoreOptions = {}): Store {
  const { maxSamples = 10_000, maxIdentities = 1_000 } = options;
  const samples = new Map<string, Sample>();
  const identities = new Map<string, Identity>();
  let isClosed = false;
  let writtenRows = 0;
  let droppedRows = 0;

  /** Counts rows as written or dropped and returns those to keep. */
  const admit = <Row>(rows: readonly Row[], isStorable: (row: Row) => boolean): Row[] => {
    const usable = isClosed ? [] : rows.filter(isStorable);
    writtenRows += usable.length;
    droppedRows += rows.length - usable.length;
    return usable;
  };

  return {
    loadIdentity: async (id) => identities.get(id),
    async saveIdentity(identity) {
      const stored = identities.get(identity.id);
      if (stored !== undefined && isLaterRun(stored, identity)) return;
      identities.delete(identity.id);
      identities.set(identity.id, identity);
      keepNewest(identities, maxIdentities);
    },
    recordSamples(rows) {
      for (const sample of admit(rows, isStorableSample)) {
        const { node, generation, metric, version } = sample;
        const key = JSON.stringify([node, generation, metric, version]);
        if (!samples.has(key)) samples.set(key, sample);
      }
      keepNewest(samples, maxSamples);
    },
    // Nothing reads events back from a store that ends with the process; they are only counted.
    recordEvents: (rows) => void admit(rows, isStorableEvent),
    history: async (query) => answer(samples.values(), query),
    health: () => ({
      state: isClosed ? 'off' : 'ok',
      queuedRows: 0,
      writtenRows,
      droppedRows,
      databaseBytes: 0,
    }),
    flush: async () => undefined,
    async close() {
      isClosed = true;
      samples.clear();
    },
  };
}
