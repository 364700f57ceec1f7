// Observations along the measured time from the distributions that runs sampled.

import type { SampleRow } from '../../../../node/storage/results/rows.ts';
import { PART } from '../drawing/palette.ts';
import type { ExperimentData } from '../figure.ts';
import { byRun, finished, seriesOf, type Varied, varied } from '../statistics/data.ts';
import type { Observation } from './along.ts';

/** The run's own series is named as well where runs differ; the first name gives the colour. */
export function withRun(
  data: ExperimentData,
  besides: readonly Varied[] = [],
): (name: string, runId: number) => string {
  const runs = finished(data);
  const seriesName = seriesOf(runs, besides);
  const names = new Map(runs.map((run) => [run.id, seriesName(run)]));
  if (varied(runs).every((column) => besides.includes(column))) return (name) => name;
  return (name, runId) => `${name}${PART}${names.get(runId)}`;
}

export function sampled(
  data: ExperimentData,
  kind: SampleRow['kind'],
  of: { series(row: SampleRow): string; value(row: SampleRow): number },
): Observation[] {
  const samples = byRun(data, 'samples');
  const named = withRun(data);
  return finished(data).flatMap(({ id }) => {
    const own = samples.get(id) ?? [];
    // Runs begin to measure when all know all, each at its own time: only from there on are they
    // alike, and their means ones of the same moment.
    const beganMs = own.reduce(
      (first, { atMs }) => Math.min(first, atMs),
      Number.POSITIVE_INFINITY,
    );
    return own
      .filter((row) => row.kind === kind && row.count > 0)
      .map((row) => ({
        runId: id,
        series: named(of.series(row), id),
        // Real nodes are looked at some ms later in one run than in another.
        x: Math.round((row.atMs - beganMs) / 100) / 10,
        value: of.value(row),
        weight: row.count,
      }));
  });
}
