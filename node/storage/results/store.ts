// What experiments and the report site ask of the results database; `libsql.ts` beside it answers.

import type { Patience } from './patient.ts';
import type { ExperimentRow, FreshRows, RunRow, RunRows } from './rows.ts';

export interface ResultsReader {
  /** Newest first. `stopped` is also what nobody runs any more, killed or out of power. */
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
  /**
   * From now on a database that is locked, or whose server is away, is waited for: a minute, or
   * five. Meanwhile rows queue as they do anyway, and methods resolve late. Without, they reject.
   */
  bePatient(patience: Patience): void;
  /** While this process lives and until `endExperiment`, others see that it is being run. */
  createExperiment(row: Omit<ExperimentRow, 'id'>): Promise<number>;
  /** The newest experiment with that plan which did not get done, for `resumeExperiment`. */
  findResumable(planHash: string): Promise<ExperimentRow | undefined>;
  /** Takes it over, running again; rejects when another living process runs it, or it is done. */
  resumeExperiment(id: number): Promise<void>;
  endExperiment(id: number, end: Pick<ExperimentRow, 'state' | 'endedAtMs'>): Promise<void>;
  /** A run of that number that did not get done is removed with its rows first. */
  createRun(row: Omit<RunRow, 'id'>): Promise<number>;
  /**
   * Queues rows of a run: never waits, never throws. They are written in batches off the event
   * loop; what could not be written fails the end of that run, or the next `flush`. Of rows with
   * one key the first stays. A million rows wait at most: who makes more in one go flushes between.
   */
  add(runId: number, rows: FreshRows): void;
  /**
   * Resolves when all that was queued is written; rejects, once, when some of it was lost, also for
   * a value that its column does not take (NaN where there is no null).
   */
  flush(): Promise<void>;
  /**
   * Flushes first, so that a run is done only when all its rows are there; `done` rejects when some
   * of this run were lost, any other state is written all the same.
   */
  endRun(
    id: number,
    end: Pick<RunRow, 'state' | 'endedAtMs' | 'lengthMs' | 'remark' | 'isTimely'>,
  ): Promise<void>;
  /** With all its runs and their rows. */
  deleteExperiment(id: number): Promise<void>;
}
