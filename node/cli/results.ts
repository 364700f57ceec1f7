// npm run results: lists, shows, exports, imports and deletes what experiments left behind.

import { printable } from '../core/wire/printable.ts';
import { OperatingError } from '../errors.ts';
import { outliveReaders } from '../host/process/log.ts';
import { DEFAULT_RESULTS, resultsUrl } from '../storage/results/address.ts';
import { textOfTable } from '../storage/results/csv.ts';
import { importDocument, readDocument, textOfDocument } from '../storage/results/document.ts';
import { openResults } from '../storage/results/libsql.ts';
import type { ExperimentRow } from '../storage/results/rows.ts';
import type { ResultsReader, ResultsStore } from '../storage/results/store.ts';
import { TABLE_NAMES, TABLES } from '../storage/results/tables/tables.ts';
import { badUsage } from './arguments.ts';
import { runCommand } from './command.ts';
import { printText, readText, writeTables, writeText } from './results/files.ts';
import { listResults } from './results/list.ts';
import { parseResultsArguments, type ResultsCommand } from './results/options.ts';
import { showAsJson, showAsText } from './results/show.ts';
import { createPaint } from './terminal/paint.ts';

type Only<Name extends ResultsCommand['command']> = Extract<ResultsCommand, { command: Name }>;

const print = (text: string): void => void process.stdout.write(text);
const paint = createPaint(process.stdout, process.env);

function addressOf({ db }: ResultsCommand): { url: string; authToken?: string } {
  const url = resultsUrl(db ?? (process.env.RESULTS_DB || DEFAULT_RESULTS));
  const authToken = process.env.LIBSQL_AUTH_TOKEN;
  return { url, ...(authToken && { authToken }) };
}

/** Brings an older database to the newest version first, for reading alone cannot. */
async function openForReading(options: ResultsCommand): Promise<ResultsReader> {
  const address = addressOf(options);
  try {
    return await openResults({ ...address, mode: 'read' });
  } catch (error) {
    if (!(error instanceof OperatingError) || error.code !== 'store_older') throw error;
    await (await openResults({ ...address, mode: 'write' })).close();
    return openResults({ ...address, mode: 'read' });
  }
}

async function find(reader: ResultsReader, id: number): Promise<ExperimentRow> {
  const found = await reader.experiment(id);
  if (found !== undefined) return found;
  throw new OperatingError(
    'results_unknown',
    `There is no experiment ${id}; npm run results -- list shows which there are.`,
  );
}

async function findAll(reader: ResultsReader, ids: readonly number[]): Promise<ExperimentRow[]> {
  const found: ExperimentRow[] = [];
  for (const id of ids) found.push(await find(reader, id));
  return found;
}

async function show(reader: ResultsReader, options: Only<'show'>): Promise<void> {
  const { id, isJson, isWhole } = options;
  const experiment = await find(reader, id);
  const runs = await reader.runs(id);
  const ids = runs.map((run) => run.id);
  const shown = { experiment, runs, measures: await reader.rows('measures', ids), isWhole };
  print(isJson ? showAsJson(shown) : showAsText(shown, paint));
}

async function exportAll(reader: ResultsReader, options: Only<'export'>): Promise<void> {
  const { ids, format, out, table } = options;
  const experiments = await findAll(reader, ids);
  if (format === 'csv' && table === undefined && out !== undefined) {
    const tables = TABLE_NAMES.map(
      (name) => [TABLES[name].name, textOfTable(reader, experiments, name)] as const,
    );
    await writeTables(out, tables);
    return print(`Wrote ${tables.length} tables into ${printable(out)}.\n`);
  }
  const pieces =
    table === undefined
      ? textOfDocument(reader, experiments)
      : textOfTable(reader, experiments, table);
  if (out === undefined) return printText(pieces);
  await writeText(out, pieces);
  print(`Wrote ${printable(out)}.\n`);
}

async function importFile(options: Only<'import'>): Promise<void> {
  const document = readDocument(await readText(options.file), options.file);
  const store = await openResults({ ...addressOf(options), mode: 'write' });
  try {
    const ids = await importDocument(store, document, options.file);
    print(
      ids.length === 0 ? 'The file holds no experiments.\n' : `Imported as ${ids.join(', ')}.\n`,
    );
  } finally {
    await store.close();
  }
}

async function deleteAll(options: Only<'delete'>): Promise<void> {
  // Reading first: a mistyped name must not make a database.
  const reader = await openForReading(options);
  const experiments = await findAll(reader, options.ids).finally(() => reader.close());
  const running = experiments.find(({ state }) => state === 'running');
  if (running !== undefined) {
    throw new OperatingError('results_running', `Experiment ${running.id} runs; stop it first.`);
  }
  const names = experiments.map(({ id, name }) => `${id} (${printable(name)})`).join(', ');
  if (!options.isSure) throw badUsage(`This deletes ${names} for good: add --yes if you are sure.`);
  const store: ResultsStore = await openResults({ ...addressOf(options), mode: 'write' });
  try {
    for (const { id } of experiments) await store.deleteExperiment(id);
  } finally {
    await store.close();
  }
  print(`Deleted ${names}.\n`);
}

async function main(options: ResultsCommand): Promise<undefined> {
  if (options.command === 'import') return void (await importFile(options));
  if (options.command === 'delete') return void (await deleteAll(options));
  const reader = await openForReading(options);
  try {
    if (options.command === 'list') print(await listResults(reader, options.isJson, paint));
    else if (options.command === 'show') await show(reader, options);
    else await exportAll(reader, options);
  } finally {
    await reader.close();
  }
}

// A reader such as `head` may have seen enough.
outliveReaders();
await runCommand(parseResultsArguments, main);
