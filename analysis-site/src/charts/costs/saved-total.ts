// Total bandwidth saved: bytes on the wire, metadata and headers included, against the costliest
// strategy. Runs are compared in pairs with the same seed, so randomness cancels out.

import { dotPlot } from '../drawing/dot-plot.ts';
import { capital, factor } from '../drawing/format.ts';
import { shown } from '../drawing/marks.ts';
import { inOrder, legendOf } from '../drawing/palette.ts';
import type { ExperimentData, Figure } from '../figure.ts';
import {
  emptyBecause,
  finished,
  groupBy,
  measureOf,
  measures,
  seriesOf,
} from '../statistics/data.ts';
import { interval, SAVED, spoken } from '../statistics/interval.ts';
import { costliest, pairs } from './baseline.ts';

/** A series over its pairs of runs. */
export type SavedRow = {
  readonly series: string;
  readonly saved: number;
  readonly low: number | null;
  readonly high: number | null;
  readonly bytes: number;
  readonly base: string;
  readonly baseBytes: number;
  readonly runs: number;
};

export const savedTotal: Figure<SavedRow> = {
  id: 'saved-total',
  title: 'Total bandwidth saved',
  needs: ['measures'],
  columns: [
    { key: 'series', title: 'series', unit: '' },
    { key: 'saved', title: 'bytes saved', unit: '%' },
    { key: 'low', title: '95 % interval from', unit: '%' },
    { key: 'high', title: '95 % interval to', unit: '%' },
    { key: 'bytes', title: 'bytes a node sends', unit: 'B/s' },
    { key: 'base', title: 'against', unit: '' },
    { key: 'baseBytes', title: 'bytes of that', unit: 'B/s' },
    { key: 'runs', title: 'pairs of runs', unit: '' },
  ],
  options: { seriesKey: 'series' },
  rows,
  caption,
  legend: legendOf,
  plot: (all, view) =>
    dotPlot(view, {
      dots: shown(all, 'series', view).map(({ series, saved, low, high }) => {
        return { name: series, mean: saved, low, high };
      }),
      styles: legendOf(all),
      label: `% of the bytes of ${all[0]?.base ?? 'another strategy'} saved →`,
      unit: '%',
      scale: 'linear',
    }),
  emptySentence: (data) => emptyBecause(data, 'counted no bytes of two strategies to compare'),
};

function rows(data: ExperimentData): SavedRow[] {
  const found = measures(data, 'wire_bytes');
  const bytesOf = ({ id }: { readonly id: number }): number => measureOf(found.get(id));
  const runs = finished(data).filter((run) => bytesOf(run) > 0);
  const base = costliest(runs, bytesOf);
  if (base === undefined) return [];
  const seriesName = seriesOf(runs);
  const groups = groupBy(pairs(runs, base), ({ run }) => seriesName(run));
  const saved = [...groups].flatMap(([series, group]) => {
    const shares = group.map((pair) => 100 * (1 - bytesOf(pair.run) / bytesOf(pair.base)));
    const share = interval(shares, SAVED);
    const bytes = interval(group.map(({ run }) => bytesOf(run)));
    const others = interval(group.map((pair) => bytesOf(pair.base)));
    if (share === undefined || bytes === undefined || others === undefined) return [];
    const { mean, low, high, count } = share;
    return [
      {
        series,
        saved: mean,
        low,
        high,
        bytes: bytes.mean,
        base,
        baseBytes: others.mean,
        runs: count,
      },
    ];
  });
  const order = inOrder(saved.map(({ series }) => series));
  return saved.sort((a, b) => order.indexOf(a.series) - order.indexOf(b.series));
}

function caption(all: readonly SavedRow[]): string {
  const [best] = [...all].sort((a, b) => b.saved - a.saved);
  if (best === undefined) return '';
  const { series, saved, low, high, runs, bytes, base, baseBytes } = best;
  const share = spoken({ mean: saved, low, high, count: runs }, '%');
  const times = bytes > 0 ? `: ${factor(baseBytes / bytes)} fewer` : '';
  return `${capital(series)} saves most, ${share} of the bytes of ${base}${times}.`;
}
