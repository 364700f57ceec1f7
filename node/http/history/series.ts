// Whose view each line of an answer is, and how fine.

import { formatDelta } from '../../config/delta.ts';
import type { MemberReading } from '../../core/model.ts';
import type { History, HistoryQuery } from '../../ports.ts';
import type { AppDependencies } from '../access/dependencies.ts';
import type { HistorySeries } from '../answers/shapes.ts';

export function seriesOf(
  { view, peers: { settings } }: Pick<AppDependencies, 'view' | 'peers'>,
  query: HistoryQuery,
  { lines }: History,
): HistorySeries[] {
  const members = new Map<string, MemberReading | undefined>();
  const memberOf = (node: string): MemberReading | undefined => {
    if (!members.has(node)) members.set(node, view.member(node));
    return members.get(node);
  };
  return lines.map(({ node, metric, unit }) => {
    const isOwn = node === view.selfId;
    const metrics = memberOf(node)?.metrics;
    const definition = metrics?.find((reading) => reading.definition.name === metric)?.definition;
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
