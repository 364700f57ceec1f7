// Tables of results as CSV (RFC 4180): a line of column names, then a line a row, CRLF at the ends.

import type { ExperimentRow } from './rows.ts';
import type { ResultsReader } from './store.ts';
import { type AnyTable, columnsOf } from './tables/column.ts';
import { RUN_TABLES } from './tables/run-tables.ts';
import { TABLES, type TableName } from './tables/tables.ts';
import { encodeRow } from './tables/values.ts';

const SPECIAL = /[",\r\n]/;

/** Nothing for null; a text stays what it is, whatever it holds. */
const field = (cell: string | number | null): string => {
  const text = cell === null ? '' : String(cell);
  return SPECIAL.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
};

const line = (cells: readonly (string | number | null)[]): string =>
  `${cells.map(field).join(',')}\r\n`;

const lines = (table: AnyTable, rows: readonly object[]): string =>
  rows.map((row) => line(encodeRow(table, row))).join('');

const isOfRuns = (name: TableName): name is keyof typeof RUN_TABLES => name in RUN_TABLES;

/** One table with the rows of these experiments, in pieces of one run. */
export async function* textOfTable(
  reader: ResultsReader,
  experiments: readonly ExperimentRow[],
  name: TableName,
): AsyncGenerator<string> {
  const table = TABLES[name];
  yield line(columnsOf(table).map((column) => column.name));
  if (name === 'experiments') yield lines(table, experiments);
  for (const { id } of name === 'experiments' ? [] : experiments) {
    const runs = await reader.runs(id);
    if (!isOfRuns(name)) yield lines(table, runs);
    else for (const run of runs) yield lines(table, await reader.rows(name, [run.id]));
  }
}
