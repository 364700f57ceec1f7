// Points in time as parameters, bodies and flags write them: one parser for all.

import { readDuration, wholeMs } from './values.ts';

/** A time (wall clock, ms), or a span from now that the reader counts back or on. */
export type Moment = { readonly atMs: number } | { readonly spanMs: number };

/** `fault` completes the sentence "<parameter> …". */
export type ReadMoment = Moment | { readonly fault: string };

/** Where seconds since 1970 come to have eleven digits, as ms: 2286-11-20T17:46:40Z. */
const LAST_MS = 1e13;
/** Three years of seconds have eight digits, and seconds since 1970 have nine or more. */
const SPAN_DIGITS = 8;

export const TIME_RULE =
  'must be a time (2026-01-31T12:00:00Z, or seconds or ms since 1970) or a span such as 1h';

export interface MomentOptions {
  /** A short plain number is a span in seconds, as in settings; else it is refused. */
  readonly takesSeconds?: boolean;
}

/**
 * Seconds or ms since 1970, told apart by their digits; ISO 8601 with its zone, where a day alone
 * is UTC; or a span with its unit. What could be read in two ways is refused, and the fault says
 * how to write it.
 */
export function readMoment(
  given: string | number,
  { takesSeconds = false }: MomentOptions = {},
): ReadMoment {
  const text = String(given).trim();
  const shown = text.length > 40 ? `${text.slice(0, 40)}…` : text;
  if (/^-?\d+(\.\d+)?$/.test(text)) {
    const atMs = ofNumber(text);
    if (takesSeconds && digitsOf(text) <= SPAN_DIGITS && Number(text) > 0) {
      return { spanMs: Number(text) * 1_000 };
    }
    if (atMs !== undefined) return { atMs };
    return { fault: `must be seconds (10 digits) or ms (13 digits) since 1970, not ${shown}` };
  }
  const spanMs = /[a-z]$/.test(text) ? wholeMs(readDuration(text)) : undefined;
  if (spanMs !== undefined) return { spanMs };
  return ofIso(text, shown);
}

/** What a span counts back from `nowMs`, as an age does. */
export const timeBefore = (moment: Moment, nowMs: number): number =>
  'atMs' in moment ? moment.atMs : nowMs - moment.spanMs;

/** `returnsAt`, `expires`: what a span counts on from `nowMs`. */
export const timeAfter = (moment: Moment, nowMs: number): number =>
  'atMs' in moment ? moment.atMs : nowMs + moment.spanMs;

function ofIso(text: string, shown: string): ReadMoment {
  // A plus sign that was not written as %2B arrives as a space.
  const iso = text.replace(/ (?=\d\d:?\d\d$)/, '+');
  const day = /^(\d{4}-\d\d-\d\d)(?:T.*)?$/.exec(iso)?.[1];
  if (day === undefined) return { fault: TIME_RULE };
  if (iso !== day && !/(Z|[+-]\d\d:?\d\d)$/.test(iso)) {
    return { fault: `must say its zone, as in ${shown}Z, or an offset such as +02:00` };
  }
  const atMs = Date.parse(iso);
  // The platform takes the 31st of February for the 3rd of March.
  const isReal = !Number.isNaN(atMs) && new Date(`${day}T00:00Z`).toISOString().startsWith(day);
  if (isReal && atMs >= 0 && atMs < LAST_MS) return { atMs };
  return { fault: `must be a time between 1970 and 2286, not ${shown}` };
}

const digitsOf = (text: string): number => /^\d+/.exec(text)?.[0].length ?? 0;

const ofNumber = (text: string): number | undefined => {
  const value = Number(text);
  if (/^0+$/.test(text)) return 0;
  const digits = digitsOf(text);
  if (digits === 9 || digits === 10) return value * 1_000;
  return digits === 12 || digits === 13 ? value : undefined;
};
