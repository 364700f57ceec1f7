// Writes made-up experiments into a real database of results, as an experiment would.

import { pathToFileURL } from 'node:url';
import { openResults } from '../../../node/storage/results/libsql.ts';
import type { FreshRows, RunRows } from '../../../node/storage/results/rows.ts';
import type { ResultsStore } from '../../../node/storage/results/store.ts';
import type { Fixture } from '../fixtures.ts';

/** Experiments get the numbers 1, 2, … in the order given. */
export async function writeResults(path: string, experiments: readonly Fixture[]): Promise<string> {
  const url = pathToFileURL(path).href;
  const store = await openResults({ url, mode: 'write' });
  for (const fixture of experiments) await writeOne(store, fixture);
  await store.close();
  return url;
}

async function writeOne(store: ResultsStore, { experiment, runs, rows }: Fixture): Promise<void> {
  const { id: _, ...fresh } = experiment;
  const experimentId = await store.createExperiment({ ...fresh, state: 'running' });
  for (const { id, ...run } of runs) {
    const runId = await store.createRun({ ...run, experimentId, state: 'running' });
    store.add(runId, rowsOf(rows, id));
    const { state, endedAtMs, lengthMs, remark, isTimely } = run;
    await store.endRun(runId, { state, endedAtMs, lengthMs, remark, isTimely });
  }
  const { state, endedAtMs } = experiment;
  await store.endExperiment(experimentId, { state, endedAtMs });
}

type OfRun = { readonly runId: number };

function rowsOf(rows: RunRows, runId: number): FreshRows {
  const tables = Object.entries(rows).map(([table, all]: [string, readonly OfRun[]]) => [
    table,
    all.filter((row) => row.runId === runId),
  ]);
  return Object.fromEntries(tables);
}
