// Unknown settings are faults of the writer, told with the nearest name there is; a setting that
// nobody reads must not look as if it worked.

import { insideOf, SETTINGS } from './catalogue.ts';
import { STANDARD_METRICS } from './metrics.ts';
import { hint, nearestName } from './nearest.ts';
import type { Problem } from './problem.ts';
import { isTree, type Layer, originOf, type Tree } from './sources/layer.ts';
import { METRIC_NAME, OVERRIDE_ENTRIES } from './sources/overrides.ts';

/** Names that objects of JavaScript have for themselves. */
const RESERVED = ['__proto__', 'constructor', 'prototype'];

/** The layer without its unknown settings, and a problem for each of them. */
export function refuseUnknown(layer: Layer): { layer: Layer; problems: Problem[] } {
  const problems: Problem[] = [];
  const values = keepKnown(layer, layer.values, [], problems);
  return { layer: { ...layer, values }, problems };
}

function keepKnown(
  layer: Layer,
  tree: Tree,
  parents: readonly string[],
  problems: Problem[],
): Tree {
  const inside = insideOf(parents);
  const kept: [string, unknown][] = [];
  for (const [key, value] of Object.entries(tree)) {
    const path = [...parents, key];
    const problem = nameProblem(key, inside, originOf(layer.origins, path), path.join('.'));
    if (problem) problems.push(problem);
    else if (insideOf(path) === 'value') kept.push([key, value]);
    // `storage:` with nothing under it sets nothing.
    else if (value !== null)
      kept.push([key, isTree(value) ? keepKnown(layer, value, path, problems) : value]);
  }
  return Object.fromEntries(kept);
}

function nameProblem(
  key: string,
  inside: ReturnType<typeof insideOf>,
  where: string,
  setting: string,
): Problem | undefined {
  const say = (message: string): Problem => ({ setting, where, message });
  const place = where === '' ? '' : ` (${where})`;
  if (inside === 'metrics') {
    if (METRIC_NAME.test(key) && !RESERVED.includes(key)) return undefined;
    const rule = 'a letter or _ first, then at most 63 letters, digits or _ : . -';
    return say(`${setting}${place} is no name that a metric can have; use ${rule}.`);
  }
  if (inside === 'value' || inside.names.includes(key)) return undefined;
  return say(`Unknown setting ${setting}${place}${nameHint(setting, key, inside.names)}`);
}

/** By its last part: settings that are often written outside their group. */
const GROUPED = new Map<string, string>([
  ...SETTINGS.filter(({ path }) => path.length > 1).map(
    ({ path, name }) => [path.at(-1) ?? '', name] as const,
  ),
  ...Object.keys(OVERRIDE_ENTRIES).map((key) => [key, `metrics.NAME.${key}`] as const),
  ...STANDARD_METRICS.map(({ name }) => [name, `metrics.${name}`] as const),
]);

function nameHint(setting: string, key: string, names: readonly string[]): string {
  const beside = nearestName(key, names);
  const parent = setting.slice(0, -key.length);
  if (beside !== undefined) return `: did you mean ${parent}${beside}?`;
  const grouped = parent === '' ? nearestName(key, [...GROUPED.keys()]) : undefined;
  return grouped ? `: did you mean ${GROUPED.get(grouped)}?` : hint(key, names);
}

/** A note for each configured metric that looks like a mistyped standard one. */
export function doubtfulMetrics(names: readonly string[]): string[] {
  const standard = STANDARD_METRICS.map(({ name }) => name);
  return names.flatMap((name) => {
    const near = standard.includes(name) ? undefined : nearestName(name, standard);
    return near ? [`metrics.${name} is no standard metric; if ${near} was meant, rename it.`] : [];
  });
}
