// PrioMon's config.ini as an experiment: its values under our names, so that one schema and one set
// of checks serve both kinds of file, and sentences about what is read in another way.

import * as v from 'valibot';
import type { EXPERIMENT_KEYS, ExperimentSettings } from '../../config/experiment.ts';
import { broken, type Problem } from '../../config/problem.ts';
import { type FileReading, PRIORITY_NOTE } from '../../config/sources/ini.ts';
import { createLayer, isTree, type Layer, originOf, valueAt } from '../../config/sources/layer.ts';
import { duration, formatDuration, integer, readDuration } from '../../config/values.ts';

/** What the original tries, and how: three random nodes must agree. */
const QUERIES = { count: 100, quorum: 3, tries: 3 };
const SECOND_MS = 1_000;
/** Measured when the INI asks to continue; and else when failures or queries need some time. */
const CONTINUED = { leastMs: 60 * SECOND_MS, rounds: 10 };
const NEEDED = { leastMs: 30 * SECOND_MS, rounds: 10 };
/** Name of the set that an INI's priorities and deltas make. */
const SET = 'ini';

/** One sentence; it holds unless a command line changes the setting it is about. */
export interface IniNote {
  readonly setting: string;
  readonly text: string;
}

export interface IniExperiment {
  readonly layer: Layer;
  readonly problems: readonly Problem[];
  readonly notes: readonly IniNote[];
  /** Where results go unless a command says otherwise. */
  readonly databaseFile?: string;
}

type Set = ReturnType<typeof createLayer>['set'];

/** `reading` is what the INI reader made of a file called `name`. */
export function fromIni(name: string, reading: FileReading): IniExperiment {
  const { experiment = {}, lines = new Map<string, string>(), layer: node } = reading;
  const layer = createLayer();
  const set = (path: string, value: unknown, key: keyof typeof EXPERIMENT_KEYS): void => {
    if (value !== undefined) layer.set(path.split('.'), value, placeOf(lines, key));
  };
  // The original starts a container a node.
  layer.set(['mode'], 'emulate', `${name}, as every INI`);
  set('nodes', experiment.nodeRange, 'node_range');
  set('runs', experiment.runs, 'runs');
  set('base_port', experiment.basePort, 'client_port');
  set('keep_rounds', experiment.isSendDataBack, 'is_send_data_back');
  set('store_samples', experiment.pushMode, 'push_mode');
  set('failure.rate', experiment.failureRate, 'failure_rate');
  if (experiment.queryLogic) set('queries', QUERIES, 'query_logic');
  set('round', experiment.gossipRateRangeMs?.map(formatDuration), 'gossip_rate_range');
  set('target_count', experiment.targetCountRange, 'target_count_range');
  const rounds = experiment.gossipRateRangeMs ?? [readDuration(node.values.round) ?? SECOND_MS];
  const measureMs = measuredTime(experiment, Math.max(...rounds));
  const isAsked = experiment.continueAfterConvergence !== undefined;
  layer.set(
    ['measure'],
    formatDuration(measureMs),
    isAsked ? placeOf(lines, 'continue_after_convergence') : name,
  );
  return {
    problems: [...reading.problems, ...takeNode(node, experiment, layer.set)],
    layer: layer.done(),
    notes: notesFor(name, reading, measureMs),
    ...(experiment.databaseFile !== undefined && { databaseFile: experiment.databaseFile }),
  };
}

const placeOf = (lines: ReadonlyMap<string, string>, key: string): string =>
  `${lines.get(key) ?? ''}, as ${key}`;

/** Settings that a node reads too. A single value yields to a range, but must be sound. */
function takeNode(node: Layer, experiment: ExperimentSettings, set: Set): Problem[] {
  const take = (from: string, to: readonly string[]): void => {
    const value = node.values[from];
    if (value !== undefined) set(to, value, originOf(node.origins, [from]));
  };
  take('log_level', ['log_level']);
  const { metrics } = node.values;
  for (const [metric, settings] of Object.entries(isTree(metrics) ? metrics : {}))
    for (const [key, value] of Object.entries(isTree(settings) ? settings : {}))
      set(
        ['metric_sets', SET, metric, key],
        value,
        originOf(node.origins, ['metrics', metric, key]),
      );
  const pairs = [
    ['round', experiment.gossipRateRangeMs, duration(50, 3_600 * SECOND_MS)],
    ['target_count', experiment.targetCountRange, integer(1, 16)],
  ] as const;
  return pairs.flatMap(([key, range, schema]) => {
    if (range === undefined) take(key, [key]);
    const value = valueAt(node.values, [key]);
    if (range === undefined || value === undefined) return [];
    const result = v.safeParse(schema, value);
    const where = originOf(node.origins, [key]);
    return result.success ? [] : [broken(key, { value, where }, result.issues[0].message)];
  });
}

/** 0 ends a run at convergence. */
function measuredTime(experiment: ExperimentSettings, roundMs: number): number {
  const { continueAfterConvergence, failureRate = 0, queryLogic } = experiment;
  if (!continueAfterConvergence && failureRate === 0 && !queryLogic) return 0;
  const { leastMs, rounds } = continueAfterConvergence ? CONTINUED : NEEDED;
  return Math.max(leastMs, rounds * roundMs);
}

/** What a reader of the INI may expect to be otherwise, each said once. */
function notesFor(name: string, reading: FileReading, measureMs: number): IniNote[] {
  const { experiment = {}, lines = new Map<string, string>() } = reading;
  const { continueAfterConvergence: isContinued = false, isSendDataBack } = experiment;
  const measured = formatDuration(measureMs);
  const hasPriorities = [...lines.keys()].some((key) => key.endsWith('_priority'));
  const notes: readonly (readonly [applies: boolean, setting: string, text: string])[] = [
    [true, 'mode', MODE_NOTE],
    [hasPriorities, '', PRIORITY_NOTE],
    [lines.has('gossip_rate') && lines.has('gossip_rate_range'), 'round', RATE_NOTE],
    [lines.has('target_count') && lines.has('target_count_range'), 'target_count', TARGET_NOTE],
    [lines.has('client_port'), 'base_port', PORT_NOTE],
    [lines.has('docker_ip'), '', 'docker_ip is not needed, for all nodes are on 127.0.0.1.'],
    [isContinued, 'measure', `continue_after_convergence = 1 measures ${measured} after it${ELSE}`],
    [!isContinued && measureMs > 0, 'measure', `${measured} after convergence ${NEED_NOTE}`],
    [experiment.queryLogic === true, '', QUERY_NOTE],
    [experiment.pushMode === true, 'store_samples', PUSH_NOTE],
    [isSendDataBack === false, 'keep_rounds', BACK_NOTE],
  ];
  return notes.flatMap(([applies, setting, text]) =>
    applies ? [{ setting, text: `${name}: ${text}` }] : [],
  );
}

const ELSE = '; --measure changes it.';
const NEED_NOTE = `are measured, for failure_rate and query_logic need them${ELSE}`;
const MODE_NOTE =
  'nodes are real processes on this machine (mode emulate), where the original had containers; ' +
  '--mode simulate takes virtual time instead.';
const RATE_NOTE = 'gossip_rate_range is run, and gossip_rate beside it left out.';
const TARGET_NOTE = 'target_count_range is run, and target_count beside it left out.';
const PORT_NOTE = 'client_port is the base port of local nodes; node i listens i above it.';
const QUERY_NOTE =
  `query_logic = 1 asks ${QUERIES.count} queries with a quorum of ${QUERIES.quorum} in each ` +
  'phase of a run, as the original did after failures, and tries each ' +
  `${QUERIES.tries} times at most.`;
const PUSH_NOTE =
  'push_mode = 1 lets every node store its samples in a database of its own, where the original ' +
  'handed older ones on every 10 rounds; results reach the results database either way.';
const BACK_NOTE =
  'is_send_data_back = 0 keeps no rows for single rounds; whole runs are measured all the same.';
