// Reads experiments as plain rows: the shape that figures and pages take.

import type { RunRows } from '../../../node/storage/results/rows.ts';
import type { ResultsReader } from '../../../node/storage/results/store.ts';
import type { ExperimentData, Table } from '../charts/figure.ts';

export const emptyRows = (): RunRows => ({
  measures: [],
  nodes: [],
  rounds: [],
  transmissions: [],
  updates: [],
  spreads: [],
  queries: [],
  membershipEvents: [],
  samples: [],
});

/** A server answers for so many runs at a time; a long list would be a long statement. */
const RUNS_AT_ONCE = 50;

/** Newest first, one at a time: rows of a large experiment fill memory, and of two twice. */
export async function* readExperiments(
  reader: ResultsReader,
  tables: readonly Table[],
): AsyncGenerator<ExperimentData> {
  for (const experiment of await reader.experiments()) {
    const runs = await reader.runs(experiment.id);
    const ids = runs.map(({ id }) => id);
    const read = await Promise.all(
      tables.map(async (table) => [table, await readTable(reader, table, ids)] as const),
    );
    yield { experiment, runs, rows: { ...emptyRows(), ...Object.fromEntries(read) } };
  }
}

async function readTable(
  reader: ResultsReader,
  table: Table,
  runIds: readonly number[],
): Promise<RunRows[Table]> {
  const rows: RunRows[Table][number][] = [];
  for (let from = 0; from < runIds.length; from += RUNS_AT_ONCE) {
    for (const row of await reader.rows(table, runIds.slice(from, from + RUNS_AT_ONCE))) {
      rows.push(row);
    }
  }
  return rows as RunRows[Table];
}
