// Values, ages and counts in the units that people speak of.

import { decimalsOf, roundTo } from '../http/answers/number.ts';

const BYTE_STEPS = ['B', 'kB', 'MB', 'GB', 'TB', 'PB'];

/** The tables behind Intl take 9 MB of memory: a node whose page nobody opens does without. */
const onFirstUse = <T>(create: () => T): (() => T) => {
  let made: T | undefined;
  return () => {
    made ??= create();
    return made;
  };
};

const byDecimals = new Map<number, Intl.NumberFormat>();
/** With as many decimals as the value has at most. */
const exact = (decimals: number): Intl.NumberFormat => {
  const made = byDecimals.get(decimals);
  const format = made ?? new Intl.NumberFormat('en', { maximumFractionDigits: decimals });
  byDecimals.set(decimals, format);
  return format;
};
const plain = () => exact(2);
const small = onFirstUse(() => new Intl.NumberFormat('en', { maximumSignificantDigits: 2 }));
const percent = onFirstUse(
  () => new Intl.NumberFormat('en', { minimumFractionDigits: 1, maximumFractionDigits: 1 }),
);
const collator = onFirstUse(() => new Intl.Collator('en', { numeric: true }));

/** n2 before n10. */
export const inNaturalOrder = (a: string, b: string): number => collator().compare(a, b);

/** Steps of 1,000, as disks and networks are sold; one decimal below ten. */
const bytes = (value: number): [number: string, unit: string] => {
  let scaled = value;
  let step = 0;
  while (Math.abs(scaled) >= 999.5 && step < BYTE_STEPS.length - 1) {
    scaled /= 1_000;
    step++;
  }
  const decimals = step > 0 && Math.abs(scaled) < 9.95 ? 1 : 0;
  return [scaled.toFixed(decimals), BYTE_STEPS[step] ?? 'B'];
};

/** Of most shares: columns of them have one decimal each. */
const PERCENT_STEP = 0.1;
/** Below this, fixed decimals would leave one digit or none: 0.0042 s must not read as 0. */
const SMALL = 0.1;

/**
 * A value and its unit apart, so that a table can set them apart; rounded to the metric's
 * resolution where that is known, but for bytes, whose units are scaled.
 */
export const formatValue = (
  value: number,
  unit: string,
  resolution?: number,
): [number: string, unit: string] => {
  if (resolution !== undefined && unit !== 'B' && unit !== 'B/s') {
    const rounded = roundTo(value, resolution);
    const isPlain = unit !== '%' || resolution !== PERCENT_STEP;
    return [(isPlain ? exact(decimalsOf(resolution)) : percent()).format(rounded), unit];
  }
  if (value !== 0 && Math.abs(value) < SMALL) return [small().format(value), unit];
  if (unit === '%') return [percent().format(value), '%'];
  if (unit !== 'B' && unit !== 'B/s') return [plain().format(value), unit];
  const [number, scaledUnit] = bytes(value);
  return [number, unit.replace('B', scaledUnit)];
};

const AGES: readonly [untilMs: number, unitMs: number, unit: string][] = [
  [90_000, 1_000, 's'],
  [90 * 60_000, 60_000, 'min'],
  [36 * 3_600_000, 3_600_000, 'h'],
  [Number.POSITIVE_INFINITY, 86_400_000, 'd'],
];

/** `now`, `3 s ago`, `5 min ago`. */
export const formatAge = (ageMs: number): string => {
  if (ageMs < 1_000) return 'now';
  const [, unitMs, unit] = AGES.find(([untilMs]) => ageMs < untilMs) ?? [0, 86_400_000, 'd'];
  return `${plain().format(Math.round(ageMs / unitMs))} ${unit} ago`;
};

export const formatCount = (count: number, noun: string): string =>
  `${plain().format(count)} ${noun}${count === 1 ? '' : 's'}`;
