// What a metric has of its family, as answers tell it.

import type { Labels, MetricKind } from '../../core/model.ts';

/** What metrics of one name have in common, on most nodes. */
export interface FamilyAnswer {
  unit: string;
  kind: MetricKind;
  description: string;
  priority: number;
  /** The smallest change that is published: in the unit, or relative such as `15% min 4096`. */
  delta: number | string;
}

/** What tells a metric from others of its family; absent where the family has no labels. */
export interface MetricLabels {
  family?: string | undefined;
  labels?: Labels | undefined;
}

const FIELDS = ['unit', 'kind', 'description', 'priority', 'delta'] as const;

/** What of a family differs from the one that the answer tells. */
export function differenceOf(own: FamilyAnswer, shared: FamilyAnswer): Partial<FamilyAnswer> {
  const differing = FIELDS.filter((field) => own[field] !== shared[field]);
  return Object.fromEntries(differing.map((field) => [field, own[field]]));
}
