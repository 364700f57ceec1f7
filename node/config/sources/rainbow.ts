// The RAINBOW agent's YAML: its id, periods and metric groups become settings of a node; what has
// no counterpart here is told, never skipped in silence.

import { hint } from '../nearest.ts';
import { broken, type Problem } from '../problem.ts';
import type { FileReading } from './ini.ts';
import { createLayer, isTree, type Layer, originOf, type Tree } from './layer.ts';

/** The README writes hyphens, the agent's own code underscores; both are read. */
const plainKey = (key: string): string => key.toLowerCase().replaceAll('_', '-');

const TOP_KEYS = ['node_id', 'sensing-units', 'dissemination-units', 'adaptivity'];
const PERIOD_KEYS = ['periodicity', 'minimum_periodicity', 'maximum_periodicity'];
const HOST_UNIT_KEYS = [...PERIOD_KEYS, 'disabled-metric-groups', 'metric-groups'];
const REST_KEYS = ['port', 'path', 'hostname'];

/**
 * Units that are told and no more, whatever they hold: the README's names, and those of the agent's
 * own code, which also takes other keys in them.
 */
const POSTED = 'applications send theirs with POST /metrics here.';
const KEPT = 'the node keeps history itself, or at storage.url.';
const UNMET_SENSING = new Map([
  ['UserDefinedMetrics', POSTED],
  ['FileUserDefinedMetrics', `files are not read; ${POSTED}`],
  ['WebUserDefinedMetrics', `pages are not asked; ${POSTED}`],
  ['ContainerMetrics', 'single containers are not measured; run a node in each to watch it.'],
]);
const UNMET_EXPORTERS = new Map([
  ['RAINBOWStorage', KEPT],
  ['IgniteExporter', KEPT],
  ['KafkaExporter', 'nothing is sent to Kafka; ask GET /state or GET /history.'],
  ['APIcallExporter', 'no other service is called; let it ask GET /state.'],
]);
/** The README's name, and the code's. */
const REST_NAMES = ['RestAPI', 'RestAPIExporter'];

const SENSING_KEYS = ['general-periodicity', 'DefaultMonitoring', ...UNMET_SENSING.keys()];
const EXPORTER_KEYS = [...REST_NAMES, ...UNMET_EXPORTERS.keys()];

/** RAINBOW's metric groups: the probe that measures them here, and its metric. */
const GROUPS = new Map([
  ['cpu', { probe: 'cpu', metric: 'cpu' }],
  ['memory', { probe: 'memory', metric: 'memory' }],
  ['disk', { probe: 'storage', metric: 'storage' }],
  ['storage', { probe: 'storage', metric: 'storage' }],
  ['network', { probe: 'network', metric: 'network' }],
  ['swap', { probe: 'swap', metric: 'swap' }],
  ['load', { probe: 'load', metric: 'load1' }],
]);

export const isRainbow = (values: Tree): boolean =>
  Object.keys(values).some((key) =>
    ['sensing-units', 'dissemination-units'].includes(plainKey(key)),
  );

interface Place {
  readonly value: unknown;
  readonly path: readonly string[];
}

/** One reading under way. */
interface Reader {
  readonly notes: string[];
  set(path: readonly string[], from: Place): void;
  refuse(from: Place, rule: string): void;
  /** The group's members by plain key; unknown ones are problems. */
  members(from: Place, known: readonly string[]): Map<string, Place>;
  /** The known group a name stands for. */
  group(from: Place): { readonly probe: string; readonly metric: string } | undefined;
}

export function readRainbow(name: string, file: Layer): FileReading {
  const layer = createLayer();
  const problems: Problem[] = [];
  const reader = createReader(file, layer.set, problems);
  const top = reader.members({ value: file.values, path: [] }, TOP_KEYS);
  const id = top.get('node-id');
  if (id) reader.set(['id'], id);
  readSensing(reader, top.get('sensing-units'));
  readExporters(reader, top.get('dissemination-units'));
  if (top.has('adaptivity'))
    reader.notes.push('adaptivity has no counterpart; rounds adapt up to max_round instead.');
  const notes = reader.notes.map((note) => `${name}: ${note}`);
  return { layer: layer.done(), problems, notes };
}

function createReader(
  file: Layer,
  set: ReturnType<typeof createLayer>['set'],
  problems: Problem[],
): Reader {
  const whereOf = (path: readonly string[]) => originOf(file.origins, path);
  const say = (path: readonly string[], message: string) =>
    problems.push({ setting: path.join('.'), where: whereOf(path), message });
  const refuse = ({ value, path }: Place, rule: string): void => {
    problems.push(broken(path.join('.'), { value, where: whereOf(path) }, rule));
  };
  return {
    notes: [],
    set: (path, from) => set(path, from.value, `${whereOf(from.path)}, as ${from.path.at(-1)}`),
    refuse,
    members(from, known) {
      const members = new Map<string, Place>();
      if (!isTree(from.value)) {
        refuse(from, `must be a group with ${known.join(', ')}`);
        return members;
      }
      for (const [key, value] of Object.entries(from.value)) {
        const path = [...from.path, key];
        const isKnown = known.some((candidate) => plainKey(candidate) === plainKey(key));
        if (isKnown) members.set(plainKey(key), { value, path });
        else say(path, `Unknown setting ${path.join('.')} (${whereOf(path)})${hint(key, known)}`);
      }
      return members;
    },
    group(from) {
      const group =
        typeof from.value === 'string' ? GROUPS.get(from.value.toLowerCase()) : undefined;
      if (!group) refuse(from, `must be one of ${[...GROUPS.keys()].join(', ')}`);
      return group;
    },
  };
}

function readSensing(reader: Reader, from: Place | undefined): void {
  if (!from) return;
  const units = reader.members(from, SENSING_KEYS);
  const general = units.get('general-periodicity');
  if (general) reader.set(['sample'], general);
  const host = units.get('defaultmonitoring');
  if (host) readHostUnit(reader, host);
  noteUnmet(reader, units, UNMET_SENSING);
}

function noteUnmet(
  { notes }: Reader,
  units: ReadonlyMap<string, Place>,
  unmet: ReadonlyMap<string, string>,
): void {
  for (const [name, why] of unmet) if (units.has(plainKey(name))) notes.push(`${name}: ${why}`);
}

function readHostUnit(reader: Reader, from: Place): void {
  const unit = reader.members(from, HOST_UNIT_KEYS);
  setPeriod(reader, unit, ['sample']);
  for (const item of itemsOf(reader, unit.get('metric-groups'))) {
    const settings = reader.members(item, ['name', ...PERIOD_KEYS]);
    const group = reader.group(
      settings.get('name') ?? { value: null, path: [...item.path, 'name'] },
    );
    if (group) setPeriod(reader, settings, ['metrics', group.metric, 'every']);
  }
  const disabled = unit.get('disabled-metric-groups');
  const probes = itemsOf(reader, disabled).flatMap((item) => reader.group(item)?.probe ?? []);
  if (disabled && probes.length > 0) reader.set(['disabled'], { ...disabled, value: probes });
}

/** `adaptive` is only a word in the original: the shortest period given is used, and told. */
function setPeriod(reader: Reader, unit: Map<string, Place>, target: readonly string[]): void {
  const period = unit.get('periodicity');
  const isAdaptive = period?.value === 'adaptive';
  const used = isAdaptive ? unit.get('minimum-periodicity') : period;
  if (used) reader.set(target, used);
  if (isAdaptive)
    reader.notes.push(
      'periodicity adaptive: sampling is fixed here, at the minimum if one is given.',
    );
}

function itemsOf(reader: Reader, from: Place | undefined): Place[] {
  if (!from || from.value === null) return [];
  if (Array.isArray(from.value))
    return from.value.map((value, index) => ({ value, path: [...from.path, String(index)] }));
  reader.refuse(from, 'must be a list, one "- item" a line');
  return [];
}

function readExporters(reader: Reader, from: Place | undefined): void {
  if (!from) return;
  const units = reader.members(from, EXPORTER_KEYS);
  for (const name of REST_NAMES) {
    const rest = units.get(plainKey(name));
    const keys = rest ? reader.members(rest, REST_KEYS) : new Map<string, Place>();
    const port = keys.get('port');
    if (port) reader.set(['port'], port);
    if (keys.has('path')) reader.notes.push(`${name} path: answers are at /state here.`);
    if (keys.has('hostname'))
      reader.notes.push(`${name} hostname: set listen and advertise instead.`);
  }
  noteUnmet(reader, units, UNMET_EXPORTERS);
}
