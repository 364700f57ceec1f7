// What savings are measured against: the costliest strategy under the same conditions.

import type { RunRow } from '../../../../node/storage/results/rows.ts';
import { groupBy, mean, varied } from '../statistics/data.ts';

/** A run beside the one that it is compared with. */
export interface Pair {
  readonly run: RunRow;
  readonly base: RunRow;
}

/** The strategy that costs most; undefined where there are not two to compare. */
export function costliest(
  runs: readonly RunRow[],
  costOf: (run: RunRow) => number,
): string | undefined {
  const costs = [...groupBy(runs, ({ strategy }) => strategy)]
    .map(([strategy, own]) => ({ strategy, cost: mean(own.map(costOf).filter(Number.isFinite)) }))
    .filter(({ cost }) => Number.isFinite(cost))
    .sort((a, b) => b.cost - a.cost);
  return costs.length < 2 ? undefined : costs[0]?.strategy;
}

/** Runs of all other strategies with the run of `base` that shared their point, seed and repeat. */
export function pairs(runs: readonly RunRow[], base: string): Pair[] {
  const columns = varied(runs).filter((column) => column !== 'strategy');
  const conditions = (run: RunRow): string =>
    JSON.stringify([run.repeat, ...columns.map((column) => run[column])]);
  const bases = new Map(
    runs.filter(({ strategy }) => strategy === base).map((run) => [conditions(run), run]),
  );
  return runs.flatMap((run) => {
    const other = bases.get(conditions(run));
    return run.strategy === base || other === undefined ? [] : [{ run, base: other }];
  });
}
