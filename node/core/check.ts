// Small checks for values that came off the wire; each throws a WireError that names the field.

import { LIMITS, WireError } from './wire.ts';

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

/** Characters that steer terminals, or turn the direction of what stands around them. */
const STEERING = /[\p{Cc}\u202a-\u202e\u2066-\u2069]/u;

/** Whether a text can be shown anywhere as it is. */
export const isPlain = (value: string): boolean => !STEERING.test(value);

export function text(value: unknown, field: string, maxLength: number): string {
  if (typeof value !== 'string' || value.length > maxLength || !isPlain(value)) {
    refuse(field, `a text of at most ${maxLength} characters, none of them control characters`);
  }
  return value;
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
