// Rows of a figure that shows a measure against a setting: one a series and value of the setting.

import type { RunRow } from '../../../../node/storage/results/rows.ts';
import { inOrder } from '../drawing/palette.ts';
import type { ExperimentData, Table } from '../figure.ts';
import type { Compared, Wording } from '../statistics/comparison.ts';
import { finished, groupBy, mean, seriesOf, varied } from '../statistics/data.ts';
import { interval } from '../statistics/interval.ts';
import { SETTINGS, type Setting } from '../statistics/settings.ts';

export type AgainstRow = Compared & {
  /** Name of the setting that `x` is of. */
  readonly setting: string;
  readonly reference: number | null;
};

export interface Against extends Wording {
  readonly id: string;
  readonly title: string;
  readonly needs?: readonly Table[];
  /** One value a run that looked for it, null where it found none. */
  values(data: ExperimentData): ReadonlyMap<number, number | null>;
  /** Of several the first that the experiment varied, or else the last. */
  readonly setting: Setting | readonly Setting[];
  readonly yLabel: string;
  readonly scale?: 'log';
  readonly domain?: readonly [number, number];
  /** What the experiment did not do when there is nothing to see. */
  readonly nothing: string;
  /** A second, thin line: what theory or arithmetic allows. */
  readonly reference?: {
    readonly name: string;
    of(data: ExperimentData): (run: RunRow) => number | null;
  };
}

export const settingsOf = ({ setting }: Against): readonly Setting[] =>
  typeof setting === 'string' ? [setting] : setting;

export function rowsOf(data: ExperimentData, spec: Against): AgainstRow[] {
  const runs = finished(data);
  const found = spec.values(data);
  const differs = varied(runs);
  const settings = settingsOf(spec);
  const setting = settings.find((one) => differs.includes(one)) ?? settings.at(-1) ?? 'nodes';
  const seriesName = seriesOf(runs, [setting]);
  const reference = spec.reference?.of(data);
  const looked = runs.filter(({ id }) => found.has(id));
  const points = groupBy(looked, (run) => `${seriesName(run)}\n${run[setting]}`);
  const rows = [...points.values()].flatMap((group) => {
    const [first] = group;
    if (first === undefined) return [];
    const values = group.map(({ id }) => found.get(id) ?? Number.NaN);
    const summary = interval(values, spec.domain);
    const references = group.map((run) => reference?.(run) ?? Number.NaN).filter(Number.isFinite);
    return {
      series: seriesName(first),
      setting: SETTINGS[setting].name,
      // A share such as 0.07 is not 7.000000000000001 %.
      x: Number((first[setting] * SETTINGS[setting].times).toPrecision(12)),
      mean: summary?.mean ?? null,
      low: summary?.low ?? null,
      high: summary?.high ?? null,
      runs: summary?.count ?? 0,
      never: group.length - (summary?.count ?? 0),
      reference: references.length === 0 ? null : mean(references),
    };
  });
  const order = inOrder(rows.map(({ series }) => series));
  return rows.sort((a, b) => order.indexOf(a.series) - order.indexOf(b.series) || a.x - b.x);
}
