// Whose view each line of an answer is, and how fine.

import { formatDelta } from '../../config/delta.ts';
import { STANDARD_METRICS } from '../../config/metrics.ts';
import type { MetricDefinition } from '../../core/model.ts';
import type { History, HistoryQuery } from '../../ports.ts';
import type { AppDependencies } from '../access/dependencies.ts';
import { roundTo } from '../answers/number.ts';
import type { HistorySeries } from '../answers/shapes.ts';
import type { Piece } from '../answers/turns.ts';

type Dependencies = Pick<AppDependencies, 'view' | 'peers'>;
type Line = History['lines'][number];

/** What one node tells now, by name; `isKnown` is false of a node that is in no view. */
interface Definitions {
  readonly isKnown: boolean;
  readonly byName: ReadonlyMap<string, MetricDefinition>;
}

/** What the view knows of the lines of an answer: each node is read once. */
export interface Told {
  of(node: string): Definitions;
  /** How values of a line are rounded: to the resolution of its metric. */
  rounder(line: Line): (value: number) => number;
}

/** Of a metric that nobody tells any more: its noise goes, and no digit that was stored. */
const clean = (value: number): number => Number(value.toPrecision(12));

export function createTold({ view }: Pick<Dependencies, 'view'>): Told {
  const nodes = new Map<string, Definitions>();
  const of = (node: string): Definitions => {
    const held = nodes.get(node);
    if (held !== undefined) return held;
    const metrics = view.member(node)?.metrics;
    const pairs = (metrics ?? []).map(({ definition }) => [definition.name, definition] as const);
    const told = { isKnown: metrics !== undefined, byName: new Map(pairs) };
    nodes.set(node, told);
    return told;
  };
  return {
    of,
    rounder({ node, metric, unit }) {
      const standard = STANDARD_METRICS.find(({ name }) => name === metric);
      const definition = of(node).byName.get(metric) ?? standard;
      // One that came back with another unit has another resolution too.
      if (definition?.unit !== unit) return clean;
      return (value) => roundTo(value, definition.resolution);
    },
  };
}

function lineOf(
  { view, peers: { settings } }: Dependencies,
  query: HistoryQuery,
  { node, metric, unit }: Line,
  { isKnown, byName }: Definitions,
): HistorySeries {
  const isOwn = node === view.selfId;
  const definition = byName.get(metric);
  const holdMs = query.holdsMs.get(metric) ?? query.holdMs;
  const line = { node, metric, unit, seenBy: isOwn ? 'owner' : 'peer', holdMs } as const;
  // What is not told to peers is stored here at each sample.
  if (definition === undefined) return isOwn && isKnown ? { ...line, stored: 'samples' } : line;
  if (definition.unit !== unit) return line;
  const delta = formatDelta(definition.delta);
  const refreshMs = settings.refreshMs / definition.priority;
  return { ...line, stored: 'changes', delta, refreshMs };
}

/** As JSON, in pieces: an answer of ten thousand points may have as many lines. */
export function* seriesText(
  deps: Dependencies,
  query: HistoryQuery,
  { lines }: Pick<History, 'lines'>,
  told: Told,
): Generator<Piece> {
  let node: string | undefined;
  let comma = '';
  yield '[';
  // Those of one node stand together.
  for (const line of lines) {
    if (node !== line.node) yield told.of(line.node).byName.size;
    node = line.node;
    yield `${comma}${JSON.stringify(lineOf(deps, query, line, told.of(line.node)))}`;
    comma = ',';
  }
  yield ']';
}
