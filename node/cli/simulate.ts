// npm run simulate: an experiment in virtual time from flags alone, or from a file.

import { loadExperiment, readExperimentFile } from '../experiment/plan/load.ts';
import { runCommand } from './command.ts';
import { parseSimulateArguments, type SimulateOptions } from './experiment/options.ts';
import { createExperimentReport } from './experiment/report.ts';
import { exitCodeOf, figuresOf, openStore, runAndClose, terminalPaint } from './experiment/run.ts';
import { untilStopped } from './terminal/stopping.ts';

/** Where results are kept that nobody asked to keep. */
const NOWHERE = ':memory:';

async function main({ file, flags, db, isJson }: SimulateOptions): Promise<number> {
  process.title = 'priomon simulate';
  const all = { ...flags, mode: 'simulate' };
  const experiment =
    file === undefined ? loadExperiment(undefined, all) : await readExperimentFile(file, all);
  const paint = terminalPaint();
  const report = createExperimentReport(isJson, process.stdout, paint);
  for (const note of experiment.notes) report.note(note);
  const store = await openStore(db ?? NOWHERE);
  const ran = await runAndClose(
    {
      experiment,
      store,
      resume: false,
      signal: untilStopped().signal,
      onEvent: (event) => report.event(event),
    },
    async ({ id }) => {
      if (!isJson) process.stdout.write(`\n${await figuresOf(store, id, paint)}`);
    },
  );
  return exitCodeOf(ran);
}

await runCommand(parseSimulateArguments, main);
process.exit();
