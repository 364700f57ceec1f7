// Words that only experiments have: several values to vary, a range of delays, a workload.

import * as v from 'valibot';
import { isTree, type Tree } from '../../config/sources/layer.ts';
import {
  decimal,
  readDuration,
  readText,
  splitList,
  text,
  type ValueFacts,
  type ValueSchema,
  value,
} from '../../config/values.ts';
import { isPlain } from '../../core/wire/printable.ts';
import { WORKLOAD_KINDS, type WorkloadSpec } from './plan.ts';

/** More values of one setting than this are a slip of the hand. */
const MAX_VALUES = 1_000;

/** Text for people: one line, whatever it says. */
export const line = (most: number): ValueSchema<string> =>
  value('text', `must be a text of 1 to ${most} characters on one line`, (input) => {
    const written = readText(input);
    const isSound = written !== undefined && written !== '' && isPlain(written);
    return isSound && written.length <= most ? written : undefined;
  });

/**
 * One value, a list, or one text with commas (unless items are `whole` texts that may hold some).
 * A bad item of a list is told alone; what stands twice counts once.
 */
export function several<T>(item: ValueSchema<T>, { whole = false } = {}): ValueSchema<T[]> {
  const { placeholder, rule } = v.getMetadata(item) as unknown as ValueFacts;
  return v.pipe(
    v.unknown(),
    v.rawTransform<unknown, T[]>(({ dataset, addIssue, NEVER }) => {
      const given = dataset.value;
      const items = typeof given === 'string' && !whole ? splitList(given) : [given].flat();
      if (items.length === 0 || items.length > MAX_VALUES) {
        addIssue({ message: `must hold 1 to ${MAX_VALUES} values` });
        return NEVER;
      }
      const outputs = new Map<string, T>();
      let isSound = true;
      for (const [key, entry] of items.entries()) {
        const { success, output, issues } = v.safeParse(item, entry);
        if (success) outputs.set(JSON.stringify(output), output);
        // A scalar has no place of its own but that of the setting.
        else if (Array.isArray(given)) addIssue({ message: issues[0].message, path: [at(key)] });
        else addIssue({ message: issues[0].message });
        isSound &&= success;
      }
      return isSound ? [...outputs.values()] : NEVER;
    }),
    v.metadata({ placeholder: `${placeholder},…`, rule, shape: 'list' } satisfies ValueFacts),
  );
}

/** Messages take the value from the file; the library asks for more than is used here. */
const at = (key: number): v.IssuePathItem => ({
  ...{ type: 'unknown', origin: 'value', key },
  ...{ input: undefined, value: undefined },
});

export interface DelayRange {
  readonly minMs: number;
  readonly maxMs: number;
}

const MAX_DELAY_MS = 60_000;

export const delayRange = (): ValueSchema<DelayRange> =>
  value(
    'duration..duration',
    'must be one duration or two, the shorter first, up to 60s, such as 5ms or 1ms..20ms',
    (input) => {
      const [first = '', second = first, ...more] = (readText(input) ?? '').split('..');
      // Parts of a millisecond count here, unlike elsewhere: networks are that fast.
      const minMs = readDuration(first);
      const maxMs = readDuration(second);
      if (minMs === undefined || maxMs === undefined || more.length > 0) return undefined;
      return minMs <= maxMs && maxMs <= MAX_DELAY_MS ? { minMs, maxMs } : undefined;
    },
  );

const INTENSITY = decimal(0.001, 100);
const SOURCE = text('source', '', /^[^\0\n]{1,1000}$/);
const PARTS = ['kind', 'intensity', 'source'];

const KINDS_RULE = `must be one of ${WORKLOAD_KINDS.join(', ')}`;
const WORKLOAD_RULE = `${KINDS_RULE}, or a group with kind, intensity (0.001 to 100) and source`;

/** A kind alone, or `{kind, intensity, source}`. */
export const workload = (): ValueSchema<WorkloadSpec> =>
  value('kind', WORKLOAD_RULE, (input) => {
    const given: Tree = isTree(input) ? input : { kind: input };
    const { intensity = 1, source } = given;
    const kind = WORKLOAD_KINDS.find((candidate) => candidate === given.kind);
    const strength = v.safeParse(INTENSITY, intensity);
    const place = v.safeParse(SOURCE, source);
    const isKnown = Object.keys(given).every((key) => PARTS.includes(key));
    if (kind === undefined || !isKnown || !strength.success) return undefined;
    if (source === undefined) return { kind, intensity: strength.output };
    return place.success ? { kind, intensity: strength.output, source: place.output } : undefined;
  });
