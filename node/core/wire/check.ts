// Small checks for values that came off the wire; each throws a WireError that names the field.

import { LIMITS, WireError } from './messages.ts';
import { isPlain, PLAIN_RULE } from './printable.ts';
import { utf8Length } from './sizes.ts';

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

export function text(value: unknown, field: string, maxLength: number): string {
  if (typeof value !== 'string' || value.length > maxLength || !isPlain(value)) {
    refuse(field, `a text of at most ${maxLength} characters, ${PLAIN_RULE}`);
  }
  return value;
}

/** The same, bounded by the bytes that it takes as UTF-8. */
export function boundedText(value: unknown, field: string, maxBytes: number): string {
  const given = text(value, field, maxBytes);
  if (utf8Length(given) > maxBytes) refuse(field, `a text of at most ${maxBytes} bytes`);
  return given;
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
