// The arguments of `npm run results`: five commands in one, each with a help of its own.

import type { Command } from 'commander';
import { hint } from '../../config/nearest.ts';
import { DEFAULT_RESULTS } from '../../storage/results/address.ts';
import { TABLE_NAMES, TABLES, type TableName } from '../../storage/results/tables/tables.ts';
import {
  badUsage,
  type CommandText,
  createCommand,
  type Parsed,
  parseWith,
  quoted,
} from '../arguments.ts';

interface Common {
  /** Path or URL; absent: RESULTS_DB, or `results.db` here. */
  readonly db?: string;
}

export type ResultsCommand = Common &
  (
    | { readonly command: 'list'; readonly isJson: boolean }
    | {
        readonly command: 'show';
        readonly id: number;
        readonly isJson: boolean;
        /** Every measure, not the main ones alone. */
        readonly isWhole: boolean;
      }
    | {
        readonly command: 'export';
        readonly ids: readonly number[];
        readonly format: 'json' | 'csv';
        /** Absent: standard output. */
        readonly out?: string;
        readonly table?: TableName;
      }
    | { readonly command: 'import'; readonly file: string }
    | { readonly command: 'delete'; readonly ids: readonly number[]; readonly isSure: boolean }
  );

const NAME = 'npm run results --';

/** As they are called in the database. */
const SQL_NAMES = TABLE_NAMES.map((name) => TABLES[name].name).join(', ');

const TEXTS: Readonly<Record<ResultsCommand['command'], Omit<CommandText, 'name'>>> = {
  list: {
    about: 'Lists the experiments, newest first.',
    examples: [
      ['npm run results -- list', 'those in results.db'],
      ['npm run results -- list --db http://10.0.0.7:8080 --json', 'on a server, for programs'],
    ],
  },
  show: {
    about:
      'Shows what an experiment found: measures of each point, mean ± 95 % interval over runs.',
    examples: [
      ['npm run results -- show 3', 'the main measures'],
      ['npm run results -- show 3 --all --json', 'all of them, for programs'],
    ],
  },
  export: {
    about: 'Writes experiments with all their rows as JSON or CSV.',
    examples: [
      ['npm run results -- export 3 --out spread.json', 'a document that can be imported'],
      ['npm run results -- export 3 4 --format csv --out spread', 'a folder, one file a table'],
      ['npm run results -- export 3 --format csv --table measures', 'one table to the terminal'],
    ],
    remarks: `Tables: ${SQL_NAMES}.`,
  },
  import: {
    about: 'Takes in a document that export wrote.',
    examples: [['npm run results -- import spread.json', 'its experiments get new numbers here']],
  },
  delete: {
    about: 'Deletes experiments with all their runs and rows.',
    examples: [['npm run results -- delete 3 4 --yes', 'for good: there is no way back']],
  },
};

const ENVIRONMENT =
  `The database is --db, or RESULTS_DB, or ${DEFAULT_RESULTS} here; a server's token is ` +
  'LIBSQL_AUTH_TOKEN.';

export function parseResultsArguments(argv: readonly string[]): Parsed<ResultsCommand> {
  const [word = '', ...rest] = argv;
  const known = Object.keys(TEXTS) as ResultsCommand['command'][];
  const command = known.find((one) => one === word);
  if (command !== undefined) return parseCommand(command, rest);
  const isHelp = word === '-h' || word === '--help' || word === 'help';
  const wanted = known.find((one) => one === rest[0]);
  if (word === 'help' && wanted !== undefined) return parseCommand(wanted, ['--help']);
  if (isHelp) return parseWith(overview(), ['--help'], unreachable);
  if (word !== '')
    return { kind: 'usage', message: `${quoted(word)} is no command${hint(word, known)}` };
  return {
    kind: 'usage',
    message: `No command is given: write ${known.join(', ')}; --help shows more.`,
  };
}

const unreachable = (): never => {
  throw badUsage('Help ends the command.');
};

/** For its help alone; what is parsed are the single commands. */
function overview(): Command {
  const command = createCommand({
    name: NAME,
    about: 'Looks after the results of experiments.',
    examples: Object.values(TEXTS).flatMap(({ examples }) => examples),
    remarks: `Each command has a --help of its own.\n${ENVIRONMENT}`,
  })
    .usage('COMMAND [options]')
    .helpCommand(false);
  for (const [word, { about }] of Object.entries(TEXTS)) command.command(word).description(about);
  return command;
}

function parseCommand(
  word: ResultsCommand['command'],
  argv: readonly string[],
): Parsed<ResultsCommand> {
  const { remarks = '', ...text } = TEXTS[word];
  const closing = `${remarks}${remarks === '' ? '' : '\n'}${ENVIRONMENT}`;
  const command = createCommand({ ...text, name: `${NAME} ${word}`, remarks: closing });
  command.option('--db <path or URL>', 'Database of the results');
  const read = READERS[word](command);
  return parseWith(command, argv, () => ({ ...dbOf(command), ...read() }));
}

type WithoutDb<Options> = Options extends ResultsCommand ? Omit<Options, 'db'> : never;

/** Each adds its arguments, and gives what reads them afterwards. */
const READERS: Readonly<
  Record<ResultsCommand['command'], (command: Command) => () => WithoutDb<ResultsCommand>>
> = {
  list(command) {
    command.option('--json', 'For programs');
    return () => ({ command: 'list', isJson: command.opts().json === true });
  },
  show(command) {
    command
      .argument('<id>', 'number of the experiment, as list shows it')
      .option('--all', 'Every measure')
      .option('--json', 'For programs');
    return () => ({
      command: 'show',
      id: readId(command.args[0]),
      isJson: command.opts().json === true,
      isWhole: command.opts().all === true,
    });
  },
  export(command) {
    command
      .argument('<id...>', 'numbers of experiments, as list shows them')
      .option('--format <json|csv>', 'One document, or a file a table', 'json')
      .option('--out <path>', 'File, or folder for CSV (absent: standard output)')
      .option('--table <name>', 'Only this table, as CSV');
    return () => readExport(command);
  },
  import(command) {
    command.argument('<file>', 'document that export wrote');
    return () => ({ command: 'import', file: command.args[0] ?? '' });
  },
  delete(command) {
    command
      .argument('<id...>', 'numbers of experiments, as list shows them')
      .option('--yes', 'Needed, for they are deleted for good');
    return () => ({
      command: 'delete',
      ids: readIds(command.args),
      isSure: command.opts().yes === true,
    });
  },
};

function readExport(command: Command): WithoutDb<ResultsCommand> {
  const { format, out, table } = command.opts();
  if (format !== 'json' && format !== 'csv') {
    throw badUsage(`--format is ${quoted(format)}, but must be json or csv.`);
  }
  if (out === '') throw badUsage('--out is empty; name a file, or a folder for CSV.');
  const known = TABLE_NAMES.find((name) => TABLES[name].name === table);
  if (table !== undefined && known === undefined) {
    throw badUsage(`--table is ${quoted(table)}, but must be one of ${SQL_NAMES}.`);
  }
  if (table !== undefined && format === 'json') {
    throw badUsage('--table goes with --format csv; a JSON document has all tables.');
  }
  if (format === 'csv' && out === undefined && table === undefined) {
    throw badUsage('CSV is a file a table: name a folder with --out, or one table with --table.');
  }
  return {
    command: 'export',
    ids: readIds(command.args),
    format,
    ...(typeof out === 'string' && { out }),
    ...(known !== undefined && { table: known }),
  };
}

const readIds = (written: readonly string[]): number[] => [...new Set(written.map(readId))];

function readId(written = ''): number {
  if (/^[1-9]\d{0,14}$/.test(written)) return Number(written);
  throw badUsage(`An experiment's number is ${quoted(written)}, but must be one that list shows.`);
}

function dbOf(command: Command): Common {
  const { db } = command.opts();
  if (db === '') throw badUsage('--db is empty; name a path or URL.');
  return typeof db === 'string' ? { db } : {};
}
