// Every table of results and what its columns mean, said once: statements, checks of imports, CSV
// and the document of the tables all follow from here.

import * as v from 'valibot';
import type { ExperimentRow, PointColumns, RunRow } from '../rows.ts';
import { boolean, integer, json, real, realOrNull, type Table, text } from './column.ts';
import { RUN_TABLES } from './run-tables.ts';

const STATES = { choices: ['running', 'done', 'stopped', 'failed'] } as const;
const WALL = 'by the wall clock';

export const EXPERIMENTS: Table<ExperimentRow> = {
  name: 'experiments',
  about: 'What was tried, on which machine; a row for every start of an experiment.',
  key: ['id'],
  columns: {
    id: integer('number of the experiment, never given twice'),
    name: text('as its file says, or the name of the file'),
    title: text('for people'),
    description: text('for people'),
    questions: json('what it is to find out: a JSON list of sentences', v.array(v.string())),
    source: text('text of the file it came from'),
    planHash: text('hash of the plan; only the same one is resumed'),
    mode: text('how nodes were run', { choices: ['simulate', 'in-process', 'emulate'] }),
    seed: integer('from which every chance of it follows'),
    plannedRuns: integer('runs of the whole plan'),
    state: text('`running` also after its process died: see `seen_at_ms`', STATES),
    startedAtMs: real(WALL),
    endedAtMs: realOrNull(`${WALL}; null while it runs, and when its process died`),
    machine: json(
      'JSON object: `cpu`, `cores`, `memoryBytes`, `system`, `runtime`, `priomon`',
      v.strictObject({
        cpu: v.string(),
        cores: v.number(),
        memoryBytes: v.number(),
        system: v.string(),
        runtime: v.string(),
        priomon: v.string(),
      }),
    ),
  },
};

const POINT: Table<PointColumns>['columns'] = {
  nodes: integer('how many'),
  roundMs: real('length of a round'),
  maxRoundMs: real('longest round of a calm node; equal to `round_ms`: fixed rounds'),
  targetCount: integer('exchanges a node starts in a round'),
  strategy: text('how messages are filled: `full`, `full-json`, `digest`, `strict`, `priomon`'),
  exchange: text('direction of an exchange', { choices: ['push-pull', 'push', 'pull'] }),
  budgetBytes: real('most bytes of one message'),
  metricSet: text('name of the set of priorities and deltas'),
  workload: text('where values came from'),
  loss: real('share of messages that were lost, 0 to 1'),
  failureRate: real('share of nodes that failed, 0 to 1'),
  minDelayMs: real('least delay of a message, one way'),
  maxDelayMs: real('greatest delay of a message, one way'),
};

export const RUNS: Table<RunRow> = {
  name: 'runs',
  about: 'One run of one point of the plan; from `nodes` on the columns are what was varied.',
  key: ['id'],
  columns: {
    id: integer('number of the run in this database, never given twice'),
    experimentId: integer('`id` of its experiment'),
    number: integer('position in the plan, from 0'),
    repeat: integer('which repetition of its point, from 1'),
    seed: integer('from which every chance of it follows'),
    state: text('only `done` ones have all their rows', STATES),
    startedAtMs: real(WALL),
    endedAtMs: realOrNull(`${WALL}; null when it did not end`),
    lengthMs: realOrNull("measured time by the run's own clock; null when it did not end"),
    remark: text('why it failed or its timing is not to be trusted; else empty'),
    isTimely: boolean('0 where the machine was too slow to keep rounds'),
    ...POINT,
  },
};

export const TABLES = { experiments: EXPERIMENTS, runs: RUNS, ...RUN_TABLES } as const;
export type TableName = keyof typeof TABLES;

/** In the order in which one refers to another. */
export const TABLE_NAMES = Object.keys(TABLES) as TableName[];
