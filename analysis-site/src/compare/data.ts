// What the comparing page loads: every finished run with its measures, packed small.

import type { MeasureRow, RunRow } from '../../../node/storage/results/rows.ts';
import type { MeasureColumn } from '../report/points.ts';
import type { ExperimentReport } from '../report/report.ts';

export interface PackedComparison {
  readonly experiments: readonly { readonly id: number; readonly title: string }[];
  readonly runs: readonly RunRow[];
  readonly columns: readonly MeasureColumn[];
  /** Run, position of the column, value; names would be most of the file. */
  readonly values: readonly (readonly [runId: number, column: number, value: number | null])[];
}

export function pack(reports: readonly ExperimentReport[]): PackedComparison {
  const columns = new Map<string, MeasureColumn>();
  for (const { name, label, unit } of reports.flatMap((report) => report.columns)) {
    columns.set(keyOf({ name, label }), { name, label, unit });
  }
  const places = new Map([...columns.keys()].map((key, place) => [key, place]));
  const runs = reports.flatMap((report) => report.runs.filter(({ state }) => state === 'done'));
  const done = new Set(runs.map(({ id }) => id));
  return {
    experiments: reports.map(({ experiment: { id, title, name } }) => ({
      id,
      title: title || name,
    })),
    runs,
    columns: [...columns.values()],
    values: reports.flatMap(({ measures }) =>
      measures.flatMap((row) => {
        const place = places.get(keyOf(row));
        return place === undefined || !done.has(row.runId) ? [] : [[row.runId, place, row.value]];
      }),
    ),
  };
}

const keyOf = ({ name, label }: { name: string; label: string }): string => `${name}/${label}`;

/** The rows again, as the rest of the site takes them. */
export const unpackMeasures = ({ columns, values }: PackedComparison): MeasureRow[] =>
  values.flatMap(([runId, place, value]) => {
    const column = columns[place];
    return column === undefined ? [] : [{ runId, ...column, value, count: 1 }];
  });
