// Every setting that an experiment's file may hold, with range, default and what it is for. Flags,
// hints and the table of documents are made from it.

import * as v from 'valibot';
import { PROTOCOL_ENTRIES } from '../../config/protocol.ts';
import { LOG_LEVELS } from '../../config/schema.ts';
import { maybe, setting } from '../../config/setting.ts';
import {
  bytes,
  choice,
  duration,
  formatBytes,
  integer,
  readNumber,
  share,
  toggle,
  type ValueSchema,
  value,
} from '../../config/values.ts';
import { metricSets } from './metric-sets.ts';
import { EXCHANGES, MEMBER_ROOM_BYTES, STRATEGY_NAMES } from './plan.ts';
import { delayRange, line, several, workload } from './values.ts';

export const RUN_MODES = ['simulate', 'in-process', 'emulate'] as const;

const SECOND_MS = 1_000;
const HOUR_MS = 3_600 * SECOND_MS;
const MAX_STRETCH = 100;
/** What nodes do by themselves. */
const ADAPTIVE_STRETCH = 3;
/** A seed is mixed into hashes of 32 bits. */
const MAX_SEED = 2 ** 32 - 1;

/** How many times longer a calm round gets: `fixed` is 1. */
const rounds = (): ValueSchema<number> =>
  value(
    'fixed|adaptive|n',
    `must be fixed, adaptive, or a number from 1 to ${MAX_STRETCH}`,
    (input) => {
      if (input === 'fixed') return 1;
      if (input === 'adaptive') return ADAPTIVE_STRETCH;
      const stretch = readNumber(input);
      return stretch !== undefined && stretch >= 1 && stretch <= MAX_STRETCH ? stretch : undefined;
    },
  );

const GROUP_RULE = 'must be a group of settings';
const MEASURED = 'since the measured time began';

const FAILURE_ENTRIES = {
  rate: setting(several(share(0, 1)), 0, 'Share of the nodes that die; 2 must be left.'),
  at: maybe(duration(0, 24 * HOUR_MS), `When they die, ${MEASURED}.`, {
    otherwise: 'a quarter of measure',
  }),
  how: setting(
    choice(['crash', 'vanish']),
    'crash',
    'Processes are killed (crash), or machines fall silent (vanish).',
  ),
  restart_after: maybe(duration(1, 24 * HOUR_MS), 'The dead come back after this time.', {
    otherwise: 'never',
  }),
};

const PARTITION_ENTRIES = {
  share: setting(share(0, 1), 0.5, 'Share of the nodes that is cut off from the others.'),
  at: maybe(duration(0, 24 * HOUR_MS), `When it is cut off, ${MEASURED}.`, {
    otherwise: 'a quarter of measure',
  }),
  for: maybe(duration(1, 24 * HOUR_MS), 'How long it stays cut off.', {
    otherwise: 'a quarter of measure',
  }),
};

const QUERY_ENTRIES = {
  count: setting(
    integer(1, 100_000),
    100,
    'Queries before failures, as many while nodes are down, and as many after.',
  ),
  quorum: setting(integer(1, 1_000), 3, 'Nodes that must agree before an answer counts.'),
  tries: setting(integer(1, 100), 3, 'Tries of one query at most.'),
};

const { round, max_round, target_count, budget, max_members, max_view, ...FREE } = PROTOCOL_ENTRIES;

/** The protocol's settings that are no dimension of the grid. */
const PROTOCOL_CHOICES = {
  ...FREE,
  max_members: maybe(integer(2, 100_000), v.getDescription(max_members.wrapped) ?? '', {
    otherwise: `${max_members.default}, or nodes if more`,
  }),
  max_view: maybe(bytes(2 ** 20, 2 ** 40), v.getDescription(max_view.wrapped) ?? '', {
    otherwise: `${max_view.default}, or ${formatBytes(MEMBER_ROOM_BYTES)} a node if more`,
  }),
};

/** In the order of documents and help. */
export const EXPERIMENT_ENTRIES = {
  name: maybe(line(64), 'Name of the experiment.', { otherwise: "the file's name" }),
  title: maybe(line(200), 'Its heading in the report.', { otherwise: 'name' }),
  description: maybe(line(2_000), 'What it does, in a few sentences.', { otherwise: 'none' }),
  questions: maybe(several(line(300), { whole: true }), 'What it is to find out.', {
    otherwise: 'none',
  }),
  mode: setting(
    choice(RUN_MODES),
    'simulate',
    'Virtual time (simulate), real time in one process (in-process), or real processes (emulate).',
  ),
  seed: setting(integer(0, MAX_SEED), 1, 'The same seed gives every strategy the same faults.'),
  runs: setting(integer(1, 10_000), 5, 'Repetitions of every point.'),
  nodes: setting(several(integer(2, 100_000)), 20, 'Nodes of the cluster.'),
  round: setting(several(duration(50, HOUR_MS)), '1s', 'Length of a gossip round.'),
  rounds: setting(
    rounds(),
    'adaptive',
    `Calm rounds stay (fixed) or stretch: adaptive is to ${ADAPTIVE_STRETCH} times their length.`,
  ),
  target_count: setting(several(integer(1, 16)), 1, 'Exchanges a node starts each round.'),
  strategy: setting(
    several(choice(STRATEGY_NAMES)),
    'priomon',
    'What a node tells: everything (full, full-json), what is new (digest), the important first ' +
      '(strict), or by priority and lag (priomon).',
  ),
  exchange: setting(
    several(choice(EXCHANGES)),
    'push-pull',
    `Which way data goes: ${EXCHANGES.join(', ')}.`,
  ),
  budget: setting(several(bytes(64, 65_536)), 4_096, 'Encoded bytes of one message at most.'),
  metric_sets: maybe(metricSets, 'Priorities and deltas to compare, by name.', {
    otherwise: 'default, with the four standard metrics',
  }),
  workload: setting(
    several(workload()),
    'random-walk',
    'What the nodes measure: a kind, or a group of kind, intensity and source.',
  ),
  loss: setting(several(share(0, 0.9)), 0, 'Share of messages that get lost.'),
  delay: maybe(delayRange(), 'Delay of a message, one way; real networks add their own.', {
    otherwise: '0.2ms..2ms when simulated, else 0s',
  }),
  failure: v.optional(v.strictObject(FAILURE_ENTRIES, GROUP_RULE), {}),
  partition: v.optional(v.strictObject(PARTITION_ENTRIES, GROUP_RULE)),
  queries: v.optional(v.strictObject(QUERY_ENTRIES, GROUP_RULE)),
  converge_within: maybe(
    duration(1, 24 * HOUR_MS),
    'How long all may take to know all; what is longer is recorded as not converged.',
    { otherwise: '100 of the longest round' },
  ),
  measure: setting(
    duration(0, 24 * HOUR_MS),
    '60s',
    'Measured time after convergence; 0 ends a run there.',
  ),
  start: setting(
    choice(['cold', 'settled']),
    'cold',
    'Nodes know a seed (cold), or, simulated, all nodes and their values (settled).',
  ),
  sample: setting(duration(100, HOUR_MS), '1s', 'How often nodes measure.'),
  base_port: setting(integer(1, 65_535), 4_000, 'Real nodes listen on the ports after this one.'),
  keep_rounds: setting(toggle(), true, 'Keep a row for every round of every node.'),
  store_samples: setting(toggle(), false, 'Let real nodes store samples, as they do in use.'),
  log_level: setting(
    choice(LOG_LEVELS),
    'error',
    `How much real nodes log on standard error: ${LOG_LEVELS.join(', ')}.`,
  ),
  protocol: v.optional(v.strictObject(PROTOCOL_CHOICES, GROUP_RULE), {}),
};

export const ExperimentSchema = v.strictObject(EXPERIMENT_ENTRIES, GROUP_RULE);

/** A file's settings, each sound in itself. */
export type ExperimentGiven = v.InferOutput<typeof ExperimentSchema>;
