// The tables that hold what one run left behind; see tables.ts.

import type { RunRows } from '../rows.ts';
import { boolean, integer, real, realOrNull, type Table, text } from './column.ts';

type RunTables = { readonly [Name in keyof RunRows]: Table<RunRows[Name][number]> };

const runId = integer('`id` of the run');
const METRIC = 'of the metric';
const NODE = 'its name';

export const RUN_TABLES: RunTables = {
  measures: {
    name: 'measures',
    about: 'Scalar results of a run: the first table to ask.',
    key: ['runId', 'name', 'label'],
    columns: {
      runId,
      name: text('which measure; see the list below'),
      label: text('a metric, a priority, a phase, or empty'),
      value: realOrNull('null where it does not exist: a view that never became full'),
      unit: text('of the value'),
      count: integer('observations behind it'),
    },
  },
  nodes: {
    name: 'nodes',
    about: 'A node over the whole run.',
    key: ['runId', 'node'],
    columns: {
      runId,
      node: text(NODE),
      startedAtMs: real('since the start of the run'),
      fullViewAtMs: realOrNull('when it first held values of every node; null: never'),
      killedAtMs: realOrNull('null: it was not'),
      restartedAtMs: realOrNull('null: it was not'),
      rounds: integer('rounds it made'),
      messages: integer('messages it sent'),
      sentBytes: real('in messages'),
      receivedBytes: real('in messages'),
      cpuMs: realOrNull('processor time; null where nodes share a process'),
      rssBytes: realOrNull('memory of its process; null where nodes share one'),
      lateMs: real('worst lateness of its event loop'),
    },
  },
  rounds: {
    name: 'rounds',
    about: 'One round of one node.',
    key: ['runId', 'node', 'round', 'atMs'],
    columns: {
      runId,
      node: text(NODE),
      round: integer('its number, as the node counts them'),
      atMs: real('end of the round since the start of the run'),
      lengthMs: real('how long it was'),
      known: integer('nodes of which it held values at the end'),
      newNodes: integer('nodes met for the first time'),
      newEntries: integer('entries that were news'),
      duplicates: integer('entries it held already'),
      messages: integer('messages it sent'),
      sentBytes: real('in messages'),
      receivedBytes: real('in messages'),
    },
  },
  transmissions: {
    name: 'transmissions',
    about: 'What happened to the samples of a metric in a window of time, all nodes together.',
    key: ['runId', 'atMs', 'metric', 'priority'],
    columns: {
      runId,
      atMs: real('start of the window since the start of the run'),
      windowMs: real('length of the window'),
      metric: text('its name'),
      priority: integer(METRIC),
      sampled: integer('samples taken'),
      published: integer('samples told'),
      filtered: integer('samples that were not published'),
      copies: integer('copies of entries put into messages'),
      learned: integer('copies that arrived and were news'),
      duplicates: integer('copies that arrived and were held already'),
      bytes: real('of these copies'),
    },
  },
  updates: {
    name: 'updates',
    about: 'One published change and how far it came; a sample of all changes.',
    key: ['runId', 'number'],
    columns: {
      runId,
      number: integer('of the update in its run'),
      owner: text('name of the node that published it'),
      metric: text('its name'),
      priority: integer(METRIC),
      version: integer("the owner's counter"),
      publishedAtMs: real('since the start of the run'),
      reached: integer('living nodes that had it, or a newer value, in the end'),
      wanted: integer('nodes alive in the end'),
      halfMs: realOrNull('from publish until half of the living had it; null: never'),
      allMs: realOrNull('from publish until all of the living had it; null: never'),
      copies: integer('copies put into messages'),
    },
  },
  spreads: {
    name: 'spreads',
    about: 'How one of the updates spread: a row for every node it reached.',
    key: ['runId', 'update', 'node'],
    columns: {
      runId,
      update: integer('`number` of the update', { sqlName: 'update_number' }),
      node: text('node that learned it'),
      from: text('node that brought it; the owner itself for the first', { sqlName: 'sender' }),
      afterMs: real('since the publish'),
      round: integer("rounds of the run's length since the publish, from 0"),
    },
  },
  queries: {
    name: 'queries',
    about: 'One question to a node about another one.',
    key: ['runId', 'number'],
    columns: {
      runId,
      number: integer('of the query in its run'),
      atMs: real('since the start of the run'),
      phase: text('`before` a failure, while nodes are `failed`, `after` their return'),
      coordinator: text('node that was asked'),
      target: text('node it was asked about'),
      isTargetAlive: boolean('whether that one lived'),
      quorum: integer('nodes that had to agree'),
      isAnswered: boolean('whether an answer came'),
      failure: text('empty, or `no_quorum`, `unknown`, `unreachable`, `timeout`'),
      tries: integer('how often it was asked'),
      messages: integer('messages it cost'),
      timeMs: real('until the answer or the end of tries'),
      statedStalenessMs: realOrNull('what the answer says of its age; null without one'),
      trueStalenessMs: realOrNull('its age against the truth; null without an answer'),
    },
  },
  membershipEvents: {
    name: 'membership_events',
    about: 'What a node came to believe of another.',
    key: ['runId', 'atMs', 'observer', 'subject', 'status'],
    columns: {
      runId,
      atMs: real('since the start of the run'),
      observer: text('node that believes it'),
      subject: text('of whom'),
      status: text('`alive`, `suspect`, `dead`, `left`, `forgotten`'),
      isTrue: boolean('0: a `dead` about a living node, for example'),
      afterMs: realOrNull('since it really happened; null when it did not'),
    },
  },
  samples: {
    name: 'view_samples',
    about: 'Error or lag of all watched views in a window of time.',
    key: ['runId', 'atMs', 'kind', 'metric', 'priority'],
    columns: {
      runId,
      atMs: real('start of the window since the start of the run'),
      windowMs: real('length of the window'),
      kind: text(
        "`error`: |view − truth| in the metric's unit; `error_deltas`: the same in deltas; " +
          "`lag`: ms since the truth left the view's value",
        { choices: ['error', 'error_deltas', 'lag'] },
      ),
      metric: text('its name'),
      priority: integer(METRIC),
      count: integer('observations'),
      mean: real('in the unit of the kind, as the next ones are'),
      p50: real('median'),
      p95: real('95th percentile'),
      p99: real('99th percentile'),
      max: real('greatest'),
    },
  },
};

export type RunTableName = keyof RunRows;
export const RUN_TABLE_NAMES = Object.keys(RUN_TABLES) as RunTableName[];
