// What priorities are for: how fast updates of each class reach all nodes.

import type { Markish } from '@observablehq/plot';
import * as Plot from '@observablehq/plot';
import { capital, counted, factor, quantity, short } from '../drawing/format.ts';
import { frame, scaleOf, settingAxis } from '../drawing/frame.ts';
import { drawable, seriesMarks, shown } from '../drawing/marks.ts';
import { inOrder, legendOf } from '../drawing/palette.ts';
import type { ExperimentData, Figure, SeriesStyle, View } from '../figure.ts';
import {
  emptyBecause,
  finished,
  groupBy,
  isNumber,
  measures,
  seriesOf,
} from '../statistics/data.ts';
import { interval, spoken } from '../statistics/interval.ts';

/** One series, priority class and place of the x axis, over its runs. */
export type PriorityRow = {
  readonly series: string;
  readonly priority: number;
  readonly p50Ms: number | null;
  /** Null where fewer than 95 % of the updates ever reached all. */
  readonly p95Ms: number | null;
  readonly p95LowMs: number | null;
  readonly p95HighMs: number | null;
  readonly p99Ms: number | null;
  readonly runs: number;
  readonly never: number;
};

const legend = (rows: readonly PriorityRow[]): SeriesStyle[] => legendOf(rows);

export const priorityImpact: Figure<PriorityRow> = {
  id: 'priority-impact',
  title: 'Metric priority impact',
  needs: ['measures'],
  columns: [
    { key: 'series', title: 'series', unit: '' },
    { key: 'priority', title: 'priority', unit: '' },
    { key: 'p50Ms', title: 'until all know, median', unit: 'ms' },
    { key: 'p95Ms', title: 'until all know, 95th percentile', unit: 'ms' },
    { key: 'p95LowMs', title: '95 % interval from', unit: 'ms' },
    { key: 'p95HighMs', title: '95 % interval to', unit: 'ms' },
    { key: 'p99Ms', title: 'until all know, 99th percentile', unit: 'ms' },
    { key: 'runs', title: 'runs', unit: '' },
    { key: 'never', title: 'runs without', unit: '' },
  ],
  options: { seriesKey: 'series', canSwitchScale: true, scale: 'log' },
  rows,
  caption,
  legend,
  plot: (all, view) => {
    const scale = scaleOf(view, { scale: 'log' });
    const visible = shown(all, 'series', view);
    return frame(view, {
      x: settingAxis(
        'priority, higher is more urgent →',
        all.map(({ priority }) => priority),
      ),
      y: {
        label: '↑ ms until all know; line: p95, band: p50 to p99',
        scale,
        fromZero: true,
        values: all.flatMap(({ p50Ms, p95Ms, p99Ms }) => [p50Ms, p95Ms, p99Ms]),
        ...(scale === 'log' && { format: short }),
      },
      marks: [...bands(visible, legend(all), view), ...lines(visible, legend(all), scale)],
    });
  },
  emptySentence: (data) => emptyBecause(data, 'followed no updates'),
};

const lines = (
  visible: readonly PriorityRow[],
  styles: readonly SeriesStyle[],
  scale: 'linear' | 'log',
): Markish[] =>
  seriesMarks(visible, {
    x: 'priority',
    y: 'p95Ms',
    low: 'p95LowMs',
    high: 'p95HighMs',
    series: 'series',
    styles,
    scale,
    interval: 'bars',
    hasDots: true,
    tip: ({ series, priority, p95Ms }) =>
      `${series}, priority ${priority}\n95 % of updates: ${quantity(p95Ms ?? Number.NaN, 'ms')}`,
  });

/** The 95 % interval around each line. */
function bands(
  rowsShown: readonly PriorityRow[],
  styles: readonly SeriesStyle[],
  view: View,
): Markish[] {
  const scale = scaleOf(view, { scale: 'log' });
  return styles.flatMap(({ name, color }) => {
    const own = rowsShown.filter(
      ({ series, p50Ms, p99Ms }) =>
        series === name && Number.isFinite(drawable(p50Ms, scale)) && isNumber(p99Ms),
    );
    if (own.length < 2) return [];
    return [
      Plot.areaY(own, { x: 'priority', y1: 'p50Ms', y2: 'p99Ms', fill: color, fillOpacity: 0.12 }),
    ];
  });
}

function rows(data: ExperimentData): PriorityRow[] {
  const runs = finished(data);
  const seriesName = seriesOf(runs);
  const names = new Map(runs.map((run) => [run.id, seriesName(run)]));
  const values = (['update_p50_ms', 'update_p95_ms', 'update_p99_ms'] as const).map((measure) =>
    [...measures(data, measure).values()]
      .flat()
      .filter(({ runId, label }) => names.has(runId) && label !== '')
      .map((row) => ({ ...row, place: `${names.get(row.runId)}\n${row.label}` })),
  );
  const [p50, p95, p99] = values.map((own) => groupBy(own, ({ place }) => place));
  const of = (group: (typeof values)[number] | undefined) =>
    interval((group ?? []).map(({ value }) => value ?? Number.NaN));
  const found = [...(p95 ?? [])].flatMap(([place, group]) => {
    const summary = of(group);
    const [series = '', label = ''] = place.split('\n');
    const priority = Number(label);
    if (!Number.isFinite(priority)) return [];
    return {
      series,
      priority,
      p50Ms: of(p50?.get(place))?.mean ?? null,
      p95Ms: summary?.mean ?? null,
      p95LowMs: summary?.low ?? null,
      p95HighMs: summary?.high ?? null,
      p99Ms: of(p99?.get(place))?.mean ?? null,
      runs: summary?.count ?? 0,
      never: group.length - (summary?.count ?? 0),
    };
  });
  const order = inOrder(found.map(({ series }) => series));
  return found.sort(
    (a, b) => order.indexOf(a.series) - order.indexOf(b.series) || a.priority - b.priority,
  );
}

/** The first series that tells most classes apart: of several strategies the project's own. */
function caption(all: readonly PriorityRow[]): string {
  const bySeries = [...groupBy(all, ({ series }) => series).values()];
  const [own = []] = bySeries.sort((a, b) => b.length - a.length);
  const measured = own.flatMap((row) => (row.p95Ms === null ? [] : [{ ...row, mean: row.p95Ms }]));
  const [least, most] = [measured[0], measured.at(-1)];
  const never = all.reduce((sum, row) => sum + row.never, 0);
  const where = counted(never, 'run and class', 'runs and classes');
  const lost = `95 % of updates never reached all nodes in ${where}`;
  if (least === undefined || most === undefined) return never === 0 ? '' : `${capital(lost)}.`;
  const said = ({ mean, p95LowMs, p95HighMs, runs, priority }: typeof least): string => {
    const value = { mean, low: p95LowMs, high: p95HighMs, count: runs };
    return `priority ${priority} within ${spoken(value, 'ms')}`;
  };
  const start = `with ${least.series}, 95 % of updates reach all nodes for ${said(most)}`;
  const ratio =
    least.mean > 0 && most.mean > 0 ? `: ${factor(least.mean / most.mean)} the time` : '';
  const rest = least === most ? '' : ` and for ${said(least)}${ratio}`;
  return `${capital(start)}${rest}${never === 0 ? '' : `; ${lost}`}.`;
}
