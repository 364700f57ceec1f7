// A name that neither the view nor the store knows is refused: it is no node without history.

import { nearestName } from '../../config/nearest.ts';
import type { History, HistoryQuery } from '../../ports.ts';
import type { AppDependencies } from '../access/dependencies.ts';
import { notFound, type Problem } from '../answers/problem.ts';
import { metricNames } from '../view/unknown.ts';

/** Names that are compared with a mistyped one. */
const MAX_NAMES = 500;

export function refuseUnknown(
  { view, store }: Pick<AppDependencies, 'view' | 'store'>,
  { node, metric }: HistoryQuery,
  { stored }: History,
): void {
  // A degraded store may know more than it can tell now.
  if (stored === undefined || store.health().problem !== undefined) return;
  const member = node === undefined ? undefined : view.member(node);
  if (node !== undefined && member === undefined && !stored.nodes.includes(node)) {
    const names = [...view.heads().map(({ id }) => id), ...stored.nodes];
    throw unknown(
      'unknown_node',
      `No node ${node} is known here, and none is stored.`,
      node,
      names,
    );
  }
  if (metric === undefined) return;
  // What all members tell stands in the definitions: to read every value would take long.
  const told =
    node === undefined
      ? metricNames(view)
      : (member?.metrics ?? []).map(({ definition }) => definition.name);
  const isStored = stored.metrics.includes(metric);
  if (told.includes(metric) || (node === undefined && isStored)) return;
  const subject = node === undefined ? 'No node has a' : `Node ${node} has no`;
  const sentence = `${subject} metric ${metric}, and none is stored.`;
  throw unknown('unknown_metric', sentence, metric, [...told, ...stored.metrics]);
}

const unknown = (
  code: string,
  sentence: string,
  wanted: string,
  names: readonly string[],
): Problem => {
  const near = nearestName(wanted, [...new Set(names)].slice(0, MAX_NAMES));
  return notFound(code, `${sentence}${near === undefined ? '' : ` Did you mean ${near}?`}`);
};
