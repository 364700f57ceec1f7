// Every statement on the tables of results. Rows travel as one JSON text a statement: few round
// trips, and nothing but plain strings between threads.

import type { Statement } from '../../database/schema.ts';
import type { ExperimentRow, RunRow } from '../rows.ts';
import { type AnyTable, columnsOf, keyOf, type NamedColumn } from './column.ts';
import { RUN_TABLES, type RunTableName } from './run-tables.ts';
import { EXPERIMENTS, RUNS } from './tables.ts';
import { encodeRow } from './values.ts';

const statement = (sql: string, ...args: Statement['args']): Statement => ({ sql, args });

/** The database's own clock, ms: it may stand on another machine than who asks. */
const NOW_MS = `unixepoch('subsec') * 1000`;

const namesOf = (columns: readonly NamedColumn[]): string =>
  columns.map(({ name }) => name).join(', ');

const cellsOf = (columns: readonly NamedColumn[]): string =>
  columns.map((_, index) => `value ->> ${index}`).join(', ');

const without = (table: AnyTable, property: string): NamedColumn[] =>
  columnsOf(table).filter((column) => column.property !== property);

const EXPERIMENT_COLUMNS = without(EXPERIMENTS, 'id');
const RUN_COLUMNS = without(RUNS, 'id');

/** `writer` names the process that runs it. Answers its id. */
export const insertExperiment = (row: Omit<ExperimentRow, 'id'>, writer: string): Statement =>
  statement(
    `INSERT INTO experiments (${namesOf(EXPERIMENT_COLUMNS)}, seen_at_ms, writer)
     SELECT ${cellsOf(EXPERIMENT_COLUMNS)}, ${NOW_MS}, ?2 FROM json_each(?1) RETURNING id`,
    JSON.stringify([encodeRow(EXPERIMENTS, row, EXPERIMENT_COLUMNS)]),
    writer,
  );

/** Columns of the table, then how long ago its process was last seen, ms, and which that is. */
const selectExperiments = (rest: string): string =>
  `SELECT ${namesOf(columnsOf(EXPERIMENTS))}, ${NOW_MS} - seen_at_ms, writer
   FROM experiments ${rest}`;

const NEWEST_FIRST = 'ORDER BY started_at_ms DESC, id DESC';

export const selectAllExperiments = (): Statement => statement(selectExperiments(NEWEST_FIRST));

export const selectExperiment = (id: number): Statement =>
  statement(selectExperiments('WHERE id = ?'), id);

export const selectUnfinished = (planHash: string): Statement =>
  statement(
    selectExperiments(`WHERE plan_hash = ? AND state <> 'done' ${NEWEST_FIRST} LIMIT 1`),
    planHash,
  );

/** Says that the process which runs these still lives. */
export const touchExperiments = (ids: readonly number[]): Statement =>
  statement(
    `UPDATE experiments SET seen_at_ms = ${NOW_MS}
     WHERE id IN (SELECT value FROM json_each(?))`,
    JSON.stringify(ids),
  );

/** Answers nothing when another process was faster; `before` is who ran it until now. */
export const takeOver = (id: number, before: string, writer: string): Statement =>
  statement(
    `UPDATE experiments SET state = 'running', ended_at_ms = NULL, seen_at_ms = ${NOW_MS},
       writer = ?3
     WHERE id = ?1 AND writer = ?2 AND state <> 'done' RETURNING id`,
    id,
    before,
    writer,
  );

type ExperimentEnd = Pick<ExperimentRow, 'state' | 'endedAtMs'>;

export const updateExperiment = (id: number, end: ExperimentEnd): Statement => {
  const columns = columnsOf(EXPERIMENTS).filter(({ property }) => property in end);
  return update(EXPERIMENTS, id, columns, end);
};

export const deleteExperiment = (id: number): Statement =>
  statement('DELETE FROM experiments WHERE id = ? RETURNING id', id);

/** Deleting a run deletes all its rows. */
export const deleteUnfinishedRun = (experimentId: number, number: number): Statement =>
  statement(
    `DELETE FROM runs WHERE experiment_id = ? AND number = ? AND state <> 'done'`,
    experimentId,
    number,
  );

/** Answers its id, or nothing when there is such a run or no such experiment. */
export const insertRun = (row: Omit<RunRow, 'id'>): Statement =>
  statement(
    `INSERT INTO runs (${namesOf(RUN_COLUMNS)})
     SELECT ${cellsOf(RUN_COLUMNS)} FROM json_each(?1)
     WHERE EXISTS (SELECT 1 FROM experiments WHERE id = ?2)
       AND NOT EXISTS (SELECT 1 FROM runs WHERE experiment_id = ?2 AND number = ?3)
     RETURNING id`,
    JSON.stringify([encodeRow(RUNS, row, RUN_COLUMNS)]),
    row.experimentId,
    row.number,
  );

export const selectRuns = (experimentId: number): Statement =>
  statement(
    `SELECT ${namesOf(columnsOf(RUNS))} FROM runs WHERE experiment_id = ? ORDER BY number`,
    experimentId,
  );

export const updateRun = (id: number, end: Partial<RunRow>): Statement => {
  const columns = columnsOf(RUNS).filter(({ property }) => property in end);
  return update(RUNS, id, columns, end);
};

/** Answers nothing when the row is gone. */
const update = (
  table: AnyTable,
  id: number,
  columns: readonly NamedColumn[],
  row: object,
): Statement =>
  statement(
    `UPDATE ${table.name} SET ${columns.map(({ name }) => `${name} = ?`).join(', ')}
     WHERE id = ? RETURNING id`,
    ...encodeRow(table, row, columns),
    id,
  );

export const columnsOfRows = (table: RunTableName): readonly NamedColumn[] =>
  without(RUN_TABLES[table], 'runId');

/**
 * `rows` is a JSON list of lists, cells in the order of `columnsOfRows`. A row that is there
 * already stays, for a server may have heard a batch that it did not answer; rows of a run that
 * was deleted meanwhile go nowhere.
 */
export const insertRows = (table: RunTableName, runId: number, rows: string): Statement => {
  const columns = columnsOfRows(table);
  return statement(
    `INSERT INTO ${RUN_TABLES[table].name} (run_id, ${namesOf(columns)})
     SELECT ?1, ${cellsOf(columns)} FROM json_each(?2)
     WHERE EXISTS (SELECT 1 FROM runs WHERE id = ?1) ON CONFLICT DO NOTHING`,
    runId,
    rows,
  );
};

/** By key. In pages, for a server bounds what it answers at once. */
export const selectRows = (
  table: RunTableName,
  runId: number,
  limit: number,
  offset: number,
): Statement => {
  const found = RUN_TABLES[table];
  return statement(
    `SELECT ${namesOf(columnsOf(found))} FROM ${found.name} WHERE run_id = ?
     ORDER BY ${keyOf(found).join(', ')} LIMIT ? OFFSET ?`,
    runId,
    BigInt(limit),
    BigInt(offset),
  );
};
