// Results as one JSON document that another database can take in: experiments with their runs, and
// runs with their rows, without the numbers that belong to one database.

import * as v from 'valibot';
import { printable } from '../../core/wire/printable.ts';
import { OperatingError } from '../../errors.ts';
import { addAll } from './pieces.ts';
import type { ExperimentRow, Fresh, FreshRows, RunRow, RunRows } from './rows.ts';
import type { ResultsReader, ResultsStore } from './store.ts';
import { type AnyTable, columnsOf, type NamedColumn } from './tables/column.ts';
import { RUN_TABLE_NAMES, RUN_TABLES } from './tables/run-tables.ts';
import { EXPERIMENTS, RUNS } from './tables/tables.ts';

const FORMAT = 'priomon-results';
const VERSION = 1;

interface DocumentRun {
  readonly run: Omit<RunRow, 'id' | 'experimentId'>;
  readonly rows: FreshRows;
}

interface DocumentExperiment {
  readonly experiment: Omit<ExperimentRow, 'id'>;
  readonly runs: readonly DocumentRun[];
}

export interface ResultsDocument {
  readonly experiments: readonly DocumentExperiment[];
}

const withoutRunId = <Row extends { runId: number }>({ runId: _, ...rest }: Row): Fresh<Row> =>
  rest;

async function* textOfRun(reader: ResultsReader, row: RunRow): AsyncGenerator<string> {
  const { id, experimentId: _, ...run } = row;
  yield `{"run":${JSON.stringify(run)},"rows":{`;
  for (const [index, table] of RUN_TABLE_NAMES.entries()) {
    const rows: readonly RunRows[typeof table][number][] = await reader.rows(table, [id]);
    yield `${index > 0 ? ',' : ''}\n"${table}":${JSON.stringify(rows.map(withoutRunId))}`;
  }
  yield '}}';
}

/** The document in pieces, for the rows of a run are many; memory holds one table of one run. */
export async function* textOfDocument(
  reader: ResultsReader,
  experiments: readonly ExperimentRow[],
): AsyncGenerator<string> {
  yield `{"format":"${FORMAT}","version":${VERSION},"experiments":[`;
  for (const [index, { id, ...experiment }] of experiments.entries()) {
    yield `${index > 0 ? ',' : ''}\n{"experiment":${JSON.stringify(experiment)},"runs":[`;
    for (const [position, run] of (await reader.runs(id)).entries()) {
      yield position > 0 ? ',\n' : '\n';
      yield* textOfRun(reader, run);
    }
    yield ']}';
  }
  yield ']}\n';
}

function schemaOfColumn(column: NamedColumn): v.GenericSchema {
  const { kind, choices = [], shape = v.unknown() } = column;
  const schemas: Record<typeof kind, v.GenericSchema> = {
    text: choices.length > 0 ? v.picklist(choices) : v.string('a text'),
    integer: v.pipe(v.number('a whole number'), v.safeInteger('a whole number')),
    real: v.pipe(v.number('a number'), v.finite('a finite number')),
    boolean: v.boolean('true or false'),
    json: shape,
  };
  return column.isNullable ? v.nullable(schemas[kind]) : schemas[kind];
}

const schemaOfRow = (table: AnyTable, without: readonly string[]) =>
  v.strictObject(
    Object.fromEntries(
      columnsOf(table)
        .filter(({ property }) => !without.includes(property))
        .map((column) => [column.property, schemaOfColumn(column)]),
    ),
  );

const DOCUMENT = v.strictObject({
  format: v.literal(FORMAT),
  version: v.literal(VERSION, `${VERSION}: another program wrote it`),
  experiments: v.array(
    v.strictObject({
      experiment: schemaOfRow(EXPERIMENTS, ['id']),
      runs: v.array(
        v.strictObject({
          run: schemaOfRow(RUNS, ['id', 'experimentId']),
          rows: v.strictObject(
            Object.fromEntries(
              RUN_TABLE_NAMES.map((name) => [
                name,
                v.optional(v.array(schemaOfRow(RUN_TABLES[name], ['runId']))),
              ]),
            ),
          ),
        }),
      ),
    }),
  ),
});

const MAX_SHOWN = 60;
const MAX_REASON = 300;

/** `experiments[0].runs[2].run.state is "x", but must be …`. */
function explain(issue: v.BaseIssue<unknown>): string {
  const path = (v.getDotPath(issue) ?? 'the document').replace(/\.(\d+)(?=\.|$)/g, '[$1]');
  if (issue.received === 'undefined') return `${path} is missing`;
  if (issue.expected === 'never') return `${path} is not known to this program`;
  const received = issue.received.slice(0, MAX_SHOWN);
  const isPlain = issue.message.startsWith('Invalid');
  return `${path} is ${received}, but must be ${isPlain ? issue.expected : issue.message}`;
}

/** What the file holds may stand in it: on one line, and no more of it than helps. */
const refusal = (name: string, why: string): OperatingError => {
  const line = printable(why.slice(0, MAX_REASON));
  return new OperatingError('import_refused', `File ${name} cannot be imported: ${line}.`);
};

/** `name` is the file's, for the sentence of the OperatingError that a bad text throws. */
export function readDocument(text: string, name: string): ResultsDocument {
  let parsed: unknown;
  try {
    parsed = JSON.parse(text);
  } catch (error) {
    throw refusal(name, `it is no JSON (${error instanceof Error ? error.message : error})`);
  }
  const result = v.safeParse(DOCUMENT, parsed, { abortEarly: true });
  if (!result.success) throw refusal(name, explain(result.issues[0]));
  // The schema is made of the same description that the compiler holds to the types.
  return result.output as unknown as ResultsDocument;
}

/** Nobody runs what was copied. */
const settled = <State extends string>(state: State): State | 'stopped' =>
  state === 'running' ? 'stopped' : state;

async function takeIn(store: ResultsStore, document: DocumentExperiment): Promise<number> {
  const { experiment, runs } = document;
  const id = await store.createExperiment({ ...experiment, state: 'running' });
  try {
    for (const { run, rows } of runs) {
      const runId = await store.createRun({ ...run, experimentId: id, state: 'running' });
      await addAll(store, runId, rows);
      await store.flush();
      await store.endRun(runId, { ...run, state: settled(run.state) });
    }
    await store.endExperiment(id, { ...experiment, state: settled(experiment.state) });
    return id;
  } catch (error) {
    await remove(store, [id]);
    throw error;
  }
}

/** Whole or not at all; what stopped it is what the user needs to hear. */
async function remove(store: ResultsStore, ids: readonly number[]): Promise<void> {
  for (const id of ids) await store.deleteExperiment(id).catch(() => undefined);
}

/**
 * Answers the numbers of the experiments here. Rejects before anything is written when one of them
 * is there already: the same plan, begun at the same time.
 */
export async function importDocument(
  store: ResultsStore,
  document: ResultsDocument,
  name: string,
): Promise<number[]> {
  const nameOf = ({ planHash, startedAtMs }: Omit<ExperimentRow, 'id'>): string =>
    `${startedAtMs} ${planHash}`;
  const present = new Map((await store.experiments()).map((row) => [nameOf(row), row.id]));
  for (const [index, { experiment }] of document.experiments.entries()) {
    const there = present.get(nameOf(experiment));
    if (there === undefined) continue;
    const path = `experiments[${index}]`;
    throw refusal(name, `${path} is in the database already, as experiment ${there}`);
  }
  const ids: number[] = [];
  try {
    for (const experiment of document.experiments) ids.push(await takeIn(store, experiment));
  } catch (error) {
    await remove(store, ids);
    throw error;
  }
  return ids;
}
