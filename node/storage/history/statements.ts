// The statements of history: each visits few rows, found by their key (slot, series, version).

import type { Row } from '@libsql/client';
import type { HistoryQuery } from '../../ports.ts';
import { SLOT_MS, type Statement } from '../database/schema.ts';

export const statement = (sql: string, ...args: Statement['args']): Statement => ({ sql, args });

/** Drivers send a plain number as REAL, and SQL would then divide without rounding. */
const whole = (value: number): bigint => BigInt(Math.floor(value));

/** Hours of which anything is stored. */
export const selectSlots = (): Statement =>
  statement(
    'SELECT (SELECT min(slot) FROM samples) AS first, (SELECT max(slot) FROM samples) AS last',
  );

/** Time of the last row in an hour of the table `series`, by the owner's count. */
const lastRowMs = (slot: string): string => `(
  SELECT slot * ${SLOT_MS} + offset_ms FROM samples
  WHERE slot = ${slot} AND series = series.id ORDER BY version DESC LIMIT 1
)`;

/** Of two that told a row around the full hour the second only moved `last_slot`. */
const NEWEST_MS = `coalesce(
  ${lastRowMs('series.last_slot')}, ${lastRowMs('series.last_slot - 1')}
)`;

/** Runs of what is asked for, the latest first; those before `id`. */
export const selectRuns = (
  query: Pick<HistoryQuery, 'node' | 'metric'>,
  id: number,
  rows: number,
): Statement =>
  statement(
    `SELECT id, node, metric, unit, generation, last_slot AS lastSlot, ${NEWEST_MS} AS newestMs
     FROM series
     WHERE id < ?1 AND (?2 IS NULL OR node = ?2) AND (?3 IS NULL OR metric = ?3)
     ORDER BY id DESC LIMIT ?4`,
    whole(id),
    query.node ?? null,
    query.metric ?? null,
    whole(rows),
  );

/** The last row that a node stored of itself, in each of its runs; the latest runs first. */
export const selectOwnRuns = (node: string, rows: number): Statement =>
  statement(
    `SELECT generation, max(${NEWEST_MS}) AS lastMs FROM series
     WHERE node = ?1 GROUP BY generation ORDER BY generation DESC LIMIT ?2`,
    node,
    whole(rows),
  );

/**
 * The last event of itself that a node stored in each of its runs, [generation, ms of its last row]
 * each, after that row. The run's own is among the first of them, so only `rows` are looked at.
 */
export const selectLastWords = (
  node: string,
  runs: readonly (readonly number[])[],
  rows: number,
): Statement =>
  statement(
    `WITH run (number, generation, last_ms) AS MATERIALIZED (
       SELECT key, value ->> 0, value ->> 1 FROM json_each(?2)
     )
     SELECT number, (
       SELECT max(at_ms) FROM (
         SELECT at_ms, observer, node, generation FROM events
         WHERE at_ms > run.last_ms ORDER BY at_ms LIMIT ?3
       ) WHERE observer IN (?1, '') AND node = ?1 AND generation = run.generation
     ) AS lastMs
     FROM run WHERE lastMs IS NOT NULL`,
    node,
    JSON.stringify(runs),
    whole(rows),
  );

/** Whose database this is: more than one where several nodes share a server. */
export const countWriters = (): Statement =>
  statement('SELECT count(*) AS writers FROM identities');

/**
 * Of the newest `rows` events before a time those that one node saw, and how far they go back. Who
 * has a database for itself need not have said who it is.
 */
export const selectEvents = (
  { observer, node }: HistoryQuery,
  sinceMs: number,
  beforeMs: number,
  rows: number,
): Statement =>
  statement(
    `WITH newest AS MATERIALIZED (
       SELECT at_ms, observer, node, generation, status FROM events
       WHERE at_ms >= ?3 AND at_ms < ?4 ORDER BY at_ms DESC LIMIT ?5
     )
     SELECT count(*) AS looked, min(at_ms) AS oldestMs,
       json_group_array(json_array(at_ms, node, generation, status))
         FILTER (WHERE observer IN (?1, '') AND (?2 IS NULL OR node = ?2)) AS seen
     FROM newest`,
    observer,
    node ?? null,
    whole(Math.max(0, sinceMs)),
    whole(beforeMs),
    whole(rows),
  );

/** Names for who asked for others. */
export const selectNames = (rows: number): Statement[] => [
  statement('SELECT DISTINCT node AS name FROM series LIMIT ?', whole(rows)),
  statement('SELECT DISTINCT metric AS name FROM series LIMIT ?', whole(rows)),
];

/** First and last version of series in hours, [slot, series] each; none of where there are none. */
export const selectExtents = (places: readonly (readonly number[])[]): Statement =>
  statement(
    `WITH place (number, slot, series) AS MATERIALIZED (
       SELECT key, value ->> 0, value ->> 1 FROM json_each(?1)
     )
     SELECT number,
       (SELECT version FROM samples WHERE slot = place.slot AND series = place.series
        ORDER BY version LIMIT 1) AS first,
       (SELECT version FROM samples WHERE slot = place.slot AND series = place.series
        ORDER BY version DESC LIMIT 1) AS last
     FROM place WHERE first IS NOT NULL`,
    JSON.stringify(places),
  );

/** When the earliest row of series in hours was sampled, ms of the hour: [slot, series] each. */
export const selectFirstRows = (places: readonly (readonly number[])[]): Statement =>
  statement(
    `WITH place (number, slot, series) AS MATERIALIZED (
       SELECT key, value ->> 0, value ->> 1 FROM json_each(?1)
     )
     SELECT number, (
       SELECT min(offset_ms) FROM samples WHERE slot = place.slot AND series = place.series
     ) AS offsetMs
     FROM place WHERE offsetMs IS NOT NULL`,
    JSON.stringify(places),
  );

/** Of series in hours the rows up to `most`, and the version of the last that was counted. */
export const selectCounts = (places: readonly (readonly number[])[], most: number): Statement =>
  statement(
    `WITH place (number, slot, series) AS MATERIALIZED (
       SELECT key, value ->> 0, value ->> 1 FROM json_each(?1)
     )
     SELECT number, (
       SELECT json_array(count(*), max(version)) FROM (
         SELECT version FROM samples WHERE slot = place.slot AND series = place.series
         ORDER BY version LIMIT ?2
       )
     ) AS counted
     FROM place`,
    JSON.stringify(places),
    whole(most),
  );

/** Thousandths are integers, and other values themselves. */
export const VALUE = `CASE typeof(value) WHEN 'integer' THEN value / 1000.0 ELSE value END`;

/** Where the latest rows of a series within one hour are wanted; both bounds exclusive. */
export interface Latest {
  readonly slot: number;
  readonly series: number;
  readonly untilVersion: number;
  /** Of the hour. */
  readonly untilMs: number;
}

/** Of each place the latest `rows` rows as JSON: version, ms of the hour and value. */
export const selectLatest = (places: readonly Latest[], rows: number): Statement =>
  statement(
    `WITH place (number, slot, series, until_version, until_ms) AS MATERIALIZED (
       SELECT key, value ->> 0, value ->> 1, value ->> 2, value ->> 3 FROM json_each(?1)
     )
     SELECT number, (
       SELECT '[' || group_concat(printf('[%d,%d,%!.17g]', version, offset_ms, value)) || ']'
       FROM (
         SELECT version, offset_ms, ${VALUE} AS value FROM samples
         WHERE slot = place.slot AND series = place.series
           AND version < place.until_version AND offset_ms < place.until_ms
         ORDER BY version DESC LIMIT ?2
       )
     ) AS latest
     FROM place WHERE latest IS NOT NULL`,
    JSON.stringify(
      places.map(({ slot, series, untilVersion, untilMs }) => {
        return [slot, series, untilVersion, untilMs];
      }),
    ),
    whole(rows),
  );

/** Of one place. */
export const readLatest = (row: Row | undefined): [version: number, ms: number, value: number][] =>
  row === undefined ? [] : JSON.parse(String(row.latest));
