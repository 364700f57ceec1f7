// Observations along rounds: what one node did in one round, mean of a run's nodes.

import type { RoundRow, RunRow } from '../../../../node/storage/results/rows.ts';
import type { ExperimentData } from '../figure.ts';
import { byRun, finished, groupBy, mean, seriesOf } from '../statistics/data.ts';
import type { Observation } from './along.ts';

/** `roundOf` numbers a row's round as the figure counts them; undefined leaves the row out. */
export function rounded(
  data: ExperimentData,
  measure: (row: RoundRow) => number,
  roundOf: (row: RoundRow, run: RunRow) => number | undefined = ({ round }) => round,
): Observation[] {
  const runs = finished(data);
  const rounds = byRun(data, 'rounds');
  const seriesName = seriesOf(runs);
  return runs.flatMap((run) =>
    [...groupBy(rounds.get(run.id) ?? [], (row) => roundOf(row, run))].flatMap(([x, rows]) =>
      x === undefined
        ? []
        : [{ runId: run.id, series: seriesName(run), x, value: mean(rows.map(measure)) }],
    ),
  );
}
