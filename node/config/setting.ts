// How a setting is declared: a value, what it means, and its default; and how to read that back.

import * as v from 'valibot';
import type { ValueFacts, ValueSchema } from './values.ts';

export interface Extra {
  /** Flag without dashes; by default the setting's name in kebab case. */
  readonly flag?: string;
  /** A variable that is honoured beside `PRIOMON_…`, which wins. */
  readonly alias?: string;
  /** Never shown in a message. */
  readonly isSecret?: boolean;
  /** What holds when the setting is absent and there is no plain default. */
  readonly otherwise?: string;
}

/** What documents, help and the readers of flags and variables need to know of a setting. */
export type SettingFacts = ValueFacts & Extra;

/** A setting that may be absent. */
export const maybe = <T>(schema: ValueSchema<T>, about: string, extra: Extra = {}) =>
  v.optional(v.pipe(schema, v.description(about), v.metadata({ ...extra })));

/** A setting with a default, given as a file would write it. */
export const setting = <T>(
  schema: ValueSchema<T>,
  fallback: string | number | boolean,
  about: string,
  extra: Extra = {},
) => v.optional(v.pipe(schema, v.description(about), v.metadata({ ...extra })), fallback);

/** The facts of a declared setting's schema. */
export const factsOf = (schema: v.GenericSchema): SettingFacts =>
  v.getMetadata(schema) as unknown as SettingFacts;
