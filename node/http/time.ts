// Times and durations as parameters write them.

const UNIT_MS: Readonly<Record<string, number>> = {
  ms: 1,
  s: 1_000,
  m: 60_000,
  h: 3_600_000,
  d: 86_400_000,
  w: 604_800_000,
};

/** `30s`, `1.5h`, or a plain number of ms; undefined when it is neither. */
export const parseDurationMs = (text: string): number | undefined => {
  const match = /^(\d{1,15}(?:\.\d{1,6})?)(ms|s|m|h|d|w)?$/.exec(text);
  const factor = UNIT_MS[match?.[2] ?? 'ms'];
  return match === null || factor === undefined ? undefined : Number(match[1]) * factor;
};

/** ISO 8601, or ms since 1970; the looser forms that `Date.parse` guesses at are refused. */
export const parseInstant = (text: string): number | undefined => {
  if (/^\d{1,15}$/.test(text)) return Number(text);
  if (!/^\d{4}-\d\d-\d\d(T|$)/.test(text)) return undefined;
  const ms = Date.parse(text);
  return Number.isNaN(ms) ? undefined : ms;
};
