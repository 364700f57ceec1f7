// The words a setting's value may be written in: durations, bytes, deltas, addresses and so on.
// A value comes as YAML gives it (number, boolean, text, list) or as text from a flag or variable.

import * as v from 'valibot';

/** Takes whatever was written; gives the checked value. */
export type ValueSchema<T> = v.GenericSchema<unknown, T>;

/** How a value may be written beside YAML: one word, many, `key=value` pairs, or a bare flag. */
export type Shape = 'word' | 'list' | 'map' | 'switch';

/** What help and documents say about a value; kept in the schema's metadata. */
export interface ValueFacts {
  /** Stands for the value in `--help`. */
  readonly placeholder: string;
  /** Completes the sentence "<setting> is <value>, but …". */
  readonly rule: string;
  readonly shape: Shape;
}

/** `read` returns undefined for what the rule forbids, and never throws. */
export function value<T>(
  placeholder: string,
  rule: string,
  read: (input: unknown) => T | undefined,
  shape: Shape = 'word',
): ValueSchema<T> {
  return v.pipe(
    v.unknown(),
    v.rawTransform<unknown, T>(({ dataset, addIssue, NEVER }) => {
      const result = read(dataset.value);
      if (result !== undefined) return result;
      addIssue({ message: rule });
      return NEVER;
    }),
    v.metadata({ placeholder, rule, shape } satisfies ValueFacts),
  );
}

/** `2`, `2.5`, `.5` and `2.`, as other languages write them too. */
const AMOUNT = '(?:\\d+(?:\\.\\d*)?|\\.\\d+)';
const DECIMAL = new RegExp(`^[+-]?${AMOUNT}$`);

/** A finite number from a number or a plain decimal; no hexadecimal, no empty text. */
export function readNumber(input: unknown): number | undefined {
  if (typeof input === 'number') return Number.isFinite(input) ? input : undefined;
  if (typeof input !== 'string' || !DECIMAL.test(input.trim())) return undefined;
  const number = Number(input.trim());
  return Number.isFinite(number) ? number : undefined;
}

/** Numbers count as text, so that `id: 7` in YAML means the id "7". */
export function readText(input: unknown): string | undefined {
  if (typeof input === 'number' && Number.isFinite(input)) return String(input);
  return typeof input === 'string' ? input.trim() : undefined;
}

const within = (number: number | undefined, min: number, max: number) =>
  number !== undefined && number >= min && number <= max ? number : undefined;

export const integer = (min: number, max: number, meaning = '') =>
  value(
    'n',
    `must be a whole number from ${min} to ${max}${meaning && ` (${meaning})`}`,
    (input) => {
      const number = within(readNumber(input), min, max);
      return Number.isInteger(number) ? number : undefined;
    },
  );

export const decimal = (min: number, max: number) =>
  value('n', `must be a number from ${min} to ${max}`, (input) =>
    within(readNumber(input), min, max),
  );

const MS_PER = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 } as const;
const DURATION = new RegExp(`^(${AMOUNT})\\s*(ms|s|m|h|d|w)$`);

/** The one rule for durations: a unit (ms, s, m, h, d, w), or a plain number of seconds. To ms. */
export function readDuration(input: unknown): number | undefined {
  const seconds = readNumber(input);
  const [, amount, unit = 's'] = (typeof input === 'string' && DURATION.exec(input.trim())) || [];
  const ms = (seconds ?? Number(amount)) * MS_PER[unit as keyof typeof MS_PER];
  return Number.isFinite(ms) && ms >= 0 ? ms : undefined;
}

/** The inverse: the largest unit that keeps a whole number. */
export function formatDuration(durationMs: number): string {
  for (const unit of ['d', 'h', 'm', 's'] as const)
    if (durationMs > 0 && durationMs % MS_PER[unit] === 0)
      return `${durationMs / MS_PER[unit]}${unit}`;
  return `${durationMs}ms`;
}

export function duration(minMs: number, maxMs: number): ValueSchema<number> {
  const range = `from ${formatDuration(minMs)} to ${formatDuration(maxMs)}`;
  return value(
    'duration',
    `must be a duration ${range}, such as 500ms, 2s, 5m or 24h (a plain number is seconds)`,
    (input) => within(wholeMs(readDuration(input)), minMs, maxMs),
  );
}

export const wholeMs = (ms: number | undefined): number | undefined => ms && Math.round(ms);

const BYTES_PER = { b: 1, kib: 2 ** 10, mib: 2 ** 20, gib: 2 ** 30, tib: 2 ** 40 } as const;
const BYTES = new RegExp(`^(${AMOUNT})\\s*(b|kib|mib|gib|tib)$`, 'i');

function readBytes(input: unknown): number | undefined {
  const plain = readNumber(input);
  const [, amount, unit] = (typeof input === 'string' && BYTES.exec(input.trim())) || [];
  const factor = unit && BYTES_PER[unit.toLowerCase() as keyof typeof BYTES_PER];
  const count = factor ? Number(amount) * factor : plain;
  return Number.isInteger(count) ? count : undefined;
}

/** The inverse: the largest unit that keeps a whole number. */
export function formatBytes(count: number): string {
  for (const unit of ['TiB', 'GiB', 'MiB', 'KiB'] as const) {
    const factor = BYTES_PER[unit.toLowerCase() as keyof typeof BYTES_PER];
    if (count > 0 && count % factor === 0) return `${count / factor}${unit}`;
  }
  return `${count}`;
}

export const bytes = (min: number, max: number) =>
  value(
    'bytes',
    `must be from ${formatBytes(min)} to ${formatBytes(max)}, written plainly or as 4KiB, ` +
      '256MiB, 1GiB',
    (input) => within(readBytes(input), min, max),
  );

/** A share between 0 and 1, written as `0.125` or `12.5%`. */
export const share = (min: number, max: number) =>
  value('share', `must be a share from ${min} to ${max}, such as 0.125 or 12.5%`, (input) => {
    const percent = typeof input === 'string' ? /^(.*)%$/.exec(input.trim())?.[1] : undefined;
    if (percent === undefined) return within(readNumber(input), min, max);
    return within((readNumber(percent) ?? Number.NaN) / 100, min, max);
  });

const SWITCHES: Readonly<Record<string, boolean>> = {
  ...{ true: true, yes: true, on: true, '1': true },
  ...{ false: false, no: false, off: false, '0': false },
};

export const toggle = () =>
  value(
    'yes|no',
    'must be true or false (yes, no, on, off, 1 and 0 will do too)',
    (input) => {
      if (typeof input === 'boolean') return input;
      const word = readText(input)?.toLowerCase();
      return word !== undefined && Object.hasOwn(SWITCHES, word) ? SWITCHES[word] : undefined;
    },
    'switch',
  );

export const choice = <const W extends string>(words: readonly W[]) =>
  value('word', `must be one of ${words.join(', ')}`, (input) => {
    const word = readText(input)?.toLowerCase();
    return words.find((candidate) => candidate === word);
  });

/** Text that matches a pattern; `rule` says in words what the pattern asks. */
export const text = (placeholder: string, rule: string, pattern: RegExp) =>
  value(placeholder, rule, (input) => {
    const written = readText(input);
    return written !== undefined && pattern.test(written) ? written : undefined;
  });

/** A list in YAML, or one text with commas; every item follows `item`. Repeats are dropped. */
export function list<T>(item: ValueSchema<T>): ValueSchema<T[]> {
  const { placeholder, rule } = v.getMetadata(item) as unknown as ValueFacts;
  return value(
    `${placeholder},…`,
    `every item ${rule}`,
    (input) => {
      const items = typeof input === 'string' ? splitList(input) : [input].flat();
      const results = items.map((entry) => v.safeParse(item, entry));
      if (!results.every((result) => result.success)) return undefined;
      return [...new Set(results.map((result) => result.output as T))];
    },
    'list',
  );
}

export const splitList = (written: string): string[] =>
  written
    .split(',')
    .map((entry) => entry.trim())
    .filter((entry) => entry !== '');
