// Whose view each line of an answer is, and how fine.

import type { MetricDefinition } from '../../core/model.ts';
import type { History, HistoryQuery } from '../../ports.ts';
import type { AppDependencies } from '../access/dependencies.ts';
import type { HistorySeries } from '../answers/shapes.ts';
import type { Piece } from '../answers/turns.ts';
import { deltaJson } from '../user-metric.ts';

type Dependencies = Pick<AppDependencies, 'view' | 'peers'>;

/** What one node tells now, by name; `isKnown` is false of a node that is in no view. */
interface Told {
  readonly node: string;
  readonly isKnown: boolean;
  readonly definitions: ReadonlyMap<string, MetricDefinition>;
}

const toldBy = ({ view }: Dependencies, node: string): Told => {
  const metrics = view.member(node)?.metrics;
  const definitions = (metrics ?? []).map(
    ({ definition }) => [definition.name, definition] as const,
  );
  return { node, isKnown: metrics !== undefined, definitions: new Map(definitions) };
};

function lineOf(
  { view, peers: { settings } }: Dependencies,
  query: HistoryQuery,
  { node, metric, unit }: History['lines'][number],
  told: Told,
): HistorySeries {
  const isOwn = node === view.selfId;
  const definition = told.definitions.get(metric);
  const holdMs = query.holdsMs.get(metric) ?? query.holdMs;
  const line = { node, metric, unit, seenBy: isOwn ? 'owner' : 'peer', holdMs } as const;
  if (definition !== undefined) {
    const delta = deltaJson(definition.delta);
    const refreshMs = settings.refreshMs / definition.priority;
    return { ...line, stored: 'changes', delta, refreshMs };
  }
  // What is not told to peers is stored here at each sample.
  return isOwn && told.isKnown ? { ...line, stored: 'samples' } : line;
}

/** As JSON, in pieces: an answer of ten thousand points may have as many lines. */
export function* seriesText(
  deps: Dependencies,
  query: HistoryQuery,
  { lines }: Pick<History, 'lines'>,
): Generator<Piece> {
  let told: Told | undefined;
  let comma = '';
  yield '[';
  // Those of one node stand together.
  for (const line of lines) {
    if (told?.node !== line.node) {
      told = toldBy(deps, line.node);
      yield told.definitions.size;
    }
    yield `${comma}${JSON.stringify(lineOf(deps, query, line, told))}`;
    comma = ',';
  }
  yield ']';
}
