// What configparser makes of an INI's entries: those of [DEFAULT] hold in every other section that
// has none of its own, and %(name)s in a value stands for the value of another entry.

import type { Problem } from '../problem.ts';
import { DEFAULT_SECTION, type IniEntry, type IniLines } from './ini-lines.ts';

export interface Inherited {
  /** Without [DEFAULT]: what it holds stands in the sections that take it. */
  readonly entries: readonly IniEntry[];
  readonly problems: readonly Problem[];
  /** Entries of [DEFAULT] that no section could take, and no value names. */
  readonly unused: readonly IniEntry[];
}

/** References may multiply: what they make must stay a value. */
const MAX_LENGTH = 1_000;

/** `keysOf` tells the keys that a section takes; undefined for a section that is unknown. */
export function inherit(
  { sections, entries: given }: IniLines,
  keysOf: (section: string) => readonly string[] | undefined,
): Inherited {
  const bySection = Map.groupBy(given, ({ section }) => section);
  const defaults = given.filter(({ section }) => section.name === DEFAULT_SECTION);
  const defaultsByKey = byKey(defaults);
  const used = new Set<IniEntry>();
  const problems: Problem[] = [];
  const entries = sections.flatMap((section) => {
    const own = bySection.get(section) ?? [];
    const ownByKey = byKey(own);
    const taken = (keysOf(section.name) ?? []).flatMap((key) => defaultsByKey.get(key) ?? []);
    for (const entry of taken) used.add(entry);
    const inherited = taken.filter(({ key }) => !ownByKey.has(key));
    const find = (key: string) => ownByKey.get(key) ?? defaultsByKey.get(key);
    const resolve = createResolver(find, used);
    return [...own, ...inherited.map((entry) => ({ ...entry, section }))].map((entry) => {
      const value = resolve(entry);
      if (value === undefined) problems.push(unresolved(entry));
      return { ...entry, value: value ?? entry.value };
    });
  });
  return { entries, problems, unused: defaults.filter((entry) => !used.has(entry)) };
}

const byKey = (entries: readonly IniEntry[]) => new Map(entries.map((entry) => [entry.key, entry]));

/**
 * The value of an entry; undefined where a name is not there, leads to itself, or becomes too much.
 * `%%` is a percent sign; another one, which Python refuses, means what it says, as in `15%`.
 */
function createResolver(find: (key: string) => IniEntry | undefined, used: Set<IniEntry>) {
  // Undefined too for what is being resolved: a name that leads to itself finds nothing.
  const known = new Map<string, string | undefined>();
  const named = (key: string): string | undefined => {
    const entry = find(key);
    if (entry === undefined || known.has(key)) return known.get(key);
    known.set(key, undefined);
    used.add(entry);
    known.set(key, resolve(entry));
    return known.get(key);
  };
  const resolve = ({ value }: IniEntry): string | undefined => {
    let isSound = true;
    const resolved = value.replace(/%%|%\(([^)]+)\)s/g, (_, name?: string) => {
      if (name === undefined) return '%';
      const text = named(name.toLowerCase());
      isSound &&= text !== undefined && text.length <= MAX_LENGTH;
      return isSound ? (text ?? '') : '';
    });
    return isSound ? resolved : undefined;
  };
  return resolve;
}

const unresolved = ({ key, where, value }: IniEntry): Problem => ({
  setting: key,
  where,
  message:
    `${key} is ${JSON.stringify(value)} (${where}), but each %(name)s in it must name another ` +
    'setting of its section or of [DEFAULT].',
});
