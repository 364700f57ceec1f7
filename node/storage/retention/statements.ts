// Every statement that deletes, and what is asked before something may be.

import { SLOT_MS, type Statement, statement, whole } from '../database/schema.ts';
import type { Proof } from './trusted-time.ts';

/** `?1` of the samples that the condition leaves, the oldest. */
const deleteSampleKeys = (condition: string): string =>
  `DELETE FROM samples WHERE (slot, series, version) IN (
     SELECT slot, series, version FROM samples ${condition}
     ORDER BY slot, series, version LIMIT ?1
   )`;

const EVENT_KEYS = {
  events: 'at_ms, observer, node, generation, status',
  fact_changes: 'at_ms, observer, node, generation, key, change',
};

/** The same for each table of events. */
const deleteEventKeys = (condition: string): string[] =>
  Object.entries(EVENT_KEYS).map(
    ([table, key]) =>
      `DELETE FROM ${table} WHERE (${key}) IN (
         SELECT ${key} FROM ${table} ${condition} ORDER BY at_ms LIMIT ?1
       )`,
  );

/** Of what is older than `beforeMs`, the oldest `rows` samples and as many events. */
export const deleteBefore = (beforeMs: number, rows: number): Statement[] => [
  statement(
    deleteSampleKeys(`WHERE slot <= ?2 / ${SLOT_MS} AND slot * ${SLOT_MS} + offset_ms < ?2`),
    rows,
    whole(beforeMs),
  ),
  ...deleteEventKeys('WHERE at_ms < ?2').map((sql) => statement(sql, rows, whole(beforeMs))),
];

/** The oldest `rows` samples, and as many events of those older than every sample. */
export const deleteOldest = (rows: number): Statement[] => [
  statement(deleteSampleKeys(''), rows),
  ...deleteEventKeys(
    `WHERE at_ms < coalesce((SELECT min(slot) * ${SLOT_MS} FROM samples), 9e15)`,
  ).map((sql) => statement(sql, rows)),
];

/** Names whose last sample is gone; a series is never deleted before its samples. */
export const deleteSeries = (rows: number): Statement =>
  statement(
    `DELETE FROM series WHERE id IN (
       SELECT id FROM series WHERE last_slot < (SELECT min(slot) FROM samples) LIMIT ?
     )`,
    rows,
  );

/** `pages` counts the file, `free` those of them that hold nothing. */
export const selectSize = (): Statement =>
  statement(
    `SELECT (SELECT page_count FROM pragma_page_count) AS pages,
       (SELECT freelist_count FROM pragma_freelist_count) AS free,
       (SELECT page_size FROM pragma_page_size) AS pageBytes`,
  );

/** Of the samples that are stamped later than `afterMs`, some `rows`. */
export const deleteAfter = (afterMs: number, rows: number): Statement =>
  statement(deleteSampleKeys(`WHERE slot > ?2 / ${SLOT_MS}`), rows, whole(afterMs));

/** Newest hour of all samples; null when there are none. */
export const selectNewestSlot = (): Statement => statement('SELECT max(slot) AS slot FROM samples');

/** Newest time of all samples; null when there are none. */
export const selectNewest = (): Statement =>
  statement(
    `SELECT max(slot * ${SLOT_MS} + offset_ms) AS atMs FROM samples
     WHERE slot = (SELECT max(slot) FROM samples)`,
  );

/** Whether samples are stored that are older than `beforeMs` by their stamps. */
export const hasBefore = (beforeMs: number): Statement =>
  statement(
    `SELECT EXISTS (SELECT 1 FROM samples WHERE slot < ?1 / ${SLOT_MS}) AS found`,
    whole(beforeMs),
  );

export const selectProof = (observer: string): Statement =>
  statement(
    'SELECT proven_ms AS provenMs, gap_from_ms AS gapFromMs FROM keepers WHERE observer = ?',
    observer,
  );

export interface Keeping extends Proof {
  readonly observer: string;
  readonly retentionMs: number;
  readonly maxBytes: number;
}

/** By the database's own clock, ms: a server's is another one than ours. */
const DATABASE_MS = "CAST((julianday('now') - 2440587.5) * 86400000 AS INTEGER)";

export const tellKeeping = (keeping: Keeping): Statement =>
  statement(
    `INSERT INTO keepers (observer, proven_ms, gap_from_ms, retention_ms, max_bytes, told_at_ms)
     VALUES (?, ?, ?, ?, ?, ${DATABASE_MS})
     ON CONFLICT (observer) DO UPDATE SET proven_ms = excluded.proven_ms,
       gap_from_ms = excluded.gap_from_ms, retention_ms = excluded.retention_ms,
       max_bytes = excluded.max_bytes, told_at_ms = excluded.told_at_ms`,
    keeping.observer,
    whole(keeping.provenMs),
    keeping.gapFromMs === undefined ? null : whole(keeping.gapFromMs),
    whole(keeping.retentionMs),
    whole(keeping.maxBytes),
  );

/** What each has told within `withinMs`, its time up to now; and the database's own time. */
export const selectKeepers = (withinMs: number): Statement =>
  statement(
    `SELECT proven_ms + ${DATABASE_MS} - told_at_ms AS nowMs, ${DATABASE_MS} AS databaseMs,
       retention_ms AS retentionMs, max_bytes AS maxBytes, observer,
       ${DATABASE_MS} - told_at_ms AS silentMs
     FROM keepers WHERE told_at_ms > ${DATABASE_MS} - ?`,
    whole(withinMs),
  );
