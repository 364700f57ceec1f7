// Whose view each line of an answer is, and how fine.

import { formatDelta } from '../../config/delta.ts';
import { STANDARD_METRICS } from '../../config/metrics.ts';
import type { MemberReading, MetricDefinition } from '../../core/model.ts';
import type { History, HistoryQuery } from '../../ports.ts';
import type { AppDependencies } from '../access/dependencies.ts';
import { roundTo } from '../answers/number.ts';
import type { HistorySeries } from '../answers/shapes.ts';

interface Known {
  /** Undefined for a node that the view does not have. */
  readonly member: MemberReading | undefined;
  readonly definition: MetricDefinition | undefined;
}

/** What the view knows of each line, in their order. */
export function knownOf(
  { view }: Pick<AppDependencies, 'view'>,
  { lines }: Pick<History, 'lines'>,
): Known[] {
  const members = new Map<string, MemberReading | undefined>();
  return lines.map(({ node, metric }) => {
    if (!members.has(node)) members.set(node, view.member(node));
    const member = members.get(node);
    const reading = member?.metrics.find(({ definition }) => definition.name === metric);
    return { member, definition: reading?.definition };
  });
}

/** Of a metric that nobody tells any more: its noise goes, and no digit that was stored. */
const clean = (value: number): number => Number(value.toPrecision(12));

/** How the values of each line are rounded: to the resolution of its metric. */
export function roundersOf(
  known: readonly Known[],
  { lines }: Pick<History, 'lines'>,
): ((value: number) => number)[] {
  return lines.map(({ metric }, place) => {
    const standard = STANDARD_METRICS.find(({ name }) => name === metric);
    const definition = known[place]?.definition ?? standard;
    return definition ? (value) => roundTo(value, definition.resolution) : clean;
  });
}

export function seriesOf(
  { view, peers: { settings } }: Pick<AppDependencies, 'view' | 'peers'>,
  query: HistoryQuery,
  { lines }: History,
  known: readonly Known[],
): HistorySeries[] {
  return lines.map(({ node, metric, unit }, place) => {
    const isOwn = node === view.selfId;
    const metrics = known[place]?.member?.metrics;
    const definition = known[place]?.definition;
    const holdMs = query.holdsMs.get(metric) ?? query.holdMs;
    const line = { node, metric, unit, seenBy: isOwn ? 'owner' : 'peer', holdMs } as const;
    if (definition !== undefined) {
      const delta = formatDelta(definition.delta);
      const refreshMs = settings.refreshMs / definition.priority;
      return { ...line, stored: 'changes', delta, refreshMs };
    }
    // What is not told to peers is stored here at each sample.
    return isOwn && metrics !== undefined ? { ...line, stored: 'samples' } : line;
  });
}
