// Values on their way into the database and back: what a column takes, and what a cell means.

import * as v from 'valibot';
import { OperatingError } from '../../../errors.ts';
import { type AnyTable, type Column, columnsOf, type NamedColumn, type Table } from './column.ts';

/** What a driver reads and JSON can carry. */
export type Cell = string | number | null;

/** Strings that a database keeps whole: SQLite's own functions end a text at a zero character. */
const storable = (text: string): string => text.toWellFormed().replaceAll('\0', '\ufffd');

const NONE = Symbol('a value that the column does not take');

/**
 * Where a column knows "none", NaN and the infinities are none. Elsewhere they are a fault of the
 * program that made the row, and no number stands in for them.
 */
function encode(column: Column, value: unknown): Cell | typeof NONE {
  if (column.kind === 'json') return storable(JSON.stringify(value));
  if (column.kind === 'text') {
    if (typeof value !== 'string') return NONE;
    return column.choices?.includes(value) === false ? NONE : storable(value);
  }
  if (column.kind === 'boolean') return typeof value === 'boolean' ? Number(value) : NONE;
  if (value === null || !Number.isFinite(value)) return column.isNullable ? null : NONE;
  if (column.kind === 'integer' && !Number.isSafeInteger(value)) return NONE;
  return Number(value);
}

const EXPECTED: Readonly<Record<Column['kind'], string>> = {
  text: 'a text',
  integer: 'a whole number',
  real: 'a finite number',
  boolean: 'true or false',
  json: 'JSON',
};

const refusal = (table: string, column: NamedColumn, value: unknown): OperatingError => {
  const { name, choices } = column;
  const expected = choices === undefined ? EXPECTED[column.kind] : `one of ${choices.join(', ')}`;
  return new OperatingError(
    'results_value',
    `Column ${name} of table ${table} is ${String(value)}, but must be ${expected}.`,
  );
};

/** Cells in the order of the columns; throws an OperatingError that names the column. */
export function encodeRow(
  table: AnyTable,
  row: object,
  columns: readonly NamedColumn[] = columnsOf(table),
): Cell[] {
  const values = row as Readonly<Record<string, unknown>>;
  return columns.map((column) => {
    const value = values[column.property];
    const cell = encode(column, value);
    if (cell === NONE) throw refusal(table.name, column, value);
    return cell;
  });
}

function parseJson(text: unknown): unknown {
  try {
    return JSON.parse(String(text));
  } catch {
    return undefined;
  }
}

function decode(table: AnyTable, column: NamedColumn, cell: Cell): unknown {
  if (column.kind === 'boolean') return cell === 1;
  if (column.kind !== 'json' || column.shape === undefined) return cell;
  const parsed = v.safeParse(column.shape, parseJson(cell));
  if (parsed.success) return parsed.output;
  throw new OperatingError(
    'results_value',
    `Column ${column.name} of table ${table.name} does not hold the JSON that it should; ` +
      'it was changed by hand: mend or delete that row.',
  );
}

/** Cells in the order of the table's columns; our own STRICT tables vouch for the types. */
export const decodeCells = (table: AnyTable, cells: readonly Cell[]): object =>
  Object.fromEntries(
    columnsOf(table).map((column, index) => [
      column.property,
      decode(table, column, cells[index] ?? null),
    ]),
  );

export const decodeRow = <Row>(table: Table<Row>, cells: readonly Cell[]): Row =>
  decodeCells(table, cells) as Row;
