// The owner's side: its slots, and which of its samples become entries.

import { addNews, broadcastOwn } from '../../broadcast/pending.ts';
import type { News } from '../../broadcast/state.ts';
import { noteImportance } from '../../exchange/state.ts';
import { changeMarks } from '../../membership/roster.ts';
import type { Labels, MetricDefinition } from '../../model.ts';
import type { State } from '../../state.ts';
import { keepEntry } from '../keep.ts';
import { definitionAt } from '../series.ts';
import { type Entry, LABELS_INDEX, openingOf, stepsAt } from '../source.ts';
import { fromSteps, publishReason, toSteps } from './publishing-rule.ts';

/** Tells labels anew, on the next round. */
export function publishLabels(state: State, labels: Labels, now: number): void {
  const { watermark } = state.self.source;
  publish(state, { index: LABELS_INDEX, value: { labels } }, now);
  addNews(state.pendingUpdates, state.self, watermark);
}

/** Samples of own metrics in; those worth telling get the next version. */
export function takeSamples(
  state: State,
  readings: readonly { metric: string; value: number }[],
  now: number,
): void {
  const { watermark } = state.self.source;
  let since = Number.POSITIVE_INFINITY;
  for (const { metric, value } of readings) {
    const slot = state.ownSlots.get(metric);
    if (slot === undefined || !Number.isFinite(value)) continue;
    since = Math.min(since, takeSample(state, slot, value, now) ?? since);
  }
  noteStaleness(state, now);
  tellOwn(state, watermark, since);
}

/**
 * What was published since `watermark` goes onto the next round, or at once where some of it is
 * urgent: then all that follows `since`, the card of a new metric with it.
 */
export function tellOwn(state: State, watermark: number, since = Number.POSITIVE_INFINITY): void {
  if (state.self.source.watermark === watermark) return;
  state.revision++;
  const news: News = new Map([[state.self, Math.min(watermark, since)]]);
  if (since < Number.POSITIVE_INFINITY) broadcastOwn(state, news, []);
  else addNews(state.pendingUpdates, state.self, watermark);
}

/** Returns from which version on the news is, when the sample was published and is urgent. */
function takeSample(state: State, slot: number, value: number, now: number): number | undefined {
  const { self, settings } = state;
  const definition = definitionAt(state, self, slot);
  if (definition === undefined) return undefined;
  const last = state.published[slot];
  const steps = toSteps(definition, value);
  if (!Number.isSafeInteger(steps)) return undefined;
  state.ownSampledAt[slot] = now;
  const isFreshAgain = self.source.stale?.has(slot) === true;
  const reason = isFreshAgain
    ? 'moved'
    : publishReason(definition, last, value, now, settings.refreshMs);
  if (reason === undefined && !state.strategy.tellsEverything) {
    state.counters.entriesFiltered++;
    return undefined;
  }
  const { watermark } = self.source;
  publishValue(state, slot, steps, now);
  state.published[slot] = { value: fromSteps(definition, steps), at: now };
  const { generation, id } = self;
  const told = { id, generation, definition, version: state.version, sampledAt: now };
  state.learned.push({ ...told, value: fromSteps(definition, steps) });
  if (reason === 'refresh' || reason === undefined) return undefined;
  noteImportance(state, definition.priority);
  const isUrgent = definition.priority >= settings.urgentPriority;
  if (reason !== 'first') {
    state.counters.entriesMoved++;
    return isUrgent ? watermark : undefined;
  }
  // A fleet that starts together stays on rounds; what comes up later is told with its card.
  const openedAt = self.source.record?.slots[slot]?.version ?? 0;
  return isUrgent && openedAt > state.startVersion ? openedAt - 1 : undefined;
}

/** When an own metric becomes stale unless it is sampled before; undefined for what never does. */
export function staleAt(state: State, name: string): number | undefined {
  const afterMs = state.staleAfterMs.get(name);
  const sampledAt = state.ownSampledAt[state.ownSlots.get(name) ?? -1];
  return afterMs === undefined || sampledAt === undefined ? undefined : sampledAt + afterMs;
}

/** That a value became stale is told like a change: its probe hangs, and all are to see it. */
export function noteStaleness(state: State, now: number): void {
  const { source } = state.self;
  const { watermark } = source;
  let since = Number.POSITIVE_INFINITY;
  for (const name of state.staleAfterMs.keys()) {
    const slot = state.ownSlots.get(name);
    if (slot === undefined || (staleAt(state, name) ?? now) >= now) continue;
    if (source.stale?.has(slot) === true || state.published[slot] === undefined) continue;
    const sampledAt = state.ownSampledAt[slot] ?? now;
    publishValue(state, slot, stepsAt(source, slot), now, sampledAt);
    const priority = definitionAt(state, state.self, slot)?.priority ?? 0;
    noteImportance(state, priority);
    if (priority >= state.settings.urgentPriority) since = Math.min(since, watermark);
  }
  tellOwn(state, watermark, since);
}

function publishValue(
  state: State,
  slot: number,
  value: number,
  now: number,
  staleSince?: number,
): void {
  const opening = openingOf(state.self.source, slot) || undefined;
  if (staleSince === undefined) return publish(state, { index: slot, opening, value }, now);
  publish(state, { index: slot, opening, value, isStale: true }, staleSince);
}

/** Gives an entry the next version of this node's own counter. */
export function publish(
  state: State,
  entry: Omit<Entry, 'version' | 'sampledAt'>,
  sampledAt: number,
): void {
  const { self, members } = state;
  state.version++;
  state.counters.entriesPublished++;
  keepEntry(state, self, { ...entry, version: state.version, sampledAt });
  changeMarks(members, self, () => {
    self.source.watermark = state.version;
  });
}

/** Whether a change of this priority must not wait for the round. */
export const isUrgent = ({ settings }: State, { priority }: Pick<MetricDefinition, 'priority'>) =>
  priority >= settings.urgentPriority;
