// The list of an experiment's settings, read off its schema, and what is made of it: flags, hints
// about unknown names, and a layer from what stands on a command line.

import * as v from 'valibot';
import type { Setting } from '../../config/catalogue.ts';
import { hint, nearestName } from '../../config/nearest.ts';
import type { Problem } from '../../config/problem.ts';
import { factsOf } from '../../config/setting.ts';
import type { FlagValues } from '../../config/sources/environment.ts';
import {
  createLayer,
  isTree,
  type Layer,
  originOf,
  type Tree,
} from '../../config/sources/layer.ts';
import { METRIC_NAME } from '../../config/sources/overrides.ts';
import { METRIC_ENTRIES } from './metric-sets.ts';
import { EXPERIMENT_ENTRIES } from './schema.ts';

type Entries = Readonly<Record<string, v.OptionalSchema<v.GenericSchema, unknown>>>;

const hasEntries = (schema: v.GenericSchema): schema is v.GenericSchema & { entries: Entries } =>
  'entries' in schema;

/** Settings of the protocol are called as those of a node are. */
const flagOf = (path: readonly string[]): string =>
  path
    .slice(path[0] === 'protocol' ? 1 : 0)
    .join('-')
    .replaceAll('_', '-');

function listSettings(entries: Entries, parents: readonly string[]): Setting[] {
  return Object.entries(entries).flatMap(([key, schema]) => {
    const path = [...parents, key];
    if (hasEntries(schema.wrapped)) return listSettings(schema.wrapped.entries, path);
    const { shape, placeholder, rule, otherwise } = factsOf(schema.wrapped);
    return {
      ...{ path, name: path.join('.'), flag: flagOf(path), shape, placeholder, rule },
      about: v.getDescription(schema.wrapped) ?? '',
      fallback: otherwise ?? String(schema.default ?? ''),
      variables: [],
      isSecret: false,
    };
  });
}

export const EXPERIMENT_SETTINGS: readonly Setting[] = listSettings(
  EXPERIMENT_ENTRIES as Entries,
  [],
);

/** Texts for people, and groups by name, are a file's alone. */
const FILE_ONLY = ['title', 'description', 'questions', 'metric_sets'];

/** What a command line may change of a file, or say without one. */
export const EXPERIMENT_FLAGS: readonly Setting[] = EXPERIMENT_SETTINGS.filter(
  ({ name }) => !FILE_ONLY.includes(name),
);

/** By setting name, as `failure.rate`, with the text that stood behind its flag. */
export function layerOfFlags(flags: FlagValues): Layer {
  const layer = createLayer();
  for (const { name, path, flag } of EXPERIMENT_FLAGS) {
    const given = flags[name];
    if (given !== undefined) layer.set(path, given, `--${flag}`);
  }
  return layer.done();
}

/** Another word for `round`, from PrioMon's INI. */
const ROUND_ALIAS = 'gossip_rate';

/** Names that objects of JavaScript have for themselves. */
const RESERVED = ['__proto__', 'constructor', 'prototype'];
const MAX_NAME = 64;

/** Where settings stand that are often written elsewhere: by their last part, or as flags are. */
const ELSEWHERE = new Map<string, string>([
  ...EXPERIMENT_SETTINGS.filter(({ path }) => path.length > 1).flatMap(({ path, name }) => [
    [path.at(-1) ?? '', name] as const,
    [path.join('_'), name] as const,
  ]),
  ['metrics', 'metric_sets.NAME'],
  ['max_round', 'rounds'],
  ['node', 'nodes'],
  ['node_range', 'nodes'],
  ['gossip_rate_range', 'round'],
  ['target_count_range', 'target_count'],
  ['continue_after_convergence', 'measure'],
]);

const isGroup = (name: string): boolean =>
  EXPERIMENT_SETTINGS.some(({ path }) => path.length > 1 && path[0] === name);

/** The names under a path; a pattern's meaning for those that the writer chooses. */
function namesUnder(path: readonly string[]): readonly string[] | 'set' | 'metric' | undefined {
  if (path.length === 0) {
    const names = EXPERIMENT_SETTINGS.map((setting) => setting.path[0] ?? '');
    return [...new Set([...names, ROUND_ALIAS])];
  }
  if (path[0] === 'metric_sets')
    return (['set', 'metric', Object.keys(METRIC_ENTRIES)] as const)[path.length - 1];
  if (path.length > 1 || !isGroup(path[0] ?? '')) return undefined;
  return EXPERIMENT_SETTINGS.flatMap((setting) =>
    setting.path[0] === path[0] ? (setting.path[1] ?? []) : [],
  );
}

/** The layer without its unknown settings and empty groups, and a problem for each unknown. */
export function keepKnown(layer: Layer): { layer: Layer; problems: Problem[] } {
  const problems: Problem[] = [];
  const walk = (tree: Tree, parents: readonly string[]): Tree => {
    const names = namesUnder(parents);
    if (names === undefined) return tree;
    const kept = Object.entries(tree).flatMap(([key, value]): [string, unknown][] => {
      const path = [...parents, key];
      const message = faultOf(key, names, parents, originOf(layer.origins, path));
      if (message !== undefined) {
        const where = originOf(layer.origins, path);
        problems.push({ setting: path.join('.'), where, message });
        return [];
      }
      if (isTree(value)) return [[key, walk(value, path)]];
      // A set with nothing under it is the standard one; other empty groups set nothing.
      if (value !== null || namesUnder(path) === undefined) return [[key, value]];
      return names === 'set' ? [[key, {}]] : [];
    });
    return Object.fromEntries(kept);
  };
  const values = walk(layer.values, []);
  return { layer: withRound({ ...layer, values }, problems), problems };
}

function faultOf(
  key: string,
  names: readonly string[] | 'set' | 'metric',
  parents: readonly string[],
  where: string,
): string | undefined {
  const name = [...parents, key].join('.');
  const place = where === '' ? '' : ` (${where})`;
  if (names === 'set') {
    if (key !== '' && key.length <= MAX_NAME && !RESERVED.includes(key)) return undefined;
    return `${name}${place} is no name that a set can have; use 1 to ${MAX_NAME} characters.`;
  }
  if (names === 'metric') {
    if (METRIC_NAME.test(key) && !RESERVED.includes(key)) return undefined;
    const rule = 'a letter or _ first, then at most 63 letters, digits or _ : . -';
    return `${name}${place} is no name that a metric can have; use ${rule}.`;
  }
  if (names.includes(key)) return undefined;
  return `Unknown setting ${name}${place}${nameHint(key, names, parents)}`;
}

function nameHint(key: string, names: readonly string[], parents: readonly string[]): string {
  const prefix = parents.map((parent) => `${parent}.`).join('');
  const exact = parents.length === 0 ? ELSEWHERE.get(key) : undefined;
  if (exact !== undefined) return `: did you mean ${exact}?`;
  const beside = nearestName(key, names);
  if (beside !== undefined) return `: did you mean ${prefix}${beside}?`;
  const elsewhere = parents.length === 0 ? nearestName(key, [...ELSEWHERE.keys()]) : undefined;
  return elsewhere ? `: did you mean ${ELSEWHERE.get(elsewhere)}?` : hint(key, names);
}

/** `gossip_rate` becomes `round`, and messages about it name both. */
function withRound({ values, origins }: Layer, problems: Problem[]): Layer {
  const { [ROUND_ALIAS]: alias, ...others } = values;
  if (alias === undefined) return { values, origins };
  const where = origins.get(ROUND_ALIAS) ?? '';
  if ('round' in values) {
    const both = `${origins.get('round')}, ${where}`;
    const message = `round is also given as ${ROUND_ALIAS} (${both}); keep one.`;
    problems.push({ setting: ROUND_ALIAS, where, message });
    return { values: others, origins };
  }
  const renamed = [...origins].map(([path, place]): [string, string] => {
    const [first, ...rest] = path.split('.');
    if (first !== ROUND_ALIAS) return [path, place];
    return [['round', ...rest].join('.'), `${place}, as ${ROUND_ALIAS}`];
  });
  return { values: { ...others, round: alias }, origins: new Map(renamed) };
}
