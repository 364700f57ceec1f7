// The publishing rule, at the owner only: relays pass on and never filter.

import type { Delta, MetricDefinition } from '../../model.ts';

/** What the owner told last about one metric. */
export interface Published {
  readonly value: number;
  readonly at: number;
}

/**
 * Whether `value` is worth telling: the first, moved by the delta since the last *published* value
 * (never the last sampled one, or a slow drift is never told), or silent for refresh / priority.
 */
export function publishReason(
  definition: MetricDefinition,
  last: Published | undefined,
  value: number,
  now: number,
  refreshMs: number,
): 'first' | 'moved' | 'refresh' | undefined {
  if (last === undefined) return 'first';
  if (Math.abs(value - last.value) >= deltaAt(definition.delta, last.value)) return 'moved';
  if (now - last.at >= refreshMs / definition.priority) return 'refresh';
  return undefined;
}

/** The smallest change that is published next to `reference`, in the metric's unit. */
export function deltaAt(delta: Delta, reference: number): number {
  return delta.kind === 'absolute'
    ? delta.change
    : Math.max(delta.floor, delta.ratio * Math.abs(reference));
}

/** The integer that travels for a value; the resolution lies far below the delta. */
export const toSteps = (definition: MetricDefinition, value: number): number =>
  Math.round(value / definition.resolution);

/** The value that an integer stands for, without the noise of binary fractions. */
export function fromSteps({ resolution }: MetricDefinition, steps: number): number {
  // Most resolutions are whole numbers or parts of one: dividing by 10 is exact, times 0.1 is not.
  const parts = Math.round(1 / resolution);
  if (resolution < 1 && 1 / parts === resolution) return steps / parts;
  return Number((steps * resolution).toPrecision(12));
}
