// The store of a node that keeps nothing: the newest samples in memory, gone with the process.

import { isLaterRun } from '../../core/membership/generation.ts';
import type { History, HistoryEvent, HistoryQuery, Identity, Sample, Store } from '../../ports.ts';
import { createGathering } from '../history/samples.ts';
import { isMemberEvent, isStorableEvent, isStorableSample } from './rows.ts';

export interface MemoryStoreOptions {
  /** Samples kept; the oldest written go first. About 300 bytes each. */
  readonly maxSamples?: number;
  /** Changes of membership kept, the newest. */
  readonly maxEvents?: number;
  readonly maxIdentities?: number;
}

function keepNewest<Value>(map: Map<string, Value>, maxSize: number): void {
  for (const key of map.keys()) {
    if (map.size <= maxSize) return;
    map.delete(key);
  }
}

function answer(
  samples: Iterable<Sample>,
  events: readonly HistoryEvent[],
  query: HistoryQuery,
): History {
  const gathering = createGathering(query, Number.POSITIVE_INFINITY);
  const series = Map.groupBy(samples, ({ node, metric, generation, unit }) =>
    JSON.stringify([node, metric, generation, unit]),
  );
  const all = [...series.values()].flatMap((rows) => {
    const [first] = rows;
    return first === undefined ? [] : [{ ...first, rows }];
  });
  gathering.add(all, events.filter(isMemberEvent));
  return gathering.answer(false);
}

export function createMemoryStore(options: MemoryStoreOptions = {}): Store {
  const { maxSamples = 10_000, maxEvents = 1_000, maxIdentities = 1_000 } = options;
  const samples = new Map<string, Sample>();
  const identities = new Map<string, Identity>();
  const events: HistoryEvent[] = [];
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
    recordEvents(rows) {
      events.push(...admit(rows, isStorableEvent));
      events.splice(0, Math.max(0, events.length - maxEvents));
    },
    history: async (query) => answer(samples.values(), events, query),
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
