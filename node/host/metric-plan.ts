// Which metrics a node measures and tells, as its probes offer and its configuration wants them.

import type { NodeConfig } from '../config/schema.ts';
import { applyOverride } from '../config/sources/overrides.ts';
import type { MetricDefinition } from '../core/model.ts';
import type { Machine } from './process/measuring.ts';

export interface MetricPlan {
  readonly gossiped: readonly MetricDefinition[];
  readonly localUnits: ReadonlyMap<string, string>;
  readonly everyMs: ReadonlyMap<string, number>;
}

/** The metrics of the probes as the configuration wants them. */
export function planMetrics(
  machine: Pick<Machine, 'probes'>,
  config: Pick<NodeConfig, 'metrics'>,
): MetricPlan {
  const gossiped: MetricDefinition[] = [];
  const localUnits = new Map<string, string>();
  const everyMs = new Map<string, number>();
  for (const definition of machine.probes.flatMap(({ metrics }) => metrics)) {
    const override = config.metrics[definition.name] ?? {};
    if (override.everyMs !== undefined) everyMs.set(definition.name, override.everyMs);
    if (override.gossip === false) localUnits.set(definition.name, definition.unit);
    else gossiped.push(applyOverride(definition, override));
  }
  return { gossiped, localUnits, everyMs };
}
