// Figures of one kind: what is given (bytes) against what is got, a point for every fleet.

import type { Markish, PlotOptions } from '@observablehq/plot';
import * as Plot from '@observablehq/plot';
import { counted, quantity, short } from '../drawing/format.ts';
import { frame } from '../drawing/frame.ts';
import { sparseLabels } from '../drawing/labels.ts';
import { drawable, shown } from '../drawing/marks.ts';
import type { Column, SeriesStyle, View } from '../figure.ts';
import { groupBy, isNumber } from '../statistics/data.ts';
import { type Interval, interval } from '../statistics/interval.ts';

/** A point: runs of one series, fleet and budget, their means and intervals. */
export type TradeRow = {
  readonly series: string;
  readonly nodes: number;
  readonly budgetBytes: number;
  readonly bytes: number;
  readonly bytesLow: number | null;
  readonly bytesHigh: number | null;
  readonly value: number;
  readonly valueLow: number | null;
  readonly valueHigh: number | null;
  readonly runs: number;
};

/** What one run gave, and what it got. */
export interface Trade {
  readonly series: string;
  readonly nodes: number;
  /** Points of one series differ in this and the nodes. */
  readonly budgetBytes: number;
  readonly bytes: number;
  readonly value: number;
}

export const tradeColumns = (title: string, unit: string): readonly Column<TradeRow>[] => [
  { key: 'series', title: 'series', unit: '' },
  { key: 'nodes', title: 'nodes', unit: '' },
  { key: 'budgetBytes', title: 'budget', unit: 'B' },
  { key: 'bytes', title: 'bytes a node sends', unit: 'B/s' },
  { key: 'bytesLow', title: 'bytes, 95 % interval from', unit: 'B/s' },
  { key: 'bytesHigh', title: 'bytes, 95 % interval to', unit: 'B/s' },
  { key: 'value', title, unit },
  { key: 'valueLow', title: `${title}, 95 % interval from`, unit },
  { key: 'valueHigh', title: `${title}, 95 % interval to`, unit },
  { key: 'runs', title: 'runs', unit: '' },
];

/** One row a point; runs without both numbers are left out. */
export function tradeRows(trades: readonly Trade[]): TradeRow[] {
  const whole = trades.filter(
    ({ bytes, value }) => Number.isFinite(bytes) && Number.isFinite(value),
  );
  const points = groupBy(whole, ({ series, nodes, budgetBytes }) =>
    [series, nodes, budgetBytes].join('\n'),
  );
  return [...points.values()].flatMap((group) => {
    const bytes = interval(group.map((trade) => trade.bytes));
    const value = interval(group.map((trade) => trade.value));
    const [first] = group;
    if (first === undefined || bytes === undefined || value === undefined) return [];
    return {
      series: first.series,
      nodes: first.nodes,
      budgetBytes: first.budgetBytes,
      bytes: bytes.mean,
      bytesLow: bytes.low,
      bytesHigh: bytes.high,
      value: value.mean,
      valueLow: value.low,
      valueHigh: value.high,
      runs: group.length,
    };
  });
}

export const bytesOf = ({ bytes, bytesLow, bytesHigh, runs }: TradeRow): Interval => ({
  mean: bytes,
  low: bytesLow,
  high: bytesHigh,
  count: runs,
});

/** Names a row's series, and its budget where rows of one series differ in it. */
export function tradeName(rows: readonly TradeRow[]): (row: TradeRow) => string {
  if (new Set(rows.map(({ budgetBytes }) => budgetBytes)).size < 2) return ({ series }) => series;
  return ({ series, budgetBytes }) => `${series} (budget ${quantity(budgetBytes, 'B')})`;
}

export interface TradePlot {
  readonly styles: readonly SeriesStyle[];
  readonly yLabel: string;
  readonly unit: string;
  readonly scale: 'linear' | 'log';
}

export function tradePlot(
  rows: readonly TradeRow[],
  view: View,
  { styles, yLabel, unit, scale }: TradePlot,
): PlotOptions {
  const visible = shown(rows, 'series', view).filter(
    ({ bytes, value }) => bytes > 0 && Number.isFinite(drawable(value, scale)),
  );
  const nameOf = tradeName(rows);
  const tip = Plot.tip(
    visible,
    Plot.pointer({
      x: 'bytes',
      y: 'value',
      fontSize: 12,
      lineHeight: 1.25,
      title: (row: TradeRow) => `${nameOf(row)}, ${said(row, unit)}`,
    }),
  );
  return frame(view, {
    x: {
      label: 'bytes a second and node, with headers →',
      scale: 'log',
      format: short,
      values: rows.flatMap(({ bytes, bytesLow, bytesHigh }) => [bytes, bytesLow, bytesHigh]),
    },
    y: {
      label: yLabel,
      scale,
      fromZero: true,
      values: rows.flatMap(({ value, valueHigh }) => [value, valueHigh]),
      ...(scale === 'log' && { format: short }),
    },
    marks: [
      ...styles.flatMap((style) =>
        pointMarks(
          visible.filter(({ series }) => series === style.name),
          style,
          // None of what is shown can be below 0, and a logarithmic scale ends at the least value.
          scale === 'log' ? Math.min(...visible.map(({ value }) => value)) : 0,
        ),
      ),
      ...labels(visible),
      ...(visible.length > 0 ? [tip] : []),
    ],
  });
}

const said = ({ nodes, bytes, value }: TradeRow, unit: string): string =>
  `${counted(nodes, 'node')}\n${quantity(bytes, 'B/s')}, ${quantity(value, unit)}`;

/** Points of growing fleets are joined. */
function pointMarks(
  rows: readonly TradeRow[],
  { color, dash, symbol }: SeriesStyle,
  floor: number,
): Markish[] {
  const line = [...rows].sort((a, b) => a.nodes - b.nodes || a.bytes - b.bytes);
  const place = { x: 'bytes', y: 'value', stroke: color };
  const tall = line.filter(({ valueLow, valueHigh }) => isNumber(valueLow) && isNumber(valueHigh));
  const wide = line.filter(
    ({ bytesLow, bytesHigh }) => Number(bytesLow) > 0 && isNumber(bytesHigh),
  );
  const y1 = ({ valueLow }: TradeRow): number => Math.max(floor, valueLow ?? floor);
  return [
    Plot.ruleX(tall, { x: 'bytes', y1, y2: 'valueHigh', stroke: color }),
    Plot.ruleY(wide, { y: 'value', x1: 'bytesLow', x2: 'bytesHigh', stroke: color }),
    Plot.line(line, { ...place, strokeOpacity: 0.5, ...(dash && { strokeDasharray: dash }) }),
    Plot.dot(line, { ...place, fill: color, symbol: symbol as Plot.SymbolType, r: 5 }),
  ];
}

/** Up to so many points of one fleet have room for the names of their series. */
const NAMED_POINTS = 6;

/** Fleets have their size beside them, but of each series only the smallest and the largest. */
function labels(rows: readonly TradeRow[]): Markish[] {
  const place = { x: 'bytes', y: 'value' } as const;
  if (new Set(rows.map(({ nodes }) => nodes)).size === 1) {
    return rows.length <= NAMED_POINTS ? [sparseLabels(rows, { ...place, text: 'series' })] : [];
  }
  const ends = [...groupBy(rows, ({ series }) => series).values()].flatMap((own) => {
    const sorted = [...own].sort((a, b) => a.nodes - b.nodes);
    return [sorted[0], sorted.at(-1)].filter((row) => row !== undefined);
  });
  return [sparseLabels([...new Set(ends)], { ...place, text: 'nodes' })];
}
