// Names that a question holds and no node here knows: a misspelt one must not look like one that
// nothing is wrong with.

import { nearestName } from '../../config/nearest.ts';
import type { ClusterView } from '../../core/model.ts';
import type { UnknownName } from '../answers/shapes.ts';
import type { FilterInput } from './filter.ts';
import { isPattern } from './patterns.ts';

export interface Named extends Pick<FilterInput, 'node' | 'metric' | 'label'> {
  readonly where?: readonly { readonly metric: string }[] | undefined;
  /** A label that is grouped by. */
  readonly by?: string | undefined;
}

/** Names beyond these are told without a suggestion: the first ones say what is wrong. */
const MAX_SUGGESTED = 3;

/** `unknown`, when there is any; patterns are no names. */
export function unknownIn(view: ClusterView, named: Named): { unknown?: UnknownName[] } {
  const labels = [...(named.label ?? []).map(({ name }) => name), ...labelOf(named.by)];
  const metrics = [...(named.metric ?? []), ...(named.where ?? []).map(({ metric }) => metric)];
  const unknown = [
    ...missing('node', named.node ?? [], () => view.heads().map(({ id }) => id)),
    ...missing('metric', metrics, () => metricNames(view)),
    ...missing('label', labels, () => labelNames(view)),
  ];
  return unknown.length === 0 ? {} : { unknown };
}

/** Of all nodes, each once. */
export const metricNames = (view: Pick<ClusterView, 'definitions'>): string[] => [
  ...new Set(view.definitions().map(({ name }) => name)),
];

const labelOf = (by: string | undefined): string[] =>
  by?.startsWith('label:') ? [by.slice('label:'.length)] : [];

const labelNames = (view: ClusterView): string[] => [
  ...new Set(view.heads().flatMap(({ labels }) => Object.keys(labels))),
];

function missing(
  kind: UnknownName['kind'],
  wanted: readonly string[],
  known: () => readonly string[],
): UnknownName[] {
  const names = new Set(wanted.filter((name) => !isPattern(name)));
  if (names.size === 0) return [];
  const there = known();
  const isThere = new Set(there);
  return [...names]
    .filter((name) => !isThere.has(name))
    .map((name, i) => {
      const nearest = i < MAX_SUGGESTED ? nearestName(name, there) : undefined;
      return { kind, name, ...(nearest !== undefined && { nearest }) };
    });
}
