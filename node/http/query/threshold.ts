// Thresholds as `where=cpu>80` writes them.

import * as v from 'valibot';
import type { MemberReading } from '../../core/model.ts';
import { roundTo } from '../answers/number.ts';
import { isOf } from '../view/filter.ts';

const HOLDS = {
  '>': (value: number, limit: number) => value > limit,
  '>=': (value: number, limit: number) => value >= limit,
  '<': (value: number, limit: number) => value < limit,
  '<=': (value: number, limit: number) => value <= limit,
  '=': (value: number, limit: number) => value === limit,
  '!=': (value: number, limit: number) => value !== limit,
} as const;

export interface Threshold {
  readonly metric: string;
  readonly operator: keyof typeof HOLDS;
  readonly limit: number;
}

const NAME = /[a-zA-Z_][\w:.-]{0,63}/.source;
const NUMBER = /-?\d{1,30}(?:\.\d{1,30})?(?:e[+-]?\d{1,3})?/.source;
const WRITTEN = new RegExp(`^(${NAME}) *(>=|<=|!=|>|<|=) *(${NUMBER})$`, 'i');

export const THRESHOLD_RULE =
  'must be a metric, one of > >= < <= = != and a number, such as cpu>80';

/** Undefined for anything else, numbers beyond floats among it. */
export function readThreshold(text: string): Threshold | undefined {
  const [, metric, operator, number] = WRITTEN.exec(text) ?? [];
  const limit = Number(number);
  if (metric === undefined || !Number.isFinite(limit)) return undefined;
  return { metric, operator: operator as Threshold['operator'], limit };
}

export const threshold = v.pipe(
  v.string(),
  v.rawTransform<string, Threshold>(({ dataset, addIssue, NEVER }) => {
    const read = readThreshold(dataset.value);
    if (read !== undefined) return read;
    addIssue({ message: `${THRESHOLD_RULE}, not ${JSON.stringify(dataset.value)}` });
    return NEVER;
  }),
);

/**
 * Whether all thresholds hold for a node's last values, compared as they are shown. A node that has
 * no such metric does not match, `!=` included: nothing is known of it.
 */
export const matchesAll = (
  member: Pick<MemberReading, 'metrics'>,
  thresholds: readonly Threshold[],
): boolean =>
  thresholds.every(({ metric, operator, limit }) => {
    const readings = member.metrics.filter(({ definition }) =>
      isOf(definition, (name) => name === metric),
    );
    return readings.some(({ value, definition }) =>
      HOLDS[operator](roundTo(value, definition.resolution), limit),
    );
  });
