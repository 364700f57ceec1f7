// How the tables of results are described: columns that the compiler holds to the types of rows.

import type { GenericSchema } from 'valibot';

/**
 * `integer` counts and numbers, exact to 2^53; `real` is measured: ms, bytes, shares. `boolean` is
 * 0 or 1, `json` a text, in the database.
 */
export type Kind = 'text' | 'integer' | 'real' | 'boolean' | 'json';

export interface Column {
  readonly kind: Kind;
  readonly isNullable: boolean;
  /** What it means, as the document of the tables says it. */
  readonly about: string;
  /** Where it differs from the property's name with underscores. */
  readonly sqlName?: string;
  /** The only texts there are. */
  readonly choices?: readonly string[];
  /** What the value of a `json` column is. */
  readonly shape?: GenericSchema;
}

type KindOf<Value> = [Value] extends [boolean]
  ? 'boolean'
  : [Value] extends [number]
    ? 'integer' | 'real'
    : [Value] extends [string]
      ? 'text'
      : 'json';

type ColumnOf<Value> = Column & {
  readonly kind: KindOf<NonNullable<Value>>;
  readonly isNullable: null extends Value ? true : false;
};

/** A column for every property of a row, of its kind; anything else does not compile. */
export type ColumnsOf<Row> = { readonly [Key in keyof Row]-?: ColumnOf<Row[Key]> };

/** A table of whatever rows. */
export interface AnyTable {
  readonly name: string;
  readonly about: string;
  readonly key: readonly string[];
  readonly columns: object;
}

export interface Table<Row> extends AnyTable {
  /** Properties that make a row unique, in the order rows are read in. */
  readonly key: readonly (keyof Row & string)[];
  /** In the order of the columns. */
  readonly columns: ColumnsOf<Row>;
}

type Extra = Pick<Column, 'sqlName' | 'choices'>;

export const text = (about: string, extra: Extra = {}) =>
  ({ kind: 'text', isNullable: false, about, ...extra }) as const;

export const integer = (about: string, extra: Extra = {}) =>
  ({ kind: 'integer', isNullable: false, about, ...extra }) as const;

export const real = (about: string) => ({ kind: 'real', isNullable: false, about }) as const;

/** Null says: looked for and not there; see the text of the column. */
export const realOrNull = (about: string) => ({ kind: 'real', isNullable: true, about }) as const;

export const boolean = (about: string) => ({ kind: 'boolean', isNullable: false, about }) as const;

export const json = (about: string, shape: GenericSchema) =>
  ({ kind: 'json', isNullable: false, about, shape }) as const;

export interface NamedColumn extends Column {
  /** Of the property in a row. */
  readonly property: string;
  /** Of the column in the database, and in CSV. */
  readonly name: string;
  /** `ms`, `B`, or empty. */
  readonly unit: string;
}

/** `sentBytes` is `sent_bytes`. */
export const snakeCase = (name: string): string =>
  name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);

/** Names end with their unit, so that it need not be said again. */
const unitOf = (name: string): string =>
  name.endsWith('_ms') ? 'ms' : /(^|_)bytes$/.test(name) ? 'B' : '';

const known = new WeakMap<object, readonly NamedColumn[]>();

/** The columns in their order, each with its names. */
export function columnsOf(table: AnyTable): readonly NamedColumn[] {
  const found = known.get(table);
  if (found !== undefined) return found;
  const columns = Object.entries(table.columns as Record<string, Column>).map(
    ([property, column]) => {
      const name = column.sqlName ?? snakeCase(property);
      return { ...column, property, name, unit: unitOf(name) };
    },
  );
  known.set(table, columns);
  return columns;
}

export function keyOf(table: AnyTable): string[] {
  const names = new Map(columnsOf(table).map(({ property, name }) => [property, name]));
  return table.key.map((property) => names.get(property) ?? property);
}
