// A metric's delta as it is written: in settings, in posted metrics and in answers.

import type { Delta } from '../core/model.ts';
import { readNumber } from './values.ts';

/** A relative one may leave its floor, in the unit, to the metric. */
export type DeltaSetting =
  | { readonly kind: 'absolute'; readonly change: number }
  | { readonly kind: 'relative'; readonly ratio: number; readonly floor?: number };

const SMALLEST_CHANGE = 1e-9;
const LARGEST_CHANGE = 1e15;

export const DELTA_RULE =
  "must be above 0: a number in the metric's unit, or a share of the last value such as 15%, " +
  'or 15% min 4096 for a change of 4096 at least';

const isChange = (number: number | undefined): number is number =>
  number !== undefined && number >= SMALLEST_CHANGE && number <= LARGEST_CHANGE;

/** Undefined for what the rule forbids. */
export function readDelta(input: unknown): DeltaSetting | undefined {
  const change = readNumber(input);
  if (change !== undefined) return isChange(change) ? { kind: 'absolute', change } : undefined;
  if (typeof input !== 'string') return undefined;
  const [, percent, least] = /^(\S+?)\s*%(?:\s+min\s+(\S+))?$/.exec(input.trim()) ?? [];
  const ratio = (readNumber(percent) ?? 0) / 100;
  if (!isChange(ratio)) return undefined;
  if (least === undefined) return { kind: 'relative', ratio };
  const floor = readNumber(least);
  return isChange(floor) ? { kind: 'relative', ratio, floor } : undefined;
}

/** A relative one without a floor counts as if values below one unit were one. */
export const withFloor = (given: DeltaSetting): Delta =>
  given.kind === 'absolute' ? given : { ...given, floor: given.floor ?? given.ratio };

/** Significant digits of what is written: beyond them is only the noise of binary fractions. */
const DIGITS = 12;

/** The inverse: in the unit of the metric, or relative such as `15%` or `15% min 4096`. */
export function formatDelta(delta: Delta): number | string {
  if (delta.kind === 'absolute') return delta.change;
  const { ratio, floor } = delta;
  const share = `${Number((ratio * 100).toPrecision(DIGITS))}%`;
  return floor === ratio ? share : `${share} min ${floor}`;
}
