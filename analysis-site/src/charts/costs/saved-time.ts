// Bandwidth saved so far, as time goes by: all bytes a strategy sent, digests included, against
// those of the costliest strategy in the same run.

import type { ExperimentData } from '../figure.ts';
import { agreed } from '../statistics/comparison.ts';
import { byRun, finished, seriesOf } from '../statistics/data.ts';
import { SAVED } from '../statistics/interval.ts';
import { type AlongRow, along, type Observation, TIME } from '../time-series/along.ts';
import { costliest, pairs } from './baseline.ts';

export const savedTime = along({
  id: 'saved-time',
  title: 'Bandwidth saved over time',
  needs: ['rounds'],
  x: TIME,
  yLabel: '↑ % of the costliest’s bytes saved, cut at −100',
  unit: '%',
  bounds: SAVED,
  // In the first seconds little was sent, so the one that starts with more loses many times over.
  drawnFrom: -100,
  observe,
  caption,
  nothing: 'kept no rounds of two strategies to compare',
});

function observe(data: ExperimentData): Observation[] {
  const rounds = byRun(data, 'rounds');
  const runs = finished(data).filter(({ id }) => rounds.has(id));
  const totals = new Map(runs.map(({ id }) => [id, cumulative(rounds.get(id) ?? [])]));
  const base = costliest(runs, ({ id }) => totals.get(id)?.at(-1)?.bytes ?? Number.NaN);
  if (base === undefined) return [];
  const seriesName = seriesOf(runs);
  return pairs(runs, base).flatMap(({ run, base: other }) => {
    const own = totals.get(run.id) ?? [];
    const theirs = totals.get(other.id) ?? [];
    const end = Math.min(own.at(-1)?.atS ?? 0, theirs.at(-1)?.atS ?? 0);
    return seconds(end).flatMap((x) => {
      const sent = until(theirs, x);
      if (sent === 0) return [];
      const value = 100 * (1 - until(own, x) / sent);
      return [{ runId: run.id, series: seriesName(run), x, value }];
    });
  });
}

interface Total {
  readonly atS: number;
  readonly bytes: number;
}

function cumulative(rows: readonly { readonly atMs: number; readonly sentBytes: number }[]) {
  let bytes = 0;
  return [...rows]
    .sort((a, b) => a.atMs - b.atMs)
    .map(({ atMs, sentBytes }): Total => {
      bytes += sentBytes;
      return { atS: atMs / 1000, bytes };
    });
}

/** Up to 60 places along the time that both runs lasted. */
function seconds(end: number): number[] {
  const step = Math.max(1, Math.ceil(end / 60));
  return Array.from({ length: Math.floor(end / step) }, (_, index) => (index + 1) * step);
}

/** Bytes sent up to `atS`; by halving, for rounds are many. */
function until(totals: readonly Total[], atS: number): number {
  let low = 0;
  let high = totals.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((totals[middle]?.atS ?? 0) <= atS) low = middle + 1;
    else high = middle;
  }
  return totals[low - 1]?.bytes ?? 0;
}

function caption(rows: readonly AlongRow[]): string {
  const words = {
    subject: 'the share of the costliest strategy’s bytes that was saved',
    unit: '%',
    comparison: 'points',
    at: (x: number) => `after ${x} s`,
  } as const;
  return agreed(
    rows.map((row) => ({ ...row, never: 0 })),
    words,
  ).replace(/\.$/, '');
}
