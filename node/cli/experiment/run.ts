// What `experiment` and `simulate` share: the results database, a run of all runs, the last words.

import { OperatingError } from '../../errors.ts';
import { type Ending, type ExperimentEvent, runExperiment } from '../../experiment/orchestrator.ts';
import type { LoadedExperiment } from '../../experiment/plan/load.ts';
import { DEFAULT_RESULTS, resultsUrl } from '../../storage/results/address.ts';
import { openResults } from '../../storage/results/libsql.ts';
import type { ResultsStore } from '../../storage/results/store.ts';
import { EXIT_FAILED } from '../command.ts';
import { showAsText } from '../results/show.ts';
import { createPaint, type Paint } from '../terminal/paint.ts';

/** Path or URL of the results, as the user knows it. */
export const databaseOf = (db: string | undefined, { databaseFile }: LoadedExperiment): string =>
  db ?? (process.env.RESULTS_DB || (databaseFile ?? DEFAULT_RESULTS));

/** Rejects with an OperatingError when it cannot be written. */
export function openStore(database: string): Promise<ResultsStore> {
  const authToken = process.env.LIBSQL_AUTH_TOKEN;
  return openResults({
    url: resultsUrl(database),
    mode: 'write',
    ...(authToken && { authToken }),
  });
}

export interface RunOptions {
  readonly experiment: LoadedExperiment;
  readonly store: ResultsStore;
  readonly resume: boolean;
  readonly signal: AbortSignal;
  readonly onEvent: (event: ExperimentEvent) => void;
}

export interface Ran extends Ending {
  readonly id: number;
}

/** Runs it, and closes the store whatever happens. */
export async function runAndClose(
  options: RunOptions,
  then: (ran: Ran) => Promise<void> = async () => {},
): Promise<Ran> {
  let id = 0;
  try {
    const ending = await runExperiment({
      ...options,
      onEvent(event) {
        if (event.type === 'experiment') id = event.id;
        options.onEvent(event);
      },
    });
    await then({ ...ending, id });
    return { ...ending, id };
  } finally {
    await options.store.close();
  }
}

/** 0 when every run was done; one that was stopped, or holds failures, is no success. */
export const exitCodeOf = ({ state, failed }: Ending): number =>
  state === 'done' && failed === 0 ? 0 : EXIT_FAILED;

export async function figuresOf(store: ResultsStore, id: number, paint: Paint): Promise<string> {
  const experiment = await store.experiment(id);
  if (experiment === undefined) {
    throw new OperatingError('results_gone', `Experiment ${id} was deleted while it ran.`);
  }
  const runs = await store.runs(id);
  const measures = await store.rows(
    'measures',
    runs.map((run) => run.id),
  );
  return showAsText({ experiment, runs, measures, isWhole: false }, paint);
}

export const terminalPaint = (): Paint => createPaint(process.stdout, process.env);
