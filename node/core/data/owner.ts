// The owner's side: its metrics, and which of its samples become entries.

import { addNews, broadcastOwn } from '../broadcast/pending.ts';
import { changeMarks } from '../membership/roster.ts';
import type { MetricDefinition } from '../model.ts';
import type { News, State } from '../state.ts';
import { definitionKey, holdDefinition } from './definitions.ts';
import { keepEntry } from './keep.ts';
import { explain } from './learned.ts';
import { fromSteps, publishReason, toSteps } from './publishing-rule.ts';
import { type Entry, type MemberRecord, RECORD_INDEX } from './source.ts';

/** Exchanges on which a new definition rides along unasked. */
const DEFINITION_RETRANSMITS = 8;

/** Adds metrics to this node; the record that names them is told anew. */
export function define(
  state: State,
  definitions: readonly MetricDefinition[],
  labels: MemberRecord['labels'],
  now: number,
): void {
  const metrics = [...(state.self.source.record?.metrics ?? [])];
  const before = metrics.length;
  const explained = new Set<number>();
  for (const definition of definitions) {
    if (state.ownIndex.has(definition.name) || metrics.length >= state.settings.maxMetrics)
      continue;
    const key = definitionKey(definition);
    // Others may have told values of the same metric before.
    if (holdDefinition(state, key, definition)) explained.add(key);
    state.freshDefinitions.set(key, DEFINITION_RETRANSMITS);
    metrics.push({ definitionKey: key, priority: definition.priority });
    state.ownIndex.set(definition.name, metrics.length);
  }
  if (explained.size > 0) explain(state, explained, now);
  if (metrics.length === before && state.self.source.record !== undefined) return;
  publishRecord(state, { labels, metrics }, now);
}

/** Tells the record anew, on the next round. */
export function publishRecord(state: State, record: MemberRecord, now: number): void {
  const { base } = state.self.source;
  publish(state, RECORD_INDEX, record, now);
  addNews(state.pendingUpdates, state.self, base);
}

/** Samples of own metrics in; those worth telling get the next version. */
export function takeSamples(
  state: State,
  readings: readonly { metric: string; value: number }[],
  now: number,
): void {
  const base = state.self.source.base;
  let urgent = false;
  for (const { metric, value } of readings) {
    const index = state.ownIndex.get(metric);
    if (index === undefined || !Number.isFinite(value)) continue;
    urgent = takeSample(state, index, value, now) || urgent;
  }
  noteStaleness(state, now);
  if (state.self.source.base === base) return;
  state.revision++;
  const news: News = new Map([[state.self, base]]);
  if (urgent) broadcastOwn(state, news, []);
  else addNews(state.pendingUpdates, state.self, base);
}

/** Returns whether the sample was published and is urgent. */
function takeSample(state: State, index: number, value: number, now: number): boolean {
  const key = state.self.source.record?.metrics[index - 1]?.definitionKey ?? -1;
  const definition = state.definitions.get(key);
  if (definition === undefined) return false;
  const { refreshMs, urgentPriority } = state.settings;
  const reason = publishReason(definition, state.published[index], value, now, refreshMs);
  const steps = toSteps(definition, value);
  if (!Number.isSafeInteger(steps)) return false;
  state.ownSampledAt[index] = now;
  if (reason === undefined && !state.strategy.tellsEverything) {
    state.counters.entriesFiltered++;
    return false;
  }
  publish(state, index, steps, now);
  state.published[index] = { value: fromSteps(definition, steps), at: now };
  const { generation, id } = state.self;
  const told = { id, generation, definition, version: state.version, sampledAt: now };
  state.learned.push({ ...told, value: fromSteps(definition, steps) });
  if (reason === 'refresh' || reason === undefined) return false;
  state.importance = Math.max(state.importance, definition.priority);
  if (reason === 'first') return false;
  state.counters.entriesMoved++;
  return definition.priority >= urgentPriority;
}

/** When an own metric becomes stale unless it is sampled before; undefined for what never does. */
export function staleAt(state: State, name: string): number | undefined {
  const afterMs = state.staleAfterMs.get(name);
  const sampledAt = state.ownSampledAt[state.ownIndex.get(name) ?? -1];
  return afterMs === undefined || sampledAt === undefined ? undefined : sampledAt + afterMs;
}

/** A value that becomes stale, or is sampled again, is a change that readers are to see. */
export function noteStaleness(state: State, now: number): void {
  const { staleMetrics } = state;
  for (const name of state.staleAfterMs.keys()) {
    const isStale = (staleAt(state, name) ?? Number.POSITIVE_INFINITY) < now;
    if (isStale === staleMetrics.has(name)) continue;
    if (isStale) staleMetrics.add(name);
    else staleMetrics.delete(name);
    state.revision++;
  }
}

/** Gives a value the next version of this node's own counter. */
function publish(state: State, index: number, value: Entry['value'], now: number): void {
  const { self, members } = state;
  state.version++;
  state.counters.entriesPublished++;
  keepEntry(state, self, { index, version: state.version, sampledAt: now, value });
  changeMarks(members, self, () => {
    self.source.base = state.version;
  });
}
