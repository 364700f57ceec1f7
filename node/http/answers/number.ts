// Numbers and times as people and programs should read them.

const MAX_DECIMALS = 12;
const LAST_DATE_MS = 8.64e15;

/** Decimals that write `resolution` exactly: 0.25 has 2, 128 has 0. */
export const decimalsOf = (resolution: number): number => {
  let scaled = resolution;
  for (let decimals = 0; decimals < MAX_DECIMALS; decimals++, scaled *= 10) {
    const whole = Math.round(scaled);
    if (Math.abs(scaled - whole) < 1e-9 * scaled) return decimals;
  }
  return MAX_DECIMALS;
};

/** The multiple of `resolution` nearest to `value`, without the noise of binary fractions. */
export const roundTo = (value: number, resolution: number): number => {
  const rounded = Math.round(value / resolution) * resolution;
  const scale = 10 ** decimalsOf(resolution);
  const scaled = rounded * scale;
  // Past 2^53 there are no decimals left to clean; a resolution of 0 ends here as NaN.
  if (!(Math.abs(scaled) <= Number.MAX_SAFE_INTEGER)) return value;
  return Math.round(scaled) / scale;
};

/** ISO 8601. Peers' times are claims: those outside the calendar end at its edge. */
export const isoTime = (wallMs: number): string =>
  new Date(Math.max(-LAST_DATE_MS, Math.min(LAST_DATE_MS, wallMs))).toISOString();
