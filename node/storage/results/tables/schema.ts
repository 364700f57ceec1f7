// The tables of results as they grew, step by step; tables.ts says what the columns mean, and a
// test holds the two together. The same SQL runs on a file, in memory and on a libSQL server.

import type { Schema } from '../../database/schema.ts';

/**
 * STRICT, so that what people write by hand keeps the types, too. Rows of a run lie together under
 * their key, so that reading and deleting a run touch that run alone; names differ from those of a
 * node's tables, so that one server can hold both.
 *
 * What was ever released is never edited: a change of the tables is a new step at the end.
 */
const FIRST: readonly string[] = [
  `CREATE TABLE results_versions (
     version INTEGER PRIMARY KEY,
     applied_at_ms INTEGER NOT NULL
   )`,
  `CREATE TABLE experiments (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     name TEXT NOT NULL,
     title TEXT NOT NULL,
     description TEXT NOT NULL,
     questions TEXT NOT NULL,
     source TEXT NOT NULL,
     plan_hash TEXT NOT NULL,
     mode TEXT NOT NULL CHECK (mode IN ('simulate', 'in-process', 'emulate')),
     seed INTEGER NOT NULL,
     planned_runs INTEGER NOT NULL,
     state TEXT NOT NULL CHECK (state IN ('running', 'done', 'stopped', 'failed')),
     started_at_ms REAL NOT NULL,
     ended_at_ms REAL,
     machine TEXT NOT NULL,
     seen_at_ms REAL NOT NULL,
     writer TEXT NOT NULL
   ) STRICT`,
  `CREATE TABLE runs (
     id INTEGER PRIMARY KEY AUTOINCREMENT,
     experiment_id INTEGER NOT NULL REFERENCES experiments (id) ON DELETE CASCADE,
     number INTEGER NOT NULL,
     repeat INTEGER NOT NULL,
     seed INTEGER NOT NULL,
     state TEXT NOT NULL CHECK (state IN ('running', 'done', 'stopped', 'failed')),
     started_at_ms REAL NOT NULL,
     ended_at_ms REAL,
     length_ms REAL,
     remark TEXT NOT NULL,
     is_timely INTEGER NOT NULL CHECK (is_timely IN (0, 1)),
     nodes INTEGER NOT NULL,
     round_ms REAL NOT NULL,
     max_round_ms REAL NOT NULL,
     target_count INTEGER NOT NULL,
     strategy TEXT NOT NULL,
     exchange TEXT NOT NULL CHECK (exchange IN ('push-pull', 'push', 'pull')),
     budget_bytes REAL NOT NULL,
     metric_set TEXT NOT NULL,
     workload TEXT NOT NULL,
     loss REAL NOT NULL,
     failure_rate REAL NOT NULL,
     min_delay_ms REAL NOT NULL,
     max_delay_ms REAL NOT NULL,
     UNIQUE (experiment_id, number)
   ) STRICT`,
  `CREATE TABLE measures (
     run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
     name TEXT NOT NULL,
     label TEXT NOT NULL,
     value REAL,
     unit TEXT NOT NULL,
     count INTEGER NOT NULL,
     PRIMARY KEY (run_id, name, label)
   ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE nodes (
     run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
     node TEXT NOT NULL,
     started_at_ms REAL NOT NULL,
     full_view_at_ms REAL,
     killed_at_ms REAL,
     restarted_at_ms REAL,
     rounds INTEGER NOT NULL,
     messages INTEGER NOT NULL,
     sent_bytes REAL NOT NULL,
     received_bytes REAL NOT NULL,
     cpu_ms REAL,
     rss_bytes REAL,
     late_ms REAL NOT NULL,
     PRIMARY KEY (run_id, node)
   ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE rounds (
     run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
     node TEXT NOT NULL,
     round INTEGER NOT NULL,
     at_ms REAL NOT NULL,
     length_ms REAL NOT NULL,
     known INTEGER NOT NULL,
     new_nodes INTEGER NOT NULL,
     new_entries INTEGER NOT NULL,
     duplicates INTEGER NOT NULL,
     messages INTEGER NOT NULL,
     sent_bytes REAL NOT NULL,
     received_bytes REAL NOT NULL,
     PRIMARY KEY (run_id, node, round, at_ms)
   ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE transmissions (
     run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
     at_ms REAL NOT NULL,
     window_ms REAL NOT NULL,
     metric TEXT NOT NULL,
     priority INTEGER NOT NULL,
     sampled INTEGER NOT NULL,
     published INTEGER NOT NULL,
     filtered INTEGER NOT NULL,
     copies INTEGER NOT NULL,
     learned INTEGER NOT NULL,
     duplicates INTEGER NOT NULL,
     bytes REAL NOT NULL,
     PRIMARY KEY (run_id, at_ms, metric, priority)
   ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE updates (
     run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
     number INTEGER NOT NULL,
     owner TEXT NOT NULL,
     metric TEXT NOT NULL,
     priority INTEGER NOT NULL,
     version INTEGER NOT NULL,
     published_at_ms REAL NOT NULL,
     reached INTEGER NOT NULL,
     wanted INTEGER NOT NULL,
     half_ms REAL,
     all_ms REAL,
     copies INTEGER NOT NULL,
     PRIMARY KEY (run_id, number)
   ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE spreads (
     run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
     update_number INTEGER NOT NULL,
     node TEXT NOT NULL,
     sender TEXT NOT NULL,
     after_ms REAL NOT NULL,
     round INTEGER NOT NULL,
     PRIMARY KEY (run_id, update_number, node)
   ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE queries (
     run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
     number INTEGER NOT NULL,
     at_ms REAL NOT NULL,
     phase TEXT NOT NULL,
     coordinator TEXT NOT NULL,
     target TEXT NOT NULL,
     is_target_alive INTEGER NOT NULL CHECK (is_target_alive IN (0, 1)),
     quorum INTEGER NOT NULL,
     is_answered INTEGER NOT NULL CHECK (is_answered IN (0, 1)),
     failure TEXT NOT NULL,
     tries INTEGER NOT NULL,
     messages INTEGER NOT NULL,
     time_ms REAL NOT NULL,
     stated_staleness_ms REAL,
     true_staleness_ms REAL,
     PRIMARY KEY (run_id, number)
   ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE membership_events (
     run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
     at_ms REAL NOT NULL,
     observer TEXT NOT NULL,
     subject TEXT NOT NULL,
     status TEXT NOT NULL,
     is_true INTEGER NOT NULL CHECK (is_true IN (0, 1)),
     after_ms REAL,
     PRIMARY KEY (run_id, at_ms, observer, subject, status)
   ) STRICT, WITHOUT ROWID`,
  `CREATE TABLE view_samples (
     run_id INTEGER NOT NULL REFERENCES runs (id) ON DELETE CASCADE,
     at_ms REAL NOT NULL,
     window_ms REAL NOT NULL,
     kind TEXT NOT NULL CHECK (kind IN ('error', 'error_deltas', 'lag')),
     metric TEXT NOT NULL,
     priority INTEGER NOT NULL,
     count INTEGER NOT NULL,
     mean REAL NOT NULL,
     p50 REAL NOT NULL,
     p95 REAL NOT NULL,
     p99 REAL NOT NULL,
     max REAL NOT NULL,
     PRIMARY KEY (run_id, at_ms, kind, metric, priority)
   ) STRICT, WITHOUT ROWID`,
  'CREATE INDEX experiments_by_plan ON experiments (plan_hash)',
];

export const RESULTS_SCHEMA: Schema = {
  versionsTable: 'results_versions',
  migrations: [FIRST],
};
