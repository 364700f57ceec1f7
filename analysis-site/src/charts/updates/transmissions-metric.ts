// Which metrics the traffic is for: samples told and filtered, metric by metric.

import type { Markish, PlotOptions } from '@observablehq/plot';
import * as Plot from '@observablehq/plot';
import { percent, quantity, short } from '../drawing/format.ts';
import { frame } from '../drawing/frame.ts';
import { inOrder, stylesOf } from '../drawing/palette.ts';
import type { ExperimentData, Figure, SeriesStyle, View } from '../figure.ts';
import { byRun, emptyBecause, finished, groupBy, mean, seriesOf } from '../statistics/data.ts';
import { interval, spoken } from '../statistics/interval.ts';

/** What was told of one metric, and what its delta kept back. */
export type MetricRow = {
  readonly series: string;
  readonly metric: string;
  readonly priority: number;
  /** Samples a second, all nodes together; the interval is that of what was told. */
  readonly told: number;
  readonly toldLow: number | null;
  readonly toldHigh: number | null;
  readonly filtered: number;
  readonly copies: number;
  readonly bytes: number;
  readonly runs: number;
};

const KINDS = ['told', 'filtered'] as const;

export const transmissionsMetric: Figure<MetricRow> = {
  id: 'transmissions-metric',
  title: 'Told and filtered by metric',
  needs: ['transmissions'],
  columns: [
    { key: 'series', title: 'series', unit: '' },
    { key: 'metric', title: 'metric', unit: '' },
    { key: 'priority', title: 'priority', unit: '' },
    { key: 'told', title: 'told', unit: 'samples/s' },
    { key: 'toldLow', title: 'told, 95 % interval from', unit: 'samples/s' },
    { key: 'toldHigh', title: 'told, 95 % interval to', unit: 'samples/s' },
    { key: 'filtered', title: 'filtered', unit: 'samples/s' },
    { key: 'copies', title: 'copies sent', unit: '1/s' },
    { key: 'bytes', title: 'bytes of copies', unit: 'B/s' },
    { key: 'runs', title: 'runs', unit: '' },
  ],
  options: {},
  rows,
  caption,
  legend: () => looks(),
  plot,
  emptySentence: (data) => emptyBecause(data, 'counted no transmissions'),
};

const looks = (): SeriesStyle[] => stylesOf(KINDS);

interface Sums {
  told: number;
  filtered: number;
  copies: number;
  bytes: number;
}

function rows(data: ExperimentData): MetricRow[] {
  const runs = finished(data);
  const transmissions = byRun(data, 'transmissions');
  const seriesName = seriesOf(runs);
  const perRun = runs.flatMap((run) =>
    [...groupBy(transmissions.get(run.id) ?? [], ({ metric }) => metric)].map(([metric, own]) => {
      const sums: Sums = { told: 0, filtered: 0, copies: 0, bytes: 0 };
      let seconds = 0;
      for (const row of own) {
        sums.told += row.published;
        sums.filtered += row.filtered;
        sums.copies += row.copies;
        sums.bytes += row.bytes;
        seconds += row.windowMs / 1000;
      }
      return { series: seriesName(run), metric, priority: own[0]?.priority ?? 0, sums, seconds };
    }),
  );
  const groups = groupBy(perRun, ({ series, metric }) => `${series}\n${metric}`);
  const found = [...groups.values()].flatMap((group) => {
    const rate = (key: keyof Sums): number[] =>
      group.map(({ sums, seconds }) => sums[key] / seconds).filter(Number.isFinite);
    const told = interval(rate('told'));
    const [first] = group;
    if (first === undefined || told === undefined) return [];
    return {
      series: first.series,
      metric: first.metric,
      priority: first.priority,
      told: told.mean,
      toldLow: told.low,
      toldHigh: told.high,
      filtered: mean(rate('filtered')),
      copies: mean(rate('copies')),
      bytes: mean(rate('bytes')),
      runs: told.count,
    };
  });
  const series = inOrder(found.map((row) => row.series));
  const metrics = inOrder(found.map(({ metric }) => metric));
  return found.sort(
    (a, b) =>
      series.indexOf(a.series) - series.indexOf(b.series) ||
      metrics.indexOf(a.metric) - metrics.indexOf(b.metric),
  );
}

const shareOf = ({ told, filtered }: MetricRow): number => told / (told + filtered);

function plot(all: readonly MetricRow[], view: View): PlotOptions {
  const fields = [...new Set(all.map(({ series }) => series))];
  const metrics = [...new Set(all.map(({ metric }) => metric))];
  const parts = all.flatMap((row) =>
    KINDS.map((kind) => ({ series: row.series, metric: row.metric, kind, value: row[kind] })),
  );
  const colors = looks();
  const place = { y: 'metric', fy: 'series' } as const;
  const marks: Markish[] = [
    Plot.barX(parts, {
      ...place,
      x: 'value',
      fill: ({ kind }: (typeof parts)[number]) =>
        colors.find(({ name }) => name === kind)?.color ?? 'currentColor',
      fillOpacity: ({ kind }: (typeof parts)[number]) => (kind === 'told' ? 1 : 0.3),
      insetTop: 17,
    }),
    Plot.text(all, {
      ...place,
      frameAnchor: 'left',
      textAnchor: 'start',
      dy: -13,
      text: (row: MetricRow) =>
        `${row.metric}: ${percent(shareOf(row) || 0)} told, ${quantity(row.bytes, 'B/s')}`,
    }),
    ...(fields.length > 1
      ? [Plot.text(fields, { fy: (name) => name, text: (name) => name, ...TITLE })]
      : []),
  ];
  return frame(view, {
    x: { label: 'samples a second, all nodes →', fromZero: true, format: short },
    y: { label: '', isBand: true },
    marks,
    marginLeft: 16,
    height: 70 + Math.max(1, fields.length) * (metrics.length * 42 + (fields.length > 1 ? 34 : 0)),
    more: {
      y: { axis: null, type: 'band', domain: metrics, padding: 0.1 },
      fy: { axis: null, domain: fields, padding: fields.length > 1 ? 0.2 : 0 },
      opacity: { type: 'identity' },
    },
  });
}

const TITLE = { frameAnchor: 'top-left', dy: -16, fontWeight: 600 } as const;

function caption(all: readonly MetricRow[]): string {
  const sorted = all
    .filter((row) => Number.isFinite(shareOf(row)))
    .sort((a, b) => shareOf(a) - shareOf(b));
  const [least, most] = [sorted[0], sorted.at(-1)];
  if (least === undefined || most === undefined) return '';
  const several = new Set(all.map(({ series }) => series)).size > 1;
  const said = (row: MetricRow): string => {
    const { told, toldLow, toldHigh, runs } = row;
    const value = spoken({ mean: told, low: toldLow, high: toldHigh, count: runs }, 'samples/s');
    const name = several ? `${row.metric} with ${row.series}` : row.metric;
    return `${percent(shareOf(row))} of the samples of ${name}, ${value}`;
  };
  if (least === most) return `Worth telling were ${said(least)}.`;
  return `Worth telling were ${said(least)}, but ${said(most)}.`;
}
