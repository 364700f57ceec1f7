// Results on libSQL: what an experiment writes, behind a thread, and what readers read.

import { OperatingError } from '../../errors.ts';
import { createDatabase, type Database, type DatabaseOptions, missing } from './database.ts';
import { thisProcess } from './liveness.ts';
import { createOutgoing, type OutgoingOptions } from './outgoing.ts';
import { createPatientDatabase, type PatientDatabase } from './patient.ts';
import { createReader, toExperiment } from './reader.ts';
import type { ResultsReader, ResultsStore } from './store.ts';
import * as statements from './tables/statements.ts';
import { createThreadedDatabase } from './worker.ts';

export interface ResultsOptions extends Omit<DatabaseOptions, 'isReadOnly'>, OutgoingOptions {
  /** `read` neither creates nor migrates nor writes. */
  readonly mode: 'write' | 'read';
}

const refusal = (code: string, message: string): OperatingError =>
  new OperatingError(code, message);

const experimentGone = (id: number): OperatingError =>
  refusal('results_gone', `There is no experiment ${id} in this database (any more).`);

/** The part of the store that begins, resumes and ends experiments. */
function createExperiments(database: PatientDatabase) {
  const running = new Set<number>();
  const writer = thisProcess();

  /** Who reads can then tell that this process lives. */
  const keepTouching = (): Promise<void> =>
    database.repeat(running.size === 0 ? undefined : statements.touchExperiments([...running]));

  const run = async (id: number): Promise<void> => {
    running.add(id);
    await keepTouching();
  };

  return {
    createExperiment: async (row) => {
      const [[cells] = []] = await database.writeOnce([statements.insertExperiment(row, writer)]);
      const id = Number(cells?.[0]);
      if (row.state === 'running') await run(id);
      return id;
    },
    async findResumable(planHash) {
      const [cells] = await database.read(statements.selectUnfinished(planHash));
      return cells && toExperiment(cells).row;
    },
    async resumeExperiment(id) {
      const [cells] = await database.read(statements.selectExperiment(id));
      if (cells === undefined) throw experimentGone(id);
      const { writer: before, isAlive, row } = toExperiment(cells);
      const isOurs = running.has(id);
      const isTaken = isAlive && !isOurs;
      const [taken] = isTaken
        ? []
        : await database.writeOnce([statements.takeOver(id, before, writer)]);
      if (taken?.length !== 1) {
        const why = row.state === 'done' ? 'it is done' : `process ${before} runs it now`;
        throw refusal('results_taken', `Experiment ${id} cannot be resumed: ${why}.`);
      }
      await run(id);
    },
    async endExperiment(id, end) {
      running.delete(id);
      await keepTouching();
      const [updated] = await database.write([statements.updateExperiment(id, end)]);
      if (updated?.length !== 1) throw experimentGone(id);
    },
    async deleteExperiment(id) {
      const [deleted] = await database.writeOnce([statements.deleteExperiment(id)]);
      if (deleted?.length !== 1) throw experimentGone(id);
    },
  } satisfies Partial<ResultsStore>;
}

function createStore(database: PatientDatabase, options: OutgoingOptions): ResultsStore {
  const outgoing = createOutgoing(database.write, options);
  return {
    ...createReader(database),
    ...createExperiments(database),
    async createRun(row) {
      const { experimentId, number } = row;
      const remove = statements.deleteUnfinishedRun(experimentId, number);
      const [, [cells] = []] = await database.write([remove, statements.insertRun(row)]);
      if (cells !== undefined) return Number(cells[0]);
      throw refusal(
        'results_run',
        `Run ${number} of experiment ${experimentId} cannot begin: it is done already, or the ` +
          'experiment was deleted.',
      );
    },
    add: outgoing.add,
    flush: () => outgoing.flush(),
    bePatient: database.bePatient,
    async endRun(id, end) {
      const stored = outgoing.flush(id);
      // A run that failed anyway may lack rows.
      await (end.state === 'done' ? stored : stored.catch(() => undefined));
      const [updated] = await database.write([statements.updateRun(id, end)]);
      if (updated?.length === 1) return;
      throw refusal('results_gone', `Run ${id} was deleted while it ran.`);
    },
    async close() {
      try {
        await outgoing.flush();
      } finally {
        await database.close();
      }
    },
  };
}

/** Opens, migrates and answers once, so that a database that cannot be used is known at once. */
async function checked(database: Database): Promise<Database> {
  try {
    await database.read(statements.selectUnfinished(''));
    return database;
  } catch (error) {
    await database.close();
    throw error;
  }
}

async function openReader(options: ResultsOptions): Promise<ResultsReader> {
  try {
    return createReader(await checked(await createDatabase({ ...options, isReadOnly: true })));
  } catch (error) {
    if (!(error instanceof OperatingError)) throw error;
    if (error.code === 'store_empty') throw missing(options.url);
    if (error.code !== 'store_older') throw error;
    const sentence = `${error.message.replace(/; open it.*$/, '')}; npm run results -- list`;
    throw refusal(error.code, `${sentence} brings it there (nothing was changed).`);
  }
}

/** Rejects with an OperatingError of one sentence when the database cannot be used. */
export function openResults(options: ResultsOptions & { mode: 'write' }): Promise<ResultsStore>;
export function openResults(options: ResultsOptions & { mode: 'read' }): Promise<ResultsReader>;
export async function openResults(options: ResultsOptions): Promise<ResultsReader> {
  if (options.mode === 'read') return openReader(options);
  const { mode: _, maxWaitingRows, waitMs, ...databaseOptions } = options;
  const database = createThreadedDatabase({ ...databaseOptions, isReadOnly: false });
  return createStore(createPatientDatabase(await checked(database)), options);
}
