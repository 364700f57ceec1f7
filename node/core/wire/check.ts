// Small checks for values that came off the wire; each throws a WireError that names the field.

import { LIMITS, WireError } from './messages.ts';
import { isPlain } from './printable.ts';

export function refuse(field: string, wanted: string): never {
  throw new WireError('malformed', `the field "${field}" is not ${wanted}`);
}

export function integer(value: unknown, field: string, min: number, max: number): number {
  if (!Number.isSafeInteger(value) || (value as number) < min || (value as number) > max) {
    refuse(field, `a whole number from ${min} to ${max}`);
  }
  return value as number;
}

export function finite(value: unknown, field: string): number {
  if (typeof value !== 'number' || !Number.isFinite(value)) refuse(field, 'a finite number');
  return value;
}

/** Those that no release ever took: only what means harm, or is no node, sends them. */
const NEVER_TAKEN = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u;

/** A text that is left out alone, for nodes of older releases may pass it on in good faith. */
export class OddTextError extends WireError {
  constructor(field: string) {
    super('malformed', `the field "${field}" holds characters that cannot be shown`);
    this.name = 'OddTextError';
  }
}

export function text(value: unknown, field: string, maxLength: number): string {
  if (typeof value !== 'string' || value.length > maxLength || NEVER_TAKEN.test(value)) {
    refuse(field, `a text of at most ${maxLength} characters, none of them control characters`);
  }
  if (!isPlain(value)) throw new OddTextError(field);
  return value;
}

/** Counts what is left out of a message because its text is odd. */
export interface OddTexts {
  oddTexts: number;
}

/** Undefined for what holds odd text, which is counted. */
export function unlessOdd<T>(tally: OddTexts, decode: () => T): T | undefined {
  try {
    return decode();
  } catch (error) {
    if (!(error instanceof OddTextError)) throw error;
    tally.oddTexts++;
    return undefined;
  }
}

/** Scheme, host, port and base path: peers must not choose what else a request to them says. */
const ADDRESS = /^https?:\/\/[^\s/?#@\\]+(\/[\w.~-]+)*$/;

export function address(value: unknown): string {
  const given = text(value, 'address', LIMITS.addressLength);
  if (given !== '' && !ADDRESS.test(given)) refuse('address', 'the URL of a node, or empty');
  return given;
}

export function list(value: unknown, field: string, maxLength = 65_536): unknown[] {
  if (!Array.isArray(value) || value.length > maxLength) {
    refuse(field, `a list of at most ${maxLength} items`);
  }
  return value;
}

export function optional<T>(value: unknown, decode: (value: unknown) => T): T | undefined {
  return value === null || value === undefined ? undefined : decode(value);
}
