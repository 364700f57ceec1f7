// What each class of metrics pays for the bytes that are saved: lag by priority against bytes.

import { capital, counted, quantity } from '../drawing/format.ts';
import { scaleOf } from '../drawing/frame.ts';
import { legendOf } from '../drawing/palette.ts';
import type { Figure } from '../figure.ts';
import { emptyBecause, finished, measureOf, measures } from '../statistics/data.ts';
import { spoken } from '../statistics/interval.ts';
import { withRun } from '../time-series/sampled.ts';
import { type TradeRow, tradeColumns, tradeName, tradePlot, tradeRows } from './trade-off.ts';

export const lagBandwidth: Figure<TradeRow> = {
  id: 'lag-bandwidth',
  title: 'Lag by priority against bytes',
  needs: ['measures'],
  columns: tradeColumns('lag, 95th percentile', 'ms'),
  options: { seriesKey: 'series', canSwitchScale: true, scale: 'log' },
  rows: (data) => {
    const runs = finished(data);
    const bytes = measures(data, 'wire_bytes');
    const lags = measures(data, 'lag_p95_ms');
    const named = withRun(data, ['nodes', 'budgetBytes']);
    const trades = runs.flatMap((run) =>
      (lags.get(run.id) ?? []).map(({ label, value }) => ({
        series: named(label === '' ? 'all priorities' : `priority ${label}`, run.id),
        nodes: run.nodes,
        budgetBytes: run.budgetBytes,
        bytes: measureOf(bytes.get(run.id)),
        value: value ?? Number.NaN,
      })),
    );
    return tradeRows(trades);
  },
  caption: (rows) => {
    const sorted = [...rows].sort((a, b) => a.value - b.value);
    const [least, most] = [sorted[0], sorted.at(-1)];
    if (least === undefined || most === undefined) return '';
    const nameOf = tradeName(rows);
    if (least === most) return `${capital(said(least, nameOf))}.`;
    if (least.value === most.value) return `Lag is always ${quantity(least.value, 'ms')}.`;
    return `Lag is least for ${said(least, nameOf)}, and most for ${said(most, nameOf)}.`;
  },
  legend: legendOf,
  plot: (rows, view) =>
    tradePlot(rows, view, {
      styles: legendOf(rows),
      yLabel: '↑ lag, 95th percentile, ms',
      unit: 'ms',
      scale: scaleOf(view, { scale: 'log' }),
    }),
  emptySentence: (data) => emptyBecause(data, 'did not measure bytes and lag together'),
};

function said(row: TradeRow, nameOf: (row: TradeRow) => string): string {
  const { nodes, value, valueLow, valueHigh, runs } = row;
  const lag = spoken({ mean: value, low: valueLow, high: valueHigh, count: runs }, 'ms');
  return `${nameOf(row)} with ${counted(nodes, 'node')}, ${lag} at ${quantity(row.bytes, 'B/s')}`;
}
