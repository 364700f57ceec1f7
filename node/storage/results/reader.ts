// Results as rows. A state that nobody lives to change is told as what it is: `stopped`.

import type { Cells, Database } from './database.ts';
import { isWriterAlive } from './liveness.ts';
import type { ExperimentRow, RunRow, RunRows } from './rows.ts';
import type { ResultsReader } from './store.ts';
import { RUN_TABLES, type RunTableName } from './tables/run-tables.ts';
import * as statements from './tables/statements.ts';
import { EXPERIMENTS, RUNS } from './tables/tables.ts';
import { decodeCells, decodeRow } from './tables/values.ts';

/** Some 1 MB of answer; libSQL's server refuses beyond 10. */
const PAGE_ROWS = 10_000;

export interface FoundExperiment {
  readonly row: ExperimentRow;
  /** The process that runs it, or ran it last. */
  readonly writer: string;
  readonly isAlive: boolean;
}

export function toExperiment(cells: Cells): FoundExperiment {
  const [silentMs, writer] = cells.slice(-2);
  const stored = decodeRow(EXPERIMENTS, cells);
  const isRunning = stored.state === 'running';
  const isAlive = isRunning && isWriterAlive(String(writer), Number(silentMs));
  const row = isRunning && !isAlive ? { ...stored, state: 'stopped' as const } : stored;
  return { row, writer: String(writer), isAlive };
}

export function createReader(database: Database): ResultsReader {
  const experiment = async (id: number): Promise<ExperimentRow | undefined> => {
    const [cells] = await database.read(statements.selectExperiment(id));
    return cells && toExperiment(cells).row;
  };

  const rowsOfRun = async (table: RunTableName, runId: number): Promise<unknown[]> => {
    const rows: unknown[] = [];
    for (;;) {
      const statement = statements.selectRows(table, runId, PAGE_ROWS, rows.length);
      const page = await database.read(statement);
      for (const cells of page) rows.push(decodeCells(RUN_TABLES[table], cells));
      if (page.length < PAGE_ROWS) return rows;
    }
  };

  return {
    async experiments() {
      const found = await database.read(statements.selectAllExperiments());
      return found.map((cells) => toExperiment(cells).row);
    },
    experiment,
    async runs(experimentId) {
      const isRunning = (await experiment(experimentId))?.state === 'running';
      const found = await database.read(statements.selectRuns(experimentId));
      return found.map((cells): RunRow => {
        const run = decodeRow(RUNS, cells);
        return run.state === 'running' && !isRunning ? { ...run, state: 'stopped' } : run;
      });
    },
    async rows<Name extends keyof RunRows>(table: Name, runIds: readonly number[]) {
      const rows: unknown[] = [];
      for (const id of runIds) for (const row of await rowsOfRun(table, id)) rows.push(row);
      return rows as RunRows[Name];
    },
    close: () => database.close(),
  };
}
