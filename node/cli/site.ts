// npm run site: builds the report site from a database of results.

import { readdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { printable, printableJson } from '../core/wire/printable.ts';
import { OperatingError } from '../errors.ts';
import { DEFAULT_RESULTS, resultsUrl } from '../storage/results/address.ts';
import { openResults } from '../storage/results/libsql.ts';
import type { ExperimentRow } from '../storage/results/rows.ts';
import { badUsage } from './arguments.ts';
import { runCommand } from './command.ts';
import { buildSite, SITE } from './site/build.ts';
import { withDemo } from './site/demo.ts';
import { parseSiteArguments, type SiteOptions } from './site/options.ts';

const HOW =
  'make one with npm run experiment -- quick, or see recorded results with npm run site -- --demo';

interface Source {
  readonly url: string;
  readonly name: string;
}

async function main(options: SiteOptions): Promise<undefined> {
  await checkOut(options.out);
  if (options.isDemo) {
    return withDemo((url) => build(options, { url, name: 'the recorded results' }));
  }
  const written = options.db ?? (process.env.RESULTS_DB || DEFAULT_RESULTS);
  return build(options, { url: resultsUrl(written), name: written });
}

async function build(options: SiteOptions, source: Source): Promise<undefined> {
  const startedAt = performance.now();
  const { experiments, empty } = await lookAt(source);
  const look = previewCommand(options);
  process.env.RESULTS_DB = source.url;
  await buildSite(options);
  const seconds = Number(((performance.now() - startedAt) / 1_000).toFixed(1));
  if (options.isJson) {
    const told = { out: options.out, base: options.base, experiments: experiments.length, seconds };
    process.stdout.write(`${printableJson(told)}\n`);
    return;
  }
  for (const { id, name } of empty) {
    process.stdout.write(
      `Experiment ${id} (${printable(name)}) has no finished run, so it has no figures.\n`,
    );
  }
  const count = experiments.length === 1 ? '1 experiment' : `${experiments.length} experiments`;
  const place = printable(`${source.name} is in ${options.out}`);
  process.stdout.write(
    `The report of ${count} from ${place} (${seconds} s).\n` +
      `Look at it with ${printable(look)}.\n`,
  );
}

function previewCommand({ out, base }: SiteOptions): string {
  const flags = [
    ...(resolve(out) === resolve(SITE, 'dist') ? [] : [`--out ${out}`]),
    ...(base === '/' ? [] : [`--base ${base}`]),
  ];
  return ['npm run site:preview', ...(flags.length > 0 ? ['--', ...flags] : [])].join(' ');
}

/** The site writes over what has its names, so there must be nothing, or an older build. */
async function checkOut(out: string): Promise<void> {
  const found = await readdir(out).catch((error): string[] => {
    if (error.code === 'ENOENT') return [];
    throw badUsage(`--out is ${out}, which is no folder: name another.`);
  });
  if (found.length === 0 || found.includes('_astro')) return;
  throw badUsage(
    `--out is ${out}, which holds other files and no older site: name an empty folder.`,
  );
}

interface Contents {
  readonly experiments: readonly ExperimentRow[];
  /** Those without a finished run. */
  readonly empty: readonly ExperimentRow[];
}

/** All that is wrong with the database comes out here, before anything is built. */
async function lookAt(source: Source): Promise<Contents> {
  const authToken = process.env.LIBSQL_AUTH_TOKEN;
  const reader = await openResults({
    url: source.url,
    mode: 'read',
    ...(authToken && { authToken }),
  }).catch((error) => {
    if (!(error instanceof OperatingError) || error.code !== 'results_missing') throw error;
    throw nothingIn(source, 'There are no results in');
  });
  try {
    const experiments = await reader.experiments();
    if (experiments.length === 0) throw nothingIn(source, 'There is no experiment in');
    const empty: ExperimentRow[] = [];
    for (const experiment of experiments) {
      const runs = await reader.runs(experiment.id);
      if (!runs.some(({ state }) => state === 'done')) empty.push(experiment);
    }
    return { experiments, empty };
  } finally {
    await reader.close();
  }
}

const nothingIn = ({ name }: Source, start: string): OperatingError =>
  new OperatingError('results_missing', `${start} ${name} yet: ${HOW}.`);

await runCommand(parseSiteArguments, main);
