// Rows and events told by how long after START_MS they were, for the suites of history.

import type { MembershipEvent, Sample, Store } from '../../node/ports.ts';
import type { HistoryPoint } from '../support/points.ts';
import { START_MS, sample } from './rows.ts';

export const SECOND = 1_000;
export const MINUTE = 60_000;
export const HOUR = 3_600_000;

export const at = (ms: number, value: number, changes: Parameters<typeof sample>[1] = {}) =>
  sample(ms + 1, { value, sampledAtMs: START_MS + ms, ...changes });

export const seen = (
  status: MembershipEvent['status'],
  ms: number,
  changes: Partial<MembershipEvent> = {},
): MembershipEvent => ({
  ...{ node: 'n2', generation: 7, status, address: '', atMs: START_MS + ms },
  ...changes,
});

/** From the start of the hour on. */
export const span = (lengthMs: number, stepMs: number) => {
  return { fromMs: START_MS, toMs: START_MS + lengthMs - 1, stepMs };
};

export const means = (points: readonly HistoryPoint[]) => points.map(({ avg }) => avg);

/** Puts rows and events into a store that nothing was put into. */
export const keepIn =
  (fresh: () => Store) =>
  async (samples: readonly Sample[], events: readonly MembershipEvent[] = []): Promise<Store> => {
    const store = fresh();
    store.recordSamples(samples);
    store.recordEvents(events);
    await store.flush();
    return store;
  };
