// The arguments of the two commands of the report site.

import type { Command } from 'commander';
import { integer } from '../../config/values.ts';
import { DEFAULT_RESULTS } from '../../storage/results/address.ts';
import { badUsage, checked, createCommand, type Parsed, parseWith, quoted } from '../arguments.ts';

export const DEFAULT_OUT = 'analysis-site/dist';
const DEFAULT_PREVIEW_PORT = 4_080;

export interface SiteOptions {
  /** Path or URL as written; absent: what the environment says, or else the default. */
  readonly db?: string;
  /** Builds from the results that came with PrioMon. */
  readonly isDemo: boolean;
  /** Path under which the site will be served, with a slash at both ends. */
  readonly base: string;
  readonly out: string;
  readonly isJson: boolean;
}

export interface PreviewOptions {
  readonly folder: string;
  readonly base: string;
  readonly port: number;
}

export function parseSiteArguments(argv: readonly string[]): Parsed<SiteOptions> {
  const command = createCommand({
    name: 'npm run site --',
    about: 'Builds the report site from the results of experiments.',
    examples: [
      ['npm run site', `from ${DEFAULT_RESULTS} into ${DEFAULT_OUT}`],
      ['npm run site -- --demo', 'from results that were recorded for you'],
      ['npm run site -- --db http://127.0.0.1:8080', 'from a libSQL server'],
      ['npm run site -- --base /priomon/ --out public', 'to be served under /priomon/'],
    ],
    remarks:
      'RESULTS_DB names the database where --db does not; LIBSQL_AUTH_TOKEN opens a server. The ' +
      'links of\nthe site are relative: only its page for wrong addresses needs to know --base.',
  });
  command
    .option('--db <path|url>', `Database of results (default: ${DEFAULT_RESULTS})`)
    .option('--demo', 'From the recorded results instead of a database')
    .option('--base <path>', 'Path the site will be served under', '/')
    .option('--out <dir>', 'Folder for the site; an older site in it is replaced', DEFAULT_OUT)
    .option('--json', 'One line of JSON instead of text');
  return parseWith(command, argv, (read) => {
    const { db, demo, json, out } = read.opts();
    if (db === '') throw badUsage('--db is empty; name a file or the address of a server.');
    if (out === '') throw badUsage('--out is empty; name a folder.');
    if (db !== undefined && demo) {
      throw badUsage('--db and --demo name two sources; leave one of them out.');
    }
    return {
      ...(db !== undefined && { db }),
      isDemo: demo === true,
      base: readBase(read),
      out,
      isJson: json === true,
    };
  });
}

export function parsePreviewArguments(argv: readonly string[]): Parsed<PreviewOptions> {
  const command = createCommand({
    name: 'npm run site:preview --',
    about: 'Serves the built report site on this machine; Ctrl-C ends it.',
    examples: [
      ['npm run site:preview', `${DEFAULT_OUT} on port ${DEFAULT_PREVIEW_PORT}`],
      ['npm run site:preview -- --port 8000 --base /priomon/', 'as it will be under a path'],
    ],
  });
  command
    .option('--port <n>', `Port of this machine (default: ${DEFAULT_PREVIEW_PORT})`)
    .option('--base <path>', 'Path to serve it under', '/')
    .option('--out <dir>', 'Folder that npm run site has built', DEFAULT_OUT);
  return parseWith(command, argv, (read) => {
    const { port, out } = read.opts();
    if (out === '') throw badUsage('--out is empty; name a folder.');
    return {
      folder: out,
      base: readBase(read),
      port: port === undefined ? DEFAULT_PREVIEW_PORT : checked('--port', integer(0, 65_535), port),
    };
  });
}

/** `sub` and `/sub` are `/sub/`. */
function readBase(command: Command): string {
  const written = String(command.opts().base);
  if (!/^\/?([\w.~-]+\/?)*$/.test(written)) {
    throw badUsage(`--base is ${quoted(written)}, but must be a path such as /priomon/.`);
  }
  return `/${written}/`.replaceAll(/\/+/g, '/');
}
