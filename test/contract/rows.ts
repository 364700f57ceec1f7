// Rows and questions that the suites of stores share.

import type { FactChange, HistoryQuery, MembershipEvent, Sample, Store } from '../../node/ports.ts';
import { pointList } from '../support/points.ts';

/** An hour's start, so that bucket borders are plain to see. */
export const START_MS = Date.UTC(2026, 0, 5, 12);

export const sample = (version: number, changes: Partial<Sample> = {}): Sample => ({
  node: 'n1',
  generation: START_MS,
  metric: 'cpu',
  unit: '%',
  version,
  value: version,
  sampledAtMs: START_MS + version * 1_000,
  ...changes,
});

export const death = (atMs = START_MS): MembershipEvent => ({
  node: 'n2',
  generation: 7,
  status: 'dead',
  address: 'http://127.0.0.1:4002',
  atMs,
});

export const told = (atMs = START_MS, changes: Partial<FactChange> = {}): FactChange => ({
  node: 'n2',
  generation: 7,
  key: 'note "é"',
  change: 'told',
  value: '{"a":1}',
  atMs,
  ...changes,
});

export const everything = (changes: Partial<HistoryQuery> = {}): HistoryQuery => ({
  fromMs: 0,
  toMs: START_MS + 30 * 24 * 3_600_000,
  stepMs: 0,
  limit: 100_000,
  observer: 'n1',
  holdMs: 3_600_000,
  holdsMs: new Map(),
  ...changes,
});

/** What the store has of it all, in the order of time; `changes` narrow that. */
export const pointsOf = async (store: Store, changes: Partial<HistoryQuery> = {}) =>
  pointList(await store.history(everything(changes)));
