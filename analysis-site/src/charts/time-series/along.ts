// Figures of one kind: what goes on as time or rounds pass, a line for each series, with the
// interval of the runs around it.

import type { PlotOptions } from '@observablehq/plot';
import { capital, niceStep, quantity, short } from '../drawing/format.ts';
import { frame, note, scaleOf } from '../drawing/frame.ts';
import { seriesMarks, shown } from '../drawing/marks.ts';
import { inOrder, legendOf } from '../drawing/palette.ts';
import type { ExperimentData, Figure, FigureOptions, Table, View } from '../figure.ts';
import { emptyBecause, groupBy, isNumber } from '../statistics/data.ts';
import { type Bounds, interval, spoken } from '../statistics/interval.ts';

/** What one run says of one series at one place of the x axis. */
export interface Observation {
  readonly runId: number;
  readonly series: string;
  readonly x: number;
  readonly value: number;
  /** Observations behind the value; absent: 1. */
  readonly weight?: number;
}

export type AlongRow = {
  readonly series: string;
  readonly x: number;
  readonly mean: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly runs: number;
};

/** The sentence about what is highest somewhere along x. */
export interface Peak {
  readonly subject: string;
  /** `at 12 s`, `in round 3`. */
  at(x: number): string;
}

export const atTime = (x: number): string => `at ${quantity(x, 's')}`;
export const ofMeasuring = (x: number): string => `${atTime(x)} of the measured time`;
export const inRound = (x: number): string => `in round ${x}`;

export interface Along {
  readonly id: string;
  readonly title: string;
  readonly needs: readonly Table[];
  readonly x: { readonly title: string; readonly unit: string; readonly label: string };
  readonly yLabel: string;
  readonly unit: string;
  readonly scale?: 'log';
  readonly domain?: Bounds;
  /** Where values can be, if not in the domain of the axis, and some are below 0. */
  readonly bounds?: Bounds;
  /** Means below it are drawn at it, for they would flatten all others; rows and tips keep them. */
  readonly drawnFrom?: number;
  readonly nothing: string;
  observe(data: ExperimentData): Observation[];
  readonly caption: Peak | ((rows: readonly AlongRow[]) => string);
}

export const TIME = { title: 'time', unit: 's', label: 'seconds since the start →' } as const;
export const MEASURED_TIME = { ...TIME, label: 'seconds of the measured time →' } as const;
export const ROUNDS = { title: 'round', unit: '', label: 'round →' } as const;

export function along(spec: Along): Figure<AlongRow> {
  const options: FigureOptions<keyof AlongRow> = {
    seriesKey: 'series',
    canZoomX: true,
    canSwitchScale: spec.domain === undefined,
    ...(spec.scale && { scale: spec.scale }),
  };
  return {
    id: spec.id,
    title: spec.title,
    needs: spec.needs,
    columns: [
      { key: 'series', title: 'series', unit: '' },
      { key: 'x', title: spec.x.title, unit: spec.x.unit },
      { key: 'mean', title: 'mean', unit: spec.unit },
      { key: 'low', title: '95 % interval from', unit: spec.unit },
      { key: 'high', title: '95 % interval to', unit: spec.unit },
      { key: 'runs', title: 'runs', unit: '' },
    ],
    options,
    rows: (data) => rowsOf(spec.observe(data), spec.bounds ?? spec.domain),
    caption: (rows) => (rows.length === 0 ? '' : `${capital(sentenceOf(spec, rows))}.`),
    legend: legendOf,
    plot: (rows, view) => plotOf(rows, view, spec),
    emptySentence: (data) => emptyBecause(data, spec.nothing),
  };
}

/** Points along x: more could not be told apart, and would make pages heavy. */
const MOST_POINTS = 120;

function rowsOf(all: readonly Observation[], bounds?: Bounds): AlongRow[] {
  const observations = all.filter(({ x, value }) => Number.isFinite(x) && Number.isFinite(value));
  const binned = bins(observations.map(({ x }) => x));
  const rows: AlongRow[] = [];
  for (const own of groupBy(observations, ({ series }) => series).values()) {
    for (const [x, here] of groupBy(own, (observation) => binned(observation.x))) {
      const perRun = [...groupBy(here, ({ runId }) => runId).values()].map(weightedMean);
      const summary = interval(perRun, bounds);
      if (summary === undefined) continue;
      const { count, ...rest } = summary;
      rows.push({ series: own[0]?.series ?? '', x, ...rest, runs: count });
    }
  }
  const order = inOrder(rows.map(({ series }) => series));
  return rows.sort((a, b) => order.indexOf(a.series) - order.indexOf(b.series) || a.x - b.x);
}

/** Puts close x values together where there are too many: each at its bin's start. */
function bins(values: readonly number[]): (x: number) => number {
  const distinct = new Set(values);
  if (distinct.size <= MOST_POINTS) return (x) => x;
  const [least, most] = values.reduce(
    ([low, high], x) => [Math.min(low, x), Math.max(high, x)],
    [Number.POSITIVE_INFINITY, Number.NEGATIVE_INFINITY],
  );
  const step = niceStep((most - least) / MOST_POINTS);
  return (x) => Number((Math.floor(x / step) * step).toPrecision(12));
}

function weightedMean(observations: readonly Observation[]): number {
  const total = observations.reduce((sum, { weight = 1 }) => sum + weight, 0);
  const sum = observations.reduce((all, { value, weight = 1 }) => all + value * weight, 0);
  return sum / total;
}

/** As it is drawn; `told` is what the tip says. */
function drawnRow(row: AlongRow, least = Number.NEGATIVE_INFINITY) {
  const raised = (value: number | null) => (value === null ? null : Math.max(least, value));
  const [low, high] = [raised(row.low), raised(row.high)];
  return { ...row, mean: Math.max(least, row.mean), low, high, told: row.mean };
}

function plotOf(rows: readonly AlongRow[], view: View, spec: Along): PlotOptions {
  const scale = scaleOf(view, spec);
  const visible = shown(rows, 'series', view).map((row) => drawnRow(row, spec.drawnFrom));
  const lengths = [...groupBy(rows, ({ series }) => series).values()].map((own) => own.length);
  const unit = spec.unit;
  return frame(view, {
    x: { label: spec.x.label },
    y: {
      label: spec.yLabel,
      scale,
      fromZero: true,
      values: rows.flatMap(({ mean, high }) => [mean, high]),
      ...(spec.domain && { domain: spec.domain }),
      ...((scale === 'log' || unit.startsWith('B')) && { format: short }),
    },
    marks: [
      ...seriesMarks(visible, {
        x: 'x',
        y: 'mean',
        low: 'low',
        high: 'high',
        series: 'series',
        styles: legendOf(rows),
        scale,
        interval: 'ribbon',
        // Symbols tell lines apart while they are few enough to be seen one by one.
        hasDots: Math.max(...lengths, 0) <= 24,
        tip: ({ series, x, told }) =>
          `${series}, ${spec.x.title} ${quantity(x, spec.x.unit)}\n${quantity(told, unit)}`,
      }),
      ...(visible.some(({ mean }) => isNumber(mean)) ? [] : [note('Nothing is switched on.')]),
    ],
  });
}

const sentenceOf = ({ caption, unit }: Along, rows: readonly AlongRow[]): string =>
  typeof caption === 'function' ? caption(rows) : peakCaption(rows, caption, unit);

/** Where it is highest, and what it is on average along x. */
function peakCaption(rows: readonly AlongRow[], { subject, at }: Peak, unit: string): string {
  const peak = rows.reduce((top, row) => (row.mean > top.mean ? row : top));
  const averages = [...groupBy(rows, ({ series }) => series)]
    .map(([series, own]) => ({
      series,
      mean: own.reduce((sum, row) => sum + row.mean, 0) / own.length,
    }))
    .sort((a, b) => a.mean - b.mean);
  const value = spoken({ ...peak, count: peak.runs }, unit);
  if (rows.every(({ mean }) => mean === peak.mean)) return `${subject} is always ${value}`;
  const start = `${subject} is highest ${at(peak.x)} with ${peak.series}, ${value}`;
  const [least, most] = [averages[0], averages.at(-1)];
  if (rows.length < 2 || least === undefined || most === undefined) return start;
  if (least === most)
    return `${start}; its mean over all that time is ${quantity(most.mean, unit)}`;
  const lowest = `${quantity(least.mean, unit)} with ${least.series}`;
  const highest = `${quantity(most.mean, unit)} with ${most.series}`;
  return `${start}; over all that time its mean runs from ${lowest} to ${highest}`;
}
