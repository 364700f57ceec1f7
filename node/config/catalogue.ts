// The list of settings, read off the schema: what flags, variables, help, documents and the check
// for unknown names are made from.

import type * as v from 'valibot';
import { getDescription } from 'valibot';
import { SETTING_ENTRIES } from './schema.ts';
import { factsOf } from './setting.ts';
import { OVERRIDE_ENTRIES } from './sources/overrides.ts';
import type { Shape } from './values.ts';

export interface Setting {
  /** As a file nests it. */
  readonly path: readonly string[];
  /** The path with dots, such as `storage.url`. */
  readonly name: string;
  /** Variables that set it, the stronger first. */
  readonly variables: readonly string[];
  /** Without dashes. */
  readonly flag: string;
  readonly shape: Shape;
  readonly placeholder: string;
  /** What the setting is for. */
  readonly about: string;
  /** Which values it takes. */
  readonly rule: string;
  /** As a person would write or say it. */
  readonly fallback: string;
  readonly isSecret: boolean;
}

type Entries = Readonly<Record<string, v.OptionalSchema<v.GenericSchema, unknown>>>;

const hasEntries = (schema: v.GenericSchema): schema is v.GenericSchema & { entries: Entries } =>
  'entries' in schema;

function listSettings(entries: Entries, parents: readonly string[]): Setting[] {
  return Object.entries(entries).flatMap(([key, schema]) => {
    const path = [...parents, key];
    if (hasEntries(schema.wrapped)) return listSettings(schema.wrapped.entries, path);
    const facts = factsOf(schema.wrapped);
    const name = path.join('.');
    const own = `PRIOMON_${path.join('_').toUpperCase()}`;
    return {
      ...{ path, name },
      variables: facts.alias === undefined ? [own] : [own, facts.alias],
      flag: facts.flag ?? path.join('-').replaceAll('_', '-'),
      ...{ shape: facts.shape, placeholder: facts.placeholder, rule: facts.rule },
      about: getDescription(schema.wrapped) ?? '',
      fallback: facts.otherwise ?? String(schema.default ?? ''),
      isSecret: facts.isSecret === true,
    };
  });
}

export const SETTINGS: readonly Setting[] = listSettings(SETTING_ENTRIES as Entries, []);

const byName = new Map(SETTINGS.map((setting) => [setting.name, setting]));

/** Undefined for groups, and for what lies inside a value. */
export const settingNamed = (name: string): Setting | undefined => byName.get(name);

/** What may stand under a path: names, any metric's name, or a value that is not looked into. */
export type Inside =
  | { readonly kind: 'names'; readonly names: readonly string[] }
  | 'metrics'
  | 'value';

export function insideOf(path: readonly string[]): Inside {
  if (path[0] === 'metrics') {
    if (path.length === 1) return 'metrics';
    return path.length === 2 ? { kind: 'names', names: Object.keys(OVERRIDE_ENTRIES) } : 'value';
  }
  if (byName.has(path.join('.'))) return 'value';
  const inside = SETTINGS.filter(({ path: other }) => path.every((key, at) => other[at] === key));
  const names = inside.flatMap(({ path: other }) => other[path.length] ?? []);
  return { kind: 'names', names: [...new Set(names)] };
}
