// The statement that sums stored rows up, a part for each bucket that has any; as one text, for a
// row that comes out of the driver is as much work as ten that are summed up.

import type { Row } from '@libsql/client';
import { SLOT_MS, type Statement } from '../database/schema.ts';
import { statement, VALUE } from './statements.ts';

/** Rows of one series within one hour: versions and ms of the hour, the last of both exclusive. */
export interface Piece {
  readonly slot: number;
  readonly series: number;
  readonly fromVersion: number;
  readonly untilVersion: number;
  readonly fromMs: number;
  readonly untilMs: number;
  /** Width of a bucket, ms. */
  readonly stepMs: number;
  readonly holdMs: number;
  /** About as many versions pass in a bucket. */
  readonly stepVersions: number;
}

const PIECES = `piece (number, slot, series, from_version, until_version, from_ms, until_ms,
    step_ms, hold_ms, step_versions) AS MATERIALIZED (
    SELECT key, value ->> 0, value ->> 1, value ->> 2, value ->> 3, value ->> 4, value ->> 5,
      value ->> 6, value ->> 7, value ->> 8
    FROM json_each(?1)
  )`;

const piecesJson = (pieces: readonly Piece[]): string =>
  JSON.stringify(
    pieces.map((piece) => [
      ...[piece.slot, piece.series, piece.fromVersion, piece.untilVersion],
      ...[piece.fromMs, piece.untilMs, piece.stepMs, piece.holdMs, piece.stepVersions],
    ]),
  );

/** The first row of a piece. */
const FIRST = `(
  SELECT version FROM samples AS row WHERE row.slot = piece.slot AND row.series = piece.series
    AND row.version >= piece.from_version AND row.version < piece.until_version
    AND row.offset_ms >= piece.from_ms
  ORDER BY row.version LIMIT 1
)`;

/** Where the bucket of a cut ends, ms of the hour. */
const BORDER_MS = `min(cut.until_ms, ((cut.slot * ${SLOT_MS} + cut.at_ms) / cut.step_ms + 1)
  * cut.step_ms - cut.slot * ${SLOT_MS})`;

/** A row before that, near the place where the border is expected; the cut if there is none. */
const BEFORE = `coalesce((
  SELECT version FROM samples AS row WHERE row.slot = cut.slot AND row.series = cut.series
    AND row.version > cut.version AND row.version < cut.version + cut.step_versions
    AND row.offset_ms < ${BORDER_MS}
  ORDER BY row.version DESC LIMIT 1
), cut.version)`;

/** The first row beyond the bucket of a cut. */
const BEYOND = `(
  SELECT version FROM samples AS row WHERE row.slot = cut.slot AND row.series = cut.series
    AND row.version > ${BEFORE} AND row.version < cut.until_version
    AND row.offset_ms >= ${BORDER_MS}
  ORDER BY row.version LIMIT 1
)`;

const IN_RANGE = `slot = range.slot AND series = range.series
  AND version >= range.version AND version < range.next`;

/** What was summed up of one bucket of a piece; times are ms of the hour. */
export type PartRow = readonly [
  number: number,
  version: number,
  firstMs: number,
  count: number,
  min: number,
  max: number,
  heldSum: number,
  heldMs: number,
  /** Below 0 where a row lies before the one that was counted before it, by so much. */
  leastHeldMs: number,
  lastMs: number,
  lastValue: number,
];

/** Of each piece the parts in the order of time. */
export const readParts = (rows: readonly Row[]): PartRow[] =>
  rows
    .flatMap(({ parts }) => JSON.parse(String(parts ?? '[]')) as PartRow[])
    .sort(([a, versionA], [b, versionB]) => a - b || versionA - versionB);

/**
 * Sums up the rows of each bucket. A cut is the first row of a bucket, and the first beyond the
 * piece, which ends the last bucket.
 *
 * The versions of a series follow its time, so a bucket is a range of the key, whose end is looked
 * for where evenly told rows would have it. To group the rows instead would sort them. Where a
 * clock was set back they do not: `isSetBack` and `selectSetBack` find that out.
 */
export const selectParts = (pieces: readonly Piece[]): Statement =>
  statement(
    `WITH RECURSIVE ${PIECES},
     cut (number, slot, series, until_version, until_ms, step_ms, hold_ms, step_versions, version,
       at_ms) AS (
       SELECT number, piece.slot, piece.series, until_version, until_ms, step_ms, hold_ms,
         step_versions, row.version, row.offset_ms
       FROM piece CROSS JOIN samples AS row ON row.slot = piece.slot AND row.series = piece.series
         AND row.version = ${FIRST}
       UNION ALL
       SELECT number, cut.slot, cut.series, until_version, until_ms, step_ms, hold_ms,
         step_versions, row.version, row.offset_ms
       FROM cut CROSS JOIN samples AS row ON row.slot = cut.slot AND row.series = cut.series
         AND row.version = ${BEYOND}
       WHERE cut.at_ms < cut.until_ms
     ),
     range AS MATERIALIZED (
       SELECT *, lead(version, 1, until_version) OVER (PARTITION BY number ORDER BY version) AS next
       FROM cut
     )
     SELECT '[' || group_concat(printf('[%d,%d,%d,', number, version, at_ms) || (
       SELECT printf('%d,%!.17g,%!.17g,%!.17g,%d,%d,', count(*), min(value), max(value),
         total(value * held_ms), coalesce(sum(held_ms), 0), coalesce(min(held_ms), 0))
       FROM (
         SELECT ${VALUE} AS value,
           min(range.hold_ms, lead(offset_ms) OVER (ORDER BY version) - offset_ms) AS held_ms
         FROM samples WHERE ${IN_RANGE}
       )
     ) || (
       SELECT printf('%d,%!.17g]', offset_ms, ${VALUE}) FROM samples WHERE ${IN_RANGE}
       ORDER BY version DESC LIMIT 1
     )) || ']' AS parts
     FROM range WHERE at_ms < until_ms`,
    piecesJson(pieces),
  );

/** Clocks of peers and the way of a message shake the order of rows by less, ms. */
const SHAKEN_MS = 1_000;

/** Whether the versions of a bucket go back in time: its sums are of no use then. */
export const isSetBack = ([, , , , , , , , leastHeldMs]: PartRow): boolean =>
  leastHeldMs < -SHAKEN_MS;

/** Of pieces that end within their hour those where time goes back into them after their end. */
export const selectSetBack = (pieces: readonly Piece[]): Statement =>
  statement(
    `WITH ${PIECES}
     SELECT number FROM piece WHERE until_ms < ${SLOT_MS} AND EXISTS (
       SELECT 1 FROM samples AS row WHERE row.slot = piece.slot AND row.series = piece.series
         AND row.version < piece.until_version AND row.offset_ms < piece.until_ms - ${SHAKEN_MS}
         AND row.version > (
           SELECT version FROM samples AS later WHERE later.slot = piece.slot
             AND later.series = piece.series AND later.version >= piece.from_version
             AND later.offset_ms >= piece.until_ms
           ORDER BY later.version LIMIT 1
         )
     )`,
    piecesJson(pieces),
  );
