// The headline: by what factor each strategy saves bytes, and at what error.

import { capital, counted, factor, listed, quantity } from '../drawing/format.ts';
import { scaleOf } from '../drawing/frame.ts';
import { legendOf } from '../drawing/palette.ts';
import type { Figure } from '../figure.ts';
import {
  emptyBecause,
  finished,
  groupBy,
  measureOf,
  measures,
  seriesOf,
} from '../statistics/data.ts';
import { spoken } from '../statistics/interval.ts';
import {
  bytesOf,
  type TradeRow,
  tradeColumns,
  tradeName,
  tradePlot,
  tradeRows,
} from './trade-off.ts';

export const errorBandwidth: Figure<TradeRow> = {
  id: 'error-bandwidth',
  title: 'Error against bytes',
  needs: ['measures'],
  columns: tradeColumns('mean error', 'deltas'),
  options: { seriesKey: 'series', canSwitchScale: true },
  rows: (data) => {
    const runs = finished(data);
    const bytes = measures(data, 'wire_bytes');
    const errors = measures(data, 'error_deltas');
    const seriesName = seriesOf(runs, ['nodes', 'budgetBytes']);
    const trades = runs.map((run) => ({
      series: seriesName(run),
      nodes: run.nodes,
      budgetBytes: run.budgetBytes,
      bytes: measureOf(bytes.get(run.id)),
      value: measureOf(errors.get(run.id)),
    }));
    return tradeRows(trades);
  },
  caption,
  legend: legendOf,
  plot: (rows, view) =>
    tradePlot(rows, view, {
      styles: legendOf(rows),
      yLabel: '↑ mean |view − truth|, deltas',
      unit: 'deltas',
      scale: scaleOf(view, {}),
    }),
  emptySentence: (data) => emptyBecause(data, 'did not measure bytes and errors together'),
};

function caption(rows: readonly TradeRow[]): string {
  // Where most strategies meet; of several such fleets the largest.
  const [place] = [...groupBy(rows, ({ nodes }) => nodes)].sort(
    ([a, those], [b, others]) => others.length - those.length || b - a,
  );
  if (place === undefined) return '';
  const [nodes, here] = place;
  const [most, ...cheaper] = [...here].sort((a, b) => b.bytes - a.bytes);
  if (most === undefined) return '';
  const nameOf = tradeName(here);
  const start = `At ${counted(nodes, 'node')} ${nameOf(most)} sends `;
  const base = `${start}${spoken(bytesOf(most), 'B/s')} for ${error(most)}`;
  const told = worthTelling(cheaper);
  const others = told.map((row) => {
    const bytes = spoken(bytesOf(row), 'B/s');
    const times = row.bytes > 0 ? `${factor(most.bytes / row.bytes)} less, ` : '';
    return `${nameOf(row)} sends ${times}${bytes}, for ${error(row)}`;
  });
  const rest = cheaper.length - told.length;
  const end = rest > 0 ? `; ${rest} more are in the figure and its table` : '';
  return `${capital(others.length === 0 ? base : `${base}; ${listed(others)}`)}${end}.`;
}

/** More than these would be a wall of numbers. */
const MOST_TOLD = 4;

/** All, or of many the cheapest, and the one that is off the truth the least. */
function worthTelling(rows: readonly TradeRow[]): readonly TradeRow[] {
  if (rows.length <= MOST_TOLD) return rows;
  const byError = rows.toSorted((a, b) => a.value - b.value);
  return [...new Set([rows.at(-1), byError[0]])].filter((row) => row !== undefined);
}

const error = ({ value }: TradeRow): string => `an error of ${quantity(value, 'deltas')}`;
