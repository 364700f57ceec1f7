// PrioMon's config.ini: its sections become settings of a node, and values for experiments.

import * as v from 'valibot';
import { EXPERIMENT_KEYS, type ExperimentSettings, isExperimentKey } from '../experiment.ts';
import { hint } from '../nearest.ts';
import { broken, type Problem } from '../problem.ts';
import { toggle } from '../values.ts';
import { inherit } from './ini-inherited.ts';
import { DEFAULT_SECTION, type IniEntry, readIniLines, twice } from './ini-lines.ts';
import { createLayer, type Layer } from './layer.ts';

export interface FileReading {
  readonly layer: Layer;
  readonly problems: readonly Problem[];
  /** Sentences a command prints once: what is read in another way than its writer may think. */
  readonly notes: readonly string[];
  readonly experiment?: ExperimentSettings;
  /** By the key of an INI: where it was written. */
  readonly lines?: ReadonlyMap<string, string>;
}

const METRICS = ['cpu', 'memory', 'network', 'storage'] as const;

/** Keys by section, both in lower case, as Python's configparser has keys. */
const SECTION_KEYS = new Map([
  [
    'priomonparam',
    [
      ...['node_range', 'target_count', 'gossip_rate', 'gossip_rate_range', 'target_count_range'],
      ...['runs', 'continue_after_convergence', 'push_mode', 'client_port'],
    ],
  ],
  [
    'system_setting',
    [
      ...['query_logic', 'failure_rate', 'docker_ip', 'is_send_data_back'],
      ...['debug_mode', 'log_level'],
    ],
  ],
  ['metricpriorities', METRICS.map((metric) => `${metric}_priority`)],
  ['metricdeltas', METRICS.map((metric) => `${metric}_delta`)],
  ['database', ['db_file']],
]);

const SECTION_NAMES = [
  'PrioMonParam',
  'system_setting',
  'MetricPriorities',
  'MetricDeltas',
  'database',
];

/** DEMon is the ancestor whose files have the same keys. */
const DEMON_SECTION = 'demonparam';

/** Python's names of levels that are not ours. */
const LOG_LEVELS = new Map<string, string>([
  ...[['critical', 'error'] as const, ['fatal', 'error'] as const],
  ...[['warning', 'warn'] as const, ['notset', 'debug'] as const],
]);

export const PRIORITY_NOTE =
  'a higher priority is more important, as its README says; in the original program the number ' +
  'was a period in rounds, where 1 was told most often.';

export function readIni(name: string, text: string): FileReading {
  const lines = readIniLines(name, text);
  const inherited = inherit(lines, keysOf);
  const known = keepKnown(inherited.entries);
  const entries = known.entries.filter(({ key, value }) => value !== '' || !MAY_BE_EMPTY.has(key));
  const problems = [
    ...[...lines.problems, ...inherited.problems, ...known.problems],
    ...inherited.unused.map(unusedDefault),
  ];
  const layer = createLayer();
  const experiment: Record<string, unknown> = {};
  const hasLevel = entries.some(({ key }) => key === 'log_level');
  for (const entry of entries) {
    if (isExperimentKey(entry.key)) {
      const { field, schema } = EXPERIMENT_KEYS[entry.key];
      const result = v.safeParse<v.GenericSchema>(schema, withoutBrackets(entry.value));
      if (result.success) experiment[field] = result.output;
      else problems.push(broken(entry.key, entry, result.issues[0].message));
    } else if (entry.key === 'debug_mode') {
      const result = v.safeParse(toggle(), entry.value);
      if (!result.success) problems.push(broken(entry.key, entry, result.issues[0].message));
      else if (result.output && !hasLevel) layer.set(['log_level'], 'debug', entry.where);
    } else apply(entry, layer.set);
  }
  const places = new Map(entries.map(({ key, where }) => [key, where]));
  const notes = notesFor(name, entries);
  return { layer: layer.done(), problems, notes, experiment, lines: places };
}

/** Where a node's own settings go; units are added where the INI leaves them out. */
function apply({ key, value, where }: IniEntry, set: ReturnType<typeof createLayer>['set']): void {
  const as = `${where}, as ${key}`;
  const [, metric, what] = /^(\w+)_(priority|delta)$/.exec(key) ?? [];
  if (metric !== undefined && what !== undefined) {
    // The original compares network values by percent, the other three by percentage points.
    const isPercent = what === 'delta' && metric === 'network' && !value.endsWith('%');
    set(['metrics', metric, what], isPercent ? `${value}%` : value, as);
  } else if (key === 'gossip_rate') set(['round'], value, as);
  else if (key === 'target_count') set(['target_count'], value, where);
  else if (key === 'log_level') {
    set(['log_level'], LOG_LEVELS.get(value.toLowerCase()) ?? value, where);
  }
}

function notesFor(name: string, entries: readonly IniEntry[]): string[] {
  const notes: string[] = [];
  if (entries.some(({ key }) => key.endsWith('_priority'))) notes.push(`${name}: ${PRIORITY_NOTE}`);
  const keys = entries.map(({ key }) => key).filter(isExperimentKey);
  const ignored = keys.filter((key) => key !== 'client_port');
  if (keys.includes('client_port'))
    notes.push(`${name}: client_port is the base port of local nodes; node i listens i above it.`);
  if (ignored.length > 0)
    notes.push(`${name}: only experiments read ${ignored.join(', ')}; a node ignores them.`);
  return notes;
}

/** Empty is as good as absent to the original, which then asks nodes at their own addresses. */
const MAY_BE_EMPTY = new Set(['docker_ip']);

const keysOf = (section: string): readonly string[] | undefined => {
  const plain = section.toLowerCase();
  return SECTION_KEYS.get(plain === DEMON_SECTION ? 'priomonparam' : plain);
};

/** A setting that nobody reads must not look as if it worked. */
function unusedDefault({ key, where }: IniEntry): Problem {
  const owner = SECTION_NAMES.find((name) => keysOf(name)?.includes(key));
  const names = [...SECTION_KEYS.values()].flat();
  const message =
    owner === undefined
      ? `Unknown setting ${key} (${where})${hint(key, names)}`
      : `${key} (${where}) is in [${DEFAULT_SECTION}], but no section takes it; ` +
        `put it into [${owner}].`;
  return { setting: key, where, message };
}

/** Keys this reader has a use for, each once; the others as problems. */
function keepKnown(given: readonly IniEntry[]): { entries: IniEntry[]; problems: Problem[] } {
  const problems: Problem[] = [];
  const kept = new Map<string, IniEntry>();
  const refused = new Set<string>();
  for (const entry of given) {
    const { section, key, where } = entry;
    const say = (message: string) => problems.push({ setting: key, where, message });
    const known = keysOf(section.name);
    const earlier = kept.get(key);
    if (!known) {
      // One sentence for a section, not one for each of its keys.
      if (!refused.has(section.where)) {
        const end = hint(section.name, [...SECTION_NAMES, DEFAULT_SECTION]);
        say(`Unknown section [${section.name}] (${section.where})${end}`);
      }
      refused.add(section.where);
    } else if (!known.includes(key)) say(`Unknown setting ${key} (${where})${hint(key, known)}`);
    else if (earlier && earlier.where !== where) say(twice(key, earlier.where, where));
    else kept.set(key, entry);
  }
  return { entries: [...kept.values()], problems };
}

/** `[10, 50]` and `10` alike, over several lines too. */
const withoutBrackets = (value: string): string => /^\[(.*)\]$/s.exec(value)?.[1] ?? value;
