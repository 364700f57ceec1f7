// Numbers and units as captions and axes say them.

const THREE_DIGITS = new Intl.NumberFormat('en-GB', { maximumSignificantDigits: 3 });
const WHOLE = new Intl.NumberFormat('en-GB', { maximumFractionDigits: 0 });

/** Three digits, all of them from 1,000 on: 0.0123, 4.57, 10,681. */
export const number = (value: number): string =>
  Math.abs(value) >= 1000 ? WHOLE.format(value) : THREE_DIGITS.format(value);

/** `0.123` → `12.3 %`. */
export const percent = (share: number): string => `${THREE_DIGITS.format(share * 100)} %`;

/** A value with its unit; milliseconds become seconds and bytes megabytes where they are many. */
export function quantity(value: number, unit: string): string {
  if (unit === 'ms' && Math.abs(value) >= 1000) return `${number(value / 1000)} s`;
  if (unit === 'B' && Math.abs(value) >= 1e6) return `${number(value / 1e6)} MB`;
  if (unit === '%') return `${THREE_DIGITS.format(value)} %`;
  return unit === '' ? number(value) : `${number(value)} ${unit}`;
}

/** For axes, where room is short: 0.05, 20, 5k, 2M. */
export function short(value: number): string {
  if (Math.abs(value) >= 1e6) return `${number(value / 1e6)}M`;
  return Math.abs(value) >= 1e3 ? `${number(value / 1e3)}k` : number(value);
}

/** The first of 1, 2, 5, 10, 20 … and their tenths that is no smaller. */
export function niceStep(least: number): number {
  const power = 10 ** Math.floor(Math.log10(least));
  return power * ([1, 2, 5].find((nice) => nice * power >= least) ?? 10);
}

/** `12 ×`, or `1.4 ×` where the digit matters. */
export const factor = (ratio: number): string => `${THREE_DIGITS.format(ratio)} ×`;

/** `1 run`, `5 runs`. */
export const counted = (count: number, one: string, many = `${one}s`): string =>
  `${number(count)} ${count === 1 ? one : many}`;

/** `a`, `a and b`, `a, b and c`. */
export function listed(parts: readonly string[]): string {
  const last = parts.at(-1) ?? '';
  return parts.length < 2 ? last : `${parts.slice(0, -1).join(', ')} and ${last}`;
}

export const capital = (text: string): string => text.charAt(0).toUpperCase() + text.slice(1);
