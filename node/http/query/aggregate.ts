// Aggregates over the values of many nodes. Rows of other units are never mixed: 5 jobs and 5 B/s
// have no sum.

import { roundTo } from '../answers/number.ts';
import { badRequest } from '../answers/problem.ts';
import type { AggregateRow, QueryRow } from '../answers/shapes.ts';
import type { Share } from './room.ts';

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
  /** Of the metric, as its owner defines it. */
  readonly resolution: number;
}

/** More are no figures to look at, but a way to keep a node busy. */
const MAX_GROUPS = 5_000;
const MAX_RANKED = 32_000;
/** Of one group: a fleet has a tenth of it, and to sort more would take too long at a stretch. */
const MAX_VALUES = 100_000;
/** What is held takes about so much: a list has half of its length to spare, a row its texts. */
const VALUE_BYTES = 12;
const GROUP_BYTES = 400;
const ROW_BYTES = 400;
/** So many values are sorted and summed in the time that it takes to tell one metric. */
const VALUES_SORTED = 64;

/** Takes rows one by one, for all of a large fleet at once would take too much memory. */
export interface Collector<Answer> {
  /** Throws a Problem when there are too many groups, or no room for what they hold. */
  add(row: GroupedRow): void;
  /** A number tells what it took to make the next row, counted in metrics of an answer. */
  rows(): Generator<Answer | number>;
}

interface Group<Content> extends Omit<AggregateRow, 'values'> {
  readonly content: Content;
}

function createGroups<Content>(share: Share, create: () => Content) {
  const groups = new Map<string, Group<Content>>();
  return {
    all: () => groups.values(),
    of({ row: { metric, unit }, group }: GroupedRow): Content {
      // Names hold no control characters.
      const key = `${metric}\0${unit}\0${group ?? '\0'}`;
      const held = groups.get(key);
      if (held !== undefined) return held.content;
      if (groups.size >= MAX_GROUPS) {
        const fix = 'name the metrics, or group by another label';
        throw badRequest('too_many_groups', `There are more than ${MAX_GROUPS} groups; ${fix}.`);
      }
      share.take(GROUP_BYTES);
      const content = create();
      groups.set(key, { metric, unit, group, content });
      return content;
    },
  };
}

/** One row for each metric, unit and group, with the aggregates by their names. */
export function createFigures(names: readonly string[], share: Share): Collector<AggregateRow> {
  const groups = createGroups(share, () => ({
    values: [] as number[],
    finest: Number.POSITIVE_INFINITY,
  }));
  const wanted = [...new Set(names)];
  return {
    add(grouped) {
      const figures = groups.of(grouped);
      figures.finest = Math.min(figures.finest, grouped.resolution);
      const { values } = figures;
      if (values.length >= MAX_VALUES) {
        const fix = 'name the nodes, or group by a label';
        throw badRequest('too_many_values', `A group has more than ${MAX_VALUES} values; ${fix}.`);
      }
      share.take(VALUE_BYTES);
      values.push(grouped.row.value);
    },
    *rows() {
      for (const { metric, unit, group, content } of groups.all()) {
        yield content.values.length / VALUES_SORTED;
        const values = summarize(content.values, wanted, content.finest);
        yield { metric, unit, group, values };
      }
    },
  };
}

/** The `count` highest rows of each metric, unit and group, the highest first. */
export function createRanking(count: number, share: Share): Collector<QueryRow> {
  const groups = createGroups<QueryRow[]>(share, () => []);
  let held = 0;
  /** Sorted only when there are twice as many as wanted, so that a row costs little. */
  const prune = (rows: QueryRow[]): void => {
    rows.sort((a, b) => b.value - a.value || inNaturalOrder(a.node, b.node));
    const pruned = rows.splice(count).length;
    held -= pruned;
    share.give(pruned * ROW_BYTES);
  };
  return {
    add(grouped) {
      const rows = groups.of(grouped);
      share.take(ROW_BYTES);
      rows.push(grouped.row);
      held++;
      if (rows.length >= 2 * count) prune(rows);
      if (held > MAX_RANKED) {
        const fix = 'name the metrics, or ask for fewer';
        throw badRequest('too_many_rows', `More than ${MAX_RANKED} rows are ranked; ${fix}.`);
      }
    },
    *rows() {
      for (const { content } of groups.all()) {
        prune(content);
        yield* content;
      }
    },
  };
}

/**
 * Figures are rounded as the values are, to `resolution`. What is no finite number counts for
 * nothing. `count` and sum of nothing are 0; what has no answer, or none that a float can hold, is
 * null.
 */
export function summarize(
  values: readonly number[],
  names: readonly string[],
  resolution = 0,
): Record<string, number | null> {
  const sorted = Float64Array.from(values.filter(Number.isFinite)).sort();
  const shown = (name: string): number | null => {
    const value = figure(sorted, name);
    if (!Number.isFinite(value)) return null;
    return name === 'count' || resolution === 0 ? clean(value) : roundTo(value, resolution);
  };
  return Object.fromEntries(names.map((name) => [name, shown(name)]));
}

function figure(sorted: Float64Array, name: string): number {
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

const sum = (values: Float64Array): number => values.reduce((total, value) => total + value, 0);

/**
 * Linear interpolation between the two nearest ranks: type 7 of R. Hyndman, Y. Fan, Sample
 * Quantiles in Statistical Packages (1996); what R, NumPy and spreadsheets answer. NaN of nothing.
 */
function quantile(sorted: Float64Array, share: number): number {
  const rank = (sorted.length - 1) * share;
  const below = sorted[Math.floor(rank)] ?? Number.NaN;
  const above = sorted[Math.ceil(rank)] ?? Number.NaN;
  const part = rank - Math.floor(rank);
  // Weighted, not below + part × difference: the difference of two floats may be none.
  return part === 0 ? below : below * (1 - part) + above * part;
}

const clean = (value: number): number => Number(value.toPrecision(DIGITS));

const inNaturalOrder = new Intl.Collator('en', { numeric: true }).compare;
