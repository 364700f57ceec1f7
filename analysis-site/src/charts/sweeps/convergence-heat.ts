// Convergence by length of a round and number of peers, a field for each fleet: where waiting
// longer and asking more meet.

import * as Plot from '@observablehq/plot';
import type { RunRow } from '../../../../node/storage/results/rows.ts';
import { capital, counted, number, quantity } from '../drawing/format.ts';
import { frame } from '../drawing/frame.ts';
import { shown } from '../drawing/marks.ts';
import { hue, inOrder } from '../drawing/palette.ts';
import type { ExperimentData, Figure, View } from '../figure.ts';
import {
  emptyBecause,
  finished,
  groupBy,
  isNumber,
  measured,
  seriesOf,
} from '../statistics/data.ts';
import { interval, spoken } from '../statistics/interval.ts';

export type HeatRow = {
  readonly series: string;
  readonly roundS: number;
  readonly peers: number;
  readonly mean: number | null;
  readonly low: number | null;
  readonly high: number | null;
  readonly runs: number;
  readonly never: number;
};

export const convergenceHeat: Figure<HeatRow> = {
  id: 'convergence-heat',
  title: 'Convergence by round and peers',
  needs: ['measures'],
  columns: [
    { key: 'series', title: 'series', unit: '' },
    { key: 'roundS', title: 'round', unit: 's' },
    { key: 'peers', title: 'peers a round', unit: '' },
    { key: 'mean', title: 'time until all know all', unit: 's' },
    { key: 'low', title: '95 % interval from', unit: 's' },
    { key: 'high', title: '95 % interval to', unit: 's' },
    { key: 'runs', title: 'runs', unit: '' },
    { key: 'never', title: 'runs without', unit: '' },
  ],
  options: { seriesKey: 'series' },
  rows,
  caption,
  // Each field carries its own name.
  legend: () => [],
  plot,
  emptySentence: (data) =>
    emptyBecause(data, 'varied neither the length of a round nor the number of peers'),
};

function rows(data: ExperimentData): HeatRow[] {
  const runs = finished(data);
  const differs = (column: keyof RunRow): boolean =>
    new Set(runs.map((run) => run[column])).size > 1;
  if (!differs('roundMs') && !differs('targetCount')) return [];
  const values = measured('full_view_ms', { times: 1e-3 })(data);
  const seriesName = seriesOf(runs, ['roundMs', 'targetCount']);
  const cells = groupBy(
    runs.filter(({ id }) => values.has(id)),
    (run) => `${seriesName(run)}\n${run.roundMs}\n${run.targetCount}`,
  );
  const found = [...cells.values()].flatMap((group) => {
    const summary = interval(group.map(({ id }) => values.get(id) ?? Number.NaN));
    const [first] = group;
    if (first === undefined) return [];
    return {
      series: seriesName(first),
      roundS: first.roundMs / 1000,
      peers: first.targetCount,
      mean: summary?.mean ?? null,
      low: summary?.low ?? null,
      high: summary?.high ?? null,
      runs: summary?.count ?? 0,
      never: group.length - (summary?.count ?? 0),
    };
  });
  const order = inOrder(found.map(({ series }) => series));
  return found.sort(
    (a, b) =>
      order.indexOf(a.series) - order.indexOf(b.series) || a.roundS - b.roundS || a.peers - b.peers,
  );
}

function plot(all: readonly HeatRow[], view: View) {
  const visible = shown(all, 'series', view);
  const fields = [...new Set(visible.map(({ series }) => series))];
  const levels = new Set(all.map(({ peers }) => peers)).size;
  const ascending = (a: number, b: number): number => a - b;
  const cell = { x: 'roundS', y: 'peers', fy: 'series' } as const;
  const rounds = [...new Set(all.map(({ roundS }) => roundS))].sort(ascending);
  return frame(view, {
    x: { label: 'seconds a round →', isBand: true, domain: rounds.map(String) },
    y: { label: '↑ peers a round', isBand: true },
    height: 90 + Math.max(1, fields.length) * (levels * 38 + 30),
    marks: [
      // Of one hue, ever fuller: it reads on a light and on a dark ground, as the text in it does.
      Plot.cell(visible, { ...cell, fill: hue('blue'), fillOpacity: 'mean', inset: 1, rx: 3 }),
      Plot.text(visible, {
        ...cell,
        text: ({ mean }: HeatRow) => (isNumber(mean) ? `${number(mean)} s` : 'never'),
      }),
      Plot.text(fields, { fy: (name) => name, text: (name) => name, ...TITLE }),
    ],
    more: {
      x: { type: 'band', label: 'seconds a round →', domain: rounds, tickSize: 0 },
      y: { type: 'band', label: null, reverse: true, tickSize: 0 },
      fy: { axis: null, domain: fields, padding: 0.22 },
      opacity: { range: [0.08, 0.6], zero: true },
    },
  });
}

const TITLE = { frameAnchor: 'top-left', dy: -16, fontWeight: 600 } as const;

function caption(all: readonly HeatRow[]): string {
  const sorted = all.filter(({ mean }) => isNumber(mean)).sort((a, b) => seconds(a) - seconds(b));
  const [least, most] = [sorted[0], sorted.at(-1)];
  if (least === undefined || most === undefined) return 'No view became full in time.';
  const said = (row: HeatRow): string => {
    const value = { mean: seconds(row), low: row.low, high: row.high, count: row.runs };
    const peers = counted(row.peers, 'peer');
    const setting = `rounds of ${quantity(row.roundS, 's')} and ${peers} each`;
    return `${spoken(value, 's')} with ${row.series}, ${setting}`;
  };
  if (least === most) return `${capital(`all know all after ${said(least)}`)}.`;
  return `All know all soonest after ${said(least)}, and latest after ${said(most)}.`;
}

const seconds = ({ mean }: HeatRow): number => mean ?? Number.NaN;
