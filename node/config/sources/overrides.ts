// What a configuration may change about a metric: how a delta is written, the group of settings
// under a metric's name, and what they make of a definition.

import * as v from 'valibot';
import type { Delta, MetricDefinition } from '../../core/model.ts';
import { DELTA_RULE, type DeltaSetting, readDelta } from '../delta.ts';
import { maybe } from '../setting.ts';
import { duration, integer, toggle, type ValueFacts, value } from '../values.ts';

export interface MetricOverride {
  readonly priority?: number;
  readonly delta?: DeltaSetting;
  /** Whether it is told to peers; otherwise it is measured, stored and answered on request. */
  readonly gossip?: boolean;
  /** Sampling period of this metric, ms. */
  readonly everyMs?: number;
}

/** Names a metric may have; the same that a posted metric may have. */
export const METRIC_NAME = /^[a-zA-Z_][a-zA-Z0-9_:.-]{0,63}$/;
export const OVERRIDE_ENTRIES = {
  priority: maybe(
    integer(1, 255, '1 is least, 255 most important'),
    'How important the metric is; higher is more.',
  ),
  delta: maybe(value('delta', DELTA_RULE, readDelta), 'The smallest change that is published.'),
  gossip: maybe(toggle(), 'Whether peers receive the metric.'),
  every: maybe(duration(100, 24 * 3_600_000), 'How often this metric is measured.'),
};

const Override = v.pipe(
  v.strictObject(OVERRIDE_ENTRIES, 'must be a group with priority, delta, gossip or every'),
  v.transform(
    ({ priority, delta, gossip, every }): MetricOverride => ({
      ...(priority !== undefined && { priority }),
      ...(delta !== undefined && { delta }),
      ...(gossip !== undefined && { gossip }),
      ...(every !== undefined && { everyMs: every }),
    }),
  ),
);

const FACTS = {
  placeholder: 'metric.setting=value,…',
  rule: 'must name metrics with their settings, such as cpu.priority=3,network.delta=15%',
  shape: 'map',
} satisfies ValueFacts;

export const metrics = v.pipe(
  v.unknown(),
  v.transform((input) => input ?? {}),
  v.record(v.string(), Override, 'must be a group of metrics'),
  v.metadata(FACTS),
);

/** The definition as configured: what the override does not say stays. */
export function applyOverride(
  definition: MetricDefinition,
  override: MetricOverride,
): MetricDefinition {
  const delta = override.delta ? resolveDelta(override.delta, definition.delta) : definition.delta;
  const smallest = delta.kind === 'absolute' ? delta.change : delta.floor;
  return {
    ...definition,
    priority: override.priority ?? definition.priority,
    delta,
    resolution: Math.min(definition.resolution, resolutionFor(smallest)),
  };
}

/**
 * Without a floor of its own: the metric's, or else the share of the change that mattered until
 * now, so that values smaller than that change do not chatter.
 */
function resolveDelta(given: DeltaSetting, before: Delta): Delta {
  if (given.kind === 'absolute') return given;
  const usual = before.kind === 'relative' ? before.floor : before.change * given.ratio;
  return { kind: 'relative', ratio: given.ratio, floor: given.floor ?? usual };
}

/** A power of ten at least 10 times below the smallest change, so that rounding never hides one. */
const resolutionFor = (change: number): number =>
  Number(`1e${Math.floor(Math.log10(change / 10) + 1e-9)}`);
