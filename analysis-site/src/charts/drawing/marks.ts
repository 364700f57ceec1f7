// Lines of series with their intervals, dashes, symbols and tips: what most charts are made of.

import type { Markish } from '@observablehq/plot';
import * as Plot from '@observablehq/plot';
import type { FigureRow, Scale, SeriesStyle, View } from '../figure.ts';
import { isNumber } from '../statistics/data.ts';

export interface LineSpec<Row extends FigureRow> {
  readonly x: keyof Row & string;
  readonly y: keyof Row & string;
  /** Bounds of an interval; absent: none is drawn. */
  readonly low?: keyof Row & string;
  readonly high?: keyof Row & string;
  readonly series: keyof Row & string;
  readonly styles: readonly SeriesStyle[];
  readonly scale: Scale;
  /** `bars` at values that were set, `ribbon` along time. */
  readonly interval?: 'bars' | 'ribbon';
  /** Without dots a line of many values stays light. */
  readonly hasDots?: boolean;
  /** What the tip says of a row. */
  readonly tip: (row: Row) => string;
}

/** Rows of the series that the reader wants to see. */
export const shown = <Row extends FigureRow>(
  rows: readonly Row[],
  key: keyof Row & string,
  { shownSeries }: View,
): readonly Row[] =>
  shownSeries === undefined ? rows : rows.filter((row) => shownSeries.has(`${row[key]}`));

/** A number that this scale can show, or NaN, at which a line breaks. */
export const drawable = (value: unknown, scale: Scale): number =>
  typeof value === 'number' && (scale === 'linear' || value > 0) ? value : Number.NaN;

export function seriesMarks<Row extends FigureRow>(
  rows: readonly Row[],
  spec: LineSpec<Row>,
): Markish[] {
  const { x, y, series, scale } = spec;
  const drawn = rows.filter((row) => Number.isFinite(drawable(row[y], scale)));
  const marks = spec.styles.flatMap((style) =>
    marksOfOne(
      rows.filter((row) => row[series] === style.name),
      style,
      spec,
      floorOf(rows, spec),
    ),
  );
  if (drawn.length === 0) return marks;
  const tip = Plot.tip(
    drawn,
    Plot.pointer({ x, y, title: (row: Row) => spec.tip(row), fontSize: 12, lineHeight: 1.25 }),
  );
  return [...marks, tip];
}

function marksOfOne<Row extends FigureRow>(
  rows: readonly Row[],
  { color, dash, symbol }: SeriesStyle,
  spec: LineSpec<Row>,
  floor: number,
): Markish[] {
  if (rows.length === 0) return [];
  const { x, scale } = spec;
  const y = (row: Row): number => drawable(row[spec.y], scale);
  const stroke = { stroke: color, ...(dash !== '' && { strokeDasharray: dash }) };
  const marks: Markish[] = intervalMarks(rows, color, spec, floor);
  marks.push(Plot.lineY(rows, { x, y, ...stroke, strokeWidth: 2 }));
  if (spec.hasDots) {
    const dots = rows.filter((row) => Number.isFinite(y(row)));
    const shape = symbol as Plot.SymbolType;
    marks.push(Plot.dot(dots, { x, y, symbol: shape, fill: color, r: 4 }));
  }
  return marks;
}

function intervalMarks<Row extends FigureRow>(
  rows: readonly Row[],
  color: string,
  { x, low, high, interval }: LineSpec<Row>,
  floor: number,
): Markish[] {
  if (interval === undefined || low === undefined || high === undefined) return [];
  const bounded = rows.filter((row) => isNumber(number(row[low])) && isNumber(number(row[high])));
  const y1 = (row: Row): number => Math.max(floor, Number(row[low]));
  const y2 = (row: Row): number => Math.max(floor, Number(row[high]));
  if (bounded.length === 0) return [];
  if (interval === 'ribbon') {
    return [Plot.areaY(bounded, { x, y1, y2, fill: color, fillOpacity: 0.15 })];
  }
  return [Plot.ruleX(bounded, { x, y1, y2, stroke: color, strokeWidth: 1.5, marker: 'none' })];
}

const number = (cell: unknown): number | null => (typeof cell === 'number' ? cell : null);

/** What a bound at or below 0 is drawn at: the lowest value that the scale has anyway. */
function floorOf<Row extends FigureRow>(rows: readonly Row[], { y, scale }: LineSpec<Row>): number {
  if (scale === 'linear') return Number.NEGATIVE_INFINITY;
  return rows.reduce((least, row) => {
    const value = drawable(row[y], scale);
    return Number.isFinite(value) ? Math.min(least, value) : least;
  }, Number.POSITIVE_INFINITY);
}
