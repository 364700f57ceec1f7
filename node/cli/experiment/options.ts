// The arguments of `npm run experiment` and `npm run simulate`.

import type { FlagValues } from '../../config/sources/environment.ts';
import { integer } from '../../config/values.ts';
import { EXPERIMENT_FLAGS } from '../../experiment/plan/settings.ts';
import { DEFAULT_RESULTS } from '../../storage/results/address.ts';
import {
  addSettings,
  badUsage,
  checked,
  createCommand,
  type Offer,
  type Parsed,
  parseWith,
  settingsGiven,
} from '../arguments.ts';

interface Common {
  /** Path or URL; absent: RESULTS_DB, what an INI names, or `results.db` here. */
  readonly db?: string;
  readonly isJson: boolean;
  readonly flags: FlagValues;
}

export type ExperimentOptions = Common &
  (
    | { readonly command: 'list' }
    | { readonly command: 'run'; readonly file: string; readonly resumes: boolean }
    /** Without a file any ready-made experiment can be started. */
    | { readonly command: 'serve'; readonly file?: string; readonly port: number }
  );

export interface SimulateOptions extends Common {
  /** A file to begin with; flags win over it. */
  readonly file?: string;
}

const MAX_PORT = 65_535;
/** As the original's orchestrator has it. */
const DEFAULT_SERVE_PORT = 4000;

const HEADING = 'Changes to the file (the same names as in it):';

const DATABASE =
  `Results go to --db, or RESULTS_DB, or ${DEFAULT_RESULTS} here; a server's token is ` +
  'LIBSQL_AUTH_TOKEN.\nnpm run results looks after them, npm run site makes a report of them.';

const OFFER: Offer = { settings: EXPERIMENT_FLAGS, without: [], heading: HEADING };
/** A simulation is one by name. */
const OFFER_SIMULATED: Offer = {
  settings: EXPERIMENT_FLAGS,
  without: ['mode', 'base_port', 'log_level', 'store_samples'],
  heading: 'What is simulated (the same names as in files):',
};

export function parseExperimentArguments(argv: readonly string[]): Parsed<ExperimentOptions> {
  const command = createCommand({
    name: 'npm run experiment --',
    about:
      'Runs the experiment that a YAML file or PrioMon config.ini describes, or a ready-made one.',
    examples: [
      ['npm run experiment -- quick', 'a ready-made one, under a minute; --list shows the others'],
      ['npm run experiment -- spread.yaml --runs 10', 'a file, with ten runs of each point'],
      ['npm run experiment -- config.ini --mode simulate', "PrioMon's INI, in virtual time"],
      ['npm run experiment -- spread.yaml --resume', 'goes on where it was stopped'],
      ['npm run experiment -- --serve', 'a page on port 4000 starts, shows and stops them'],
    ],
    remarks: DATABASE,
  });
  command
    .argument('[file]', 'a file, or the name of a ready-made experiment')
    .option('--list', 'List the ready-made experiments')
    .option('--db <path or URL>', 'Database for the results')
    .option('--resume', 'Go on with the last unfinished experiment of the same plan')
    .option('--serve', 'Offer /start, /events and /stop over HTTP instead of starting')
    .option('--port <n>', `Port for --serve (default: ${DEFAULT_SERVE_PORT})`)
    .option('--json', 'One JSON document a line, for programs');
  addSettings(command, OFFER);
  return parseWith(command, argv, () => {
    const { list, db, resume, serve, port, json } = command.opts();
    if (db === '') throw badUsage('--db is empty; name a path or URL.');
    const common: Common = {
      isJson: json === true,
      flags: settingsGiven(command, OFFER),
      ...(typeof db === 'string' && { db }),
    };
    if (list === true) return { ...common, command: 'list' };
    if (port !== undefined && serve !== true) throw badUsage('--port goes with --serve.');
    const [file = ''] = command.args;
    if (serve === true) {
      if (resume === true)
        throw badUsage('--resume has no use with --serve: /start?resume=1 has it.');
      const chosen = checked('--port', integer(0, MAX_PORT), port ?? DEFAULT_SERVE_PORT);
      return { ...common, command: 'serve', port: chosen, ...(file !== '' && { file }) };
    }
    if (file !== '') return { ...common, command: 'run', file, resumes: resume === true };
    throw badUsage('Name a file or a ready-made experiment, such as quick; --list shows them.');
  });
}

export function parseSimulateArguments(argv: readonly string[]): Parsed<SimulateOptions> {
  const command = createCommand({
    name: 'npm run simulate --',
    about: 'Runs the protocol in virtual time: the same seed gives the same run, event by event.',
    examples: [
      ['npm run simulate -- --nodes 1000 --seed 1 --runs 1', 'a thousand nodes, once'],
      ['npm run simulate -- --nodes 20,100 --strategy full,priomon', 'strategies side by side'],
      ['npm run simulate -- --nodes 50 --loss 0,10%,30%', 'a network that loses messages'],
      ['npm run simulate -- failure-queries --db results.db', 'a file, and keep the results'],
    ],
    remarks: 'Without --db the figures are shown and not kept.',
  });
  command
    .argument('[file]', 'a file, or the name of a ready-made experiment, to begin with')
    .option('--db <path or URL>', 'Database to keep the results in')
    .option('--json', 'One JSON document a line, for programs');
  addSettings(command, OFFER_SIMULATED);
  return parseWith(command, argv, () => {
    const { db, json } = command.opts();
    if (db === '') throw badUsage('--db is empty; name a path or URL.');
    const file = command.args[0];
    return {
      isJson: json === true,
      flags: settingsGiven(command, OFFER_SIMULATED),
      ...(typeof db === 'string' && { db }),
      ...(file !== undefined && { file }),
    };
  });
}
