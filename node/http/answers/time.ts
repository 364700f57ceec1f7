// Times and durations as parameters write them.

import { readDuration } from '../../config/values.ts';

/** A duration of a parameter: with its unit, or a plain number of ms. */
export const readMs = (text: string): number | undefined => readDuration(text, 'ms');

/** Where seconds since 1970 come to have eleven digits, as ms: 2286-11-20T17:46:40Z. */
const LAST_MS = 1e13;

export type Instant = { readonly atMs: number } | { readonly fault: string };

/**
 * Seconds or ms since 1970, told apart by their digits, or ISO 8601 with its zone; a day alone is
 * UTC. What could be read in two ways is refused, and the fault says how to write it.
 */
export const readInstant = (text: string): Instant => {
  const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  if (/^-?\d+(\.\d+)?$/.test(text)) {
    const atMs = ofNumber(text);
    if (atMs !== undefined) return { atMs };
    return { fault: `must be seconds (10 digits) or ms (13 digits) since 1970, not ${shown}` };
  }
  // A plus sign that was not written as %2B arrives as a space.
  const iso = text.replace(/ (?=\d\d:?\d\d$)/, '+');
  const day = /^(\d{4}-\d\d-\d\d)(?:T.*)?$/.exec(iso)?.[1];
  if (day === undefined) return { fault: TIME_RULE };
  if (iso !== day && !/(Z|[+-]\d\d:?\d\d)$/.test(iso)) {
    return { fault: `must say its zone, as in ${shown}Z, or an offset such as %2B02:00` };
  }
  const atMs = Date.parse(iso);
  // The platform takes the 31st of February for the 3rd of March.
  const isReal = !Number.isNaN(atMs) && new Date(`${day}T00:00Z`).toISOString().startsWith(day);
  if (isReal && atMs >= 0 && atMs < LAST_MS) return { atMs };
  return { fault: `must be a time between 1970 and 2286, not ${shown}` };
};

export const TIME_RULE =
  'must be a time (2026-01-31T12:00:00Z, or seconds or ms since 1970) or an age such as 1h';

const ofNumber = (text: string): number | undefined => {
  const value = Number(text);
  if (/^0+$/.test(text)) return 0;
  const digits = /^\d+/.exec(text)?.[0].length ?? 0;
  if (digits === 9 || digits === 10) return value * 1_000;
  return digits === 12 || digits === 13 ? value : undefined;
};

/** As `readInstant`, for who says the rest. */
export const parseInstant = (text: string): number | undefined => {
  const instant = readInstant(text);
  return 'atMs' in instant ? instant.atMs : undefined;
};
