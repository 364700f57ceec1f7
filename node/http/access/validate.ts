// Checks queries and bodies with valibot; what does not fit is a 400 that names the field.

import type { Env, MiddlewareHandler } from 'hono';
import { validator } from 'hono/validator';
import * as v from 'valibot';
import { type Moment, type MomentOptions, readMoment, TIME_RULE } from '../../config/times.ts';
import { readDuration, wholeMs } from '../../config/values.ts';
import { badRequest } from '../answers/problem.ts';

type Target = 'query' | 'json';

/** Carries the schema's types, so that Hono's typed client knows what a route takes. */
type Valid<T extends Target, S extends v.GenericSchema> = MiddlewareHandler<
  Env,
  string,
  { in: Record<T, v.InferInput<S>>; out: Record<T, v.InferOutput<S>> }
>;

const MAX_ISSUES = 3;
/** Of what somebody sent: a sentence about it need not be as long. */
const MAX_DETAIL = 500;

/** A parameter is named by its name alone, a field of a body by its whole path. */
const describe = (issue: v.BaseIssue<unknown>, target: Target): string => {
  const path = target === 'query' ? issue.path?.[0].key : v.getDotPath(issue);
  return path === null || path === undefined ? issue.message : `\`${path}\` ${issue.message}`;
};

export const valid = <T extends Target, S extends v.GenericSchema>(target: T, schema: S) =>
  validator(target, (input: unknown) => {
    const result = v.safeParse(schema, input);
    if (result.success) return result.output;
    const sentences = result.issues
      .slice(0, MAX_ISSUES)
      .map((issue) => describe(issue, target))
      .join('; ')
      .slice(0, MAX_DETAIL);
    throw badRequest(`invalid_${target === 'json' ? 'body' : target}`, `${sentences}.`);
  }) as unknown as Valid<T, S>;

/** A misspelt name is refused, not ignored: it would silently answer another question. */
export const exactly = <E extends v.ObjectEntries>(entries: E) =>
  v.strictObject(entries, (issue) =>
    issue.expected === 'never'
      ? `is unknown; known here: ${Object.keys(entries).join(', ')}`
      : issue.expected === 'Object'
        ? `must be an object, not ${issue.received}`
        : 'is required',
  );

/** `?a=x&a=y` and `?a=x,y` alike; empty parts are refused. */
export const list = v.pipe(
  v.union([v.string(), v.array(v.string())]),
  v.transform((given) => (Array.isArray(given) ? given : [given]).flatMap((x) => x.split(','))),
  // Counted before anything is done with each of them.
  v.maxLength(100, 'takes 100 values at most'),
  v.array(v.pipe(v.string(), v.trim(), v.minLength(1, 'must not be empty'))),
);

/** One value; a repeated parameter would leave open which one counts. */
export const single = v.string('must be given once');

/** Of a parameter: a time or a span. */
export const moment = v.pipe(single, toMoment<string>());

/** The same of a body, where numbers may be numbers. */
export const bodyMoment = (options?: MomentOptions) =>
  v.pipe(v.union([v.string(), v.number()], TIME_RULE), toMoment<string | number>(options));

function toMoment<Given extends string | number>(options?: MomentOptions) {
  return v.rawTransform<Given, Moment>(({ dataset, addIssue, NEVER }) => {
    const read = readMoment(dataset.value, options);
    if (!('fault' in read)) return read;
    addIssue({ message: read.fault });
    return NEVER;
  });
}

/** Of a parameter, in ms. */
export const span = (rule: string, minMs: number, maxMs: number) =>
  v.pipe(
    single,
    v.transform((text) => wholeMs(readDuration(text))),
    v.number(rule),
    v.minValue(minMs, rule),
    v.maxValue(maxMs, rule),
  );
