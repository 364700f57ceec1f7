// A metric is a family with label values. Its definition is that of the family under the name of
// the metric: made once, so that readers can tell by identity that nothing changed.

import type { SeenMember } from '../membership/member.ts';
import type { MetricDefinition } from '../model.ts';
import type { State } from '../state.ts';
import { type SeriesCard, seriesAt } from './slots.ts';

/** As Prometheus writes it: `name{label="value"}`; labels without a value are left out. */
export function metricName(family: MetricDefinition, labelValues: readonly string[]): string {
  const pairs = (family.labelNames ?? []).flatMap((label, i) => {
    const value = labelValues[i] ?? '';
    return value === '' ? [] : [`${label}="${escaped(value)}"`];
  });
  return pairs.length === 0 ? family.name : `${family.name}{${pairs.join(',')}}`;
}

const escaped = (value: string): string =>
  value.replaceAll('\\', '\\\\').replaceAll('"', '\\"').replaceAll('\n', '\\n');

/** The definition of one metric, with its label values. */
export const metricOf = (
  family: MetricDefinition,
  labelValues: readonly string[],
): MetricDefinition =>
  labelValues.length === 0
    ? family
    : { ...family, name: metricName(family, labelValues), family: family.name, labelValues };

/** The other way: what all metrics of its family share. */
export function familyOf(metric: MetricDefinition): MetricDefinition {
  const { family, labelValues: _, ...shared } = metric;
  return family === undefined ? metric : { ...shared, name: family };
}

/** The definition of what a card names, once its family is held. */
export function definitionOf(state: State, card: SeriesCard): MetricDefinition | undefined {
  const family = state.definitions.get(card.definitionKey);
  if (family === undefined || card.labelValues.length === 0) return family;
  const held = state.metrics.get(card);
  if (held?.family === family) return held.metric;
  const metric = metricOf(family, card.labelValues);
  state.metrics.set(card, { family, metric });
  return metric;
}

/** The definition behind a slot, once its card and its family are held. */
export function definitionAt(
  state: State,
  member: SeenMember,
  slot: number,
): MetricDefinition | undefined {
  const card = seriesAt(member.source.record, slot);
  return card && definitionOf(state, card);
}
