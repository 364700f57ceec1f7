// npm run experiment: runs what a file describes, and keeps what it found.

import { readExperimentFile } from '../experiment/plan/load.ts';
import { listPresets } from '../experiment/presets/presets.ts';
import { DEFAULT_RESULTS } from '../storage/results/address.ts';
import { runCommand } from './command.ts';
import { type ExperimentOptions, parseExperimentArguments } from './experiment/options.ts';
import { createExperimentReport } from './experiment/report.ts';
import {
  databaseOf,
  exitCodeOf,
  openStore,
  type Ran,
  runAndClose,
  terminalPaint,
} from './experiment/run.ts';
import { durationText, tableLines } from './results/text.ts';
import { untilStopped } from './terminal/stopping.ts';

type Only<Name extends ExperimentOptions['command']> = Extract<
  ExperimentOptions,
  { command: Name }
>;

async function main(options: ExperimentOptions): Promise<number> {
  process.title = 'priomon experiment';
  if (options.command === 'list') return list(options);
  if (options.command === 'serve') return (await import('./experiment/serve.ts')).serve(options);
  return run(options);
}

async function list({ isJson }: ExperimentOptions): Promise<number> {
  const presets = await listPresets();
  const read = await Promise.all(
    presets.map(async ({ name, path }) => {
      const { title, mode, description } = (await readExperimentFile(path)).plan;
      return { name, mode, title, description };
    }),
  );
  const rows = [
    ['name', 'mode', 'what'],
    ...read.map(({ name, mode, title }) => [name, mode, title]),
  ];
  const text = isJson ? JSON.stringify(read, null, 2) : tableLines(rows, []).join('\n');
  process.stdout.write(`${text}\n`);
  return 0;
}

async function run(options: Only<'run'>): Promise<number> {
  const startedAt = performance.now();
  const experiment = await readExperimentFile(options.file, options.flags);
  const paint = terminalPaint();
  const report = createExperimentReport(options.isJson, process.stdout, paint);
  for (const note of experiment.notes) report.note(note);
  const database = databaseOf(options.db, experiment);
  const store = await openStore(database);
  const ran = await runAndClose({
    experiment,
    store,
    resume: options.resumes,
    signal: untilStopped().signal,
    onEvent: (event) => report.event(event),
  });
  if (options.isJson) return exitCodeOf(ran);
  const { id, state, done, failed } = ran;
  const took = durationText(performance.now() - startedAt);
  const lost = failed > 0 ? `, ${failed} failed` : '';
  const runs = done === 1 ? '1 run' : `${done} runs`;
  report.note(`${state}: ${runs}${lost} in ${took}, experiment ${id} in ${database}`);
  report.note(nextStep(ran, database));
  return exitCodeOf(ran);
}

/** Whole commands, with the options that make them mean this experiment. */
function nextStep({ id, state }: Ran, database: string): string {
  if (state === 'stopped') {
    const given = process.argv.slice(2).filter((word) => word !== '--resume');
    return `npm run experiment -- ${[...given.map(quoted), '--resume'].join(' ')} goes on`;
  }
  const same = process.env.RESULTS_DB || DEFAULT_RESULTS;
  const db = database === same ? '' : ` --db ${quoted(database)}`;
  const site = db === '' ? 'npm run site' : `npm run site --${db}`;
  return `npm run results -- show ${id}${db} shows the figures, ${site} makes the report`;
}

/** As a shell takes it. */
const quoted = (word: string): string =>
  /^[\w./:=,%@+-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;

await runCommand(parseExperimentArguments, main);
process.exit();
