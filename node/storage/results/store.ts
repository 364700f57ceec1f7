// What experiments and the report site ask of the results database; `libsql.ts` beside it answers.

import type { ExperimentRow, FreshRows, RunRow, RunRows } from './rows.ts';

export interface ResultsReader {
  /** Newest first. */
  experiments(): Promise<ExperimentRow[]>;
  experiment(id: number): Promise<ExperimentRow | undefined>;
  /** In the order of the plan. */
  runs(experimentId: number): Promise<RunRow[]>;
  /** Rows of one table for these runs, in the order of their keys. */
  rows<Table extends keyof RunRows>(
    table: Table,
    runIds: readonly number[],
  ): Promise<RunRows[Table]>;
  close(): Promise<void>;
}

/** Every method rejects with an OperatingError of one sentence that names the fix. */
export interface ResultsStore extends ResultsReader {
  createExperiment(row: Omit<ExperimentRow, 'id'>): Promise<number>;
  endExperiment(id: number, end: Pick<ExperimentRow, 'state' | 'endedAtMs'>): Promise<void>;
  /** A run of that number that did not get done is removed with its rows first. */
  createRun(row: Omit<RunRow, 'id'>): Promise<number>;
  /**
   * Queues rows of a run: never waits, never throws. They are written in batches off the event
   * loop; what could not be written fails the next `flush`.
   */
  add(runId: number, rows: FreshRows): void;
  /** Resolves when all that was queued is written; rejects when some of it was lost. */
  flush(): Promise<void>;
  /** Flushes first, so that a run is done only when all its rows are there. */
  endRun(
    id: number,
    end: Pick<RunRow, 'state' | 'endedAtMs' | 'lengthMs' | 'remark' | 'isTimely'>,
  ): Promise<void>;
  deleteExperiment(id: number): Promise<void>;
}
