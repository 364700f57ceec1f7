// What is wrong with a configuration: one sentence a problem, all of them reported at once.

import { printable } from '../core/wire/printable.ts';
import { OperatingError } from '../errors.ts';

/**
 * What a setting says turned out wrong where it is used: a file that is not there, an address of no
 * kind that is known, or keys that are too many together. A mistake of the user, as one that the
 * configuration shows by itself.
 */
export const SETTING_CODES = [
  'certificate',
  'secret_file',
  'keys',
  'host_root',
  'store_address',
] as const;

export const settingError = (
  code: (typeof SETTING_CODES)[number],
  message: string,
  options?: ErrorOptions,
): OperatingError => new OperatingError(code, message, options);

export const CONFIG_INVALID = 'config_invalid';

export interface Problem {
  /** The setting's name as a file would write it, such as `storage.url`; empty for a whole file. */
  readonly setting: string;
  /** Where it was written: `fleet.yaml line 3`, `PRIOMON_ROUND` or `--round`. */
  readonly where: string;
  /** One sentence with setting, value, place and fix. */
  readonly message: string;
}

/** `message` holds one sentence a line. */
export class ConfigError extends OperatingError {
  readonly problems: readonly Problem[];
  constructor(problems: readonly Problem[], options?: ErrorOptions) {
    super(CONFIG_INVALID, problems.map(({ message }) => message).join('\n'), options);
    this.name = 'ConfigError';
    this.problems = problems;
  }
}

const SHOWN_LENGTH = 60;
const MESSAGE_LENGTH = 500;

/** Names and reasons hold what somebody wrote: no line breaks, no escapes, no endless texts. */
export function readable(problem: Problem): Problem {
  const { message: whole } = problem;
  const message = whole.length > MESSAGE_LENGTH ? `${whole.slice(0, MESSAGE_LENGTH)}….` : whole;
  return { ...problem, message: printable(message) };
}

/** A value as a sentence shows it: short, on one line, whatever it holds. */
export function shown(value: unknown): string {
  if (value === null || value === '') return 'empty';
  const written = JSON.stringify(value) ?? String(value);
  return written.length > SHOWN_LENGTH ? `${written.slice(0, SHOWN_LENGTH)}…` : written;
}

/** `rule` completes the sentence "<setting> is <value>, but …". */
export function broken(
  setting: string,
  given: { readonly value: unknown; readonly where: string; readonly isSecret?: boolean },
  rule: string,
): Problem {
  const { value, where, isSecret } = given;
  const place = where === '' ? '' : ` (${where})`;
  const message = isSecret
    ? `${setting}${place}${rule.startsWith('must') ? '' : ':'} ${rule}.`
    : `${setting} is ${shown(value)}${place}, but ${rule}.`;
  return { setting, where, message };
}
