// Aggregates over the values of many nodes. Rows of other units are never mixed: 5 jobs and 5 B/s
// have no sum.

import type { AggregateRow, QueryRow } from '../answers.ts';

const PERCENTILE = /^p(?:100|\d{1,2}(?:\.\d{1,3})?)$/;
const SIMPLE = ['count', 'min', 'max', 'avg', 'sum'] as const;

export const AGGREGATE_RULE = `must be of ${SIMPLE.join(', ')}, or a percentile p0 … p100`;

export const isAggregate = (name: string): boolean =>
  (SIMPLE as readonly string[]).includes(name) || PERCENTILE.test(name);

/** Decimal digits that survive; beyond them is only the noise of binary fractions. */
const DIGITS = 14;

/** A row with the value of the label that rows are grouped by. */
export interface GroupedRow {
  readonly row: QueryRow;
  readonly group: string | null;
}

interface Group extends Omit<AggregateRow, 'values'> {
  readonly rows: QueryRow[];
}

function groupsOf(rows: readonly GroupedRow[]): Group[] {
  const groups = new Map<string, Group>();
  for (const { row, group } of rows) {
    const { metric, unit } = row;
    const key = JSON.stringify([metric, unit, group]);
    const held = groups.get(key) ?? { metric, unit, group, rows: [] };
    held.rows.push(row);
    groups.set(key, held);
  }
  return [...groups.values()];
}

/** One row for each metric, unit and group, with the aggregates by their names. */
export const aggregate = (rows: readonly GroupedRow[], names: readonly string[]): AggregateRow[] =>
  groupsOf(rows).map(({ metric, unit, group, rows: own }) => {
    const values = own.map(({ value }) => value);
    return { metric, unit, group, values: summarize(values, names) };
  });

/**
 * What is no finite number counts for nothing. `count` and sum of nothing are 0; what has no
 * answer, or none that a float can hold, is null.
 */
export function summarize(
  values: readonly number[],
  names: readonly string[],
): Record<string, number | null> {
  const sorted = values.filter(Number.isFinite).sort((a, b) => a - b);
  return Object.fromEntries(names.map((name) => [name, clean(figure(sorted, name))]));
}

function figure(sorted: readonly number[], name: string): number {
  const { length } = sorted;
  switch (name) {
    case 'count':
      return length;
    case 'sum':
      return sum(sorted);
    case 'avg':
      // Divided first: the mean of the largest floats is one of them, their sum is none.
      return length === 0 ? Number.NaN : sum(sorted.map((value) => value / length));
    case 'min':
      return quantile(sorted, 0);
    case 'max':
      return quantile(sorted, 1);
    default:
      return quantile(sorted, Number(name.slice(1)) / 100);
  }
}

const sum = (values: readonly number[]): number =>
  values.reduce((total, value) => total + value, 0);

/**
 * Linear interpolation between the two nearest ranks: type 7 of R. Hyndman, Y. Fan, Sample
 * Quantiles in Statistical Packages (1996); what R, NumPy and spreadsheets answer. NaN of nothing.
 */
function quantile(sorted: readonly number[], share: number): number {
  const rank = (sorted.length - 1) * share;
  const below = sorted[Math.floor(rank)] ?? Number.NaN;
  const above = sorted[Math.ceil(rank)] ?? Number.NaN;
  const part = rank - Math.floor(rank);
  // Weighted, not below + part × difference: the difference of two floats may be none.
  return part === 0 ? below : below * (1 - part) + above * part;
}

const clean = (value: number): number | null =>
  Number.isFinite(value) ? Number(value.toPrecision(DIGITS)) : null;

const inNaturalOrder = new Intl.Collator('en', { numeric: true }).compare;

/** The `count` highest rows of each metric, unit and group, the highest first. */
export const highest = (rows: readonly GroupedRow[], count: number): QueryRow[] =>
  groupsOf(rows).flatMap((group) =>
    group.rows
      .toSorted((a, b) => b.value - a.value || inNaturalOrder(a.node, b.node))
      .slice(0, count),
  );
