// npm run site: builds the report site from a database of results.

import { cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OperatingError } from '../errors.ts';
import { DEFAULT_RESULTS, resultsUrl } from '../storage/results/address.ts';
import { openResults } from '../storage/results/libsql.ts';
import type { ExperimentRow } from '../storage/results/rows.ts';
import { runCommand } from './command.ts';
import { withDemo } from './site-demo.ts';
import { parseSiteArguments, type SiteOptions } from './site-options.ts';

const SITE = fileURLToPath(new URL('../../analysis-site', import.meta.url));
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
  await runAstro(options);
  const seconds = Number(((performance.now() - startedAt) / 1_000).toFixed(1));
  if (options.isJson) {
    const told = { out: options.out, base: options.base, experiments: experiments.length, seconds };
    process.stdout.write(`${JSON.stringify(told)}\n`);
    return;
  }
  for (const { id, name } of empty) {
    process.stdout.write(`Experiment ${id} (${name}) has no finished run, so it has no figures.\n`);
  }
  const count = experiments.length === 1 ? '1 experiment' : `${experiments.length} experiments`;
  process.stdout.write(
    `The report of ${count} from ${source.name} is in ${options.out} (${seconds} s).\n` +
      `Look at it with ${look}.\n`,
  );
}

function previewCommand({ out, base }: SiteOptions): string {
  const flags = [
    ...(resolve(out) === resolve(SITE, 'dist') ? [] : [`--out ${out}`]),
    ...(base === '/' ? [] : [`--base ${base}`]),
  ];
  return ['npm run site:preview', ...(flags.length > 0 ? ['--', ...flags] : [])].join(' ');
}

/** The site takes the folder's place, so it must hold nothing but an older build. */
async function checkOut(out: string): Promise<void> {
  const found = await readdir(out).catch((error): string[] => {
    if (error.code === 'ENOENT') return [];
    throw new OperatingError('site_out', `--out is ${out}, which is no folder: name another.`);
  });
  if (found.length === 0 || found.includes('_astro')) return;
  throw new OperatingError(
    'site_out',
    `--out is ${out}, which holds other files that a build would delete: name an empty folder.`,
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

/**
 * Builds in a folder of its own and then takes the place of the older site: two builds at once do
 * not meet, and a build that fails leaves the older site as it was.
 */
async function runAstro({ out, base }: SiteOptions): Promise<void> {
  process.env.ASTRO_TELEMETRY_DISABLED = '1';
  const astro = await import('astro').catch((cause) => {
    const sentence = 'The site is built with Astro, which is not installed: run npm install first.';
    throw new OperatingError('site_tools', sentence, { cause });
  });
  const target = resolve(out);
  // Astro keeps what it runs below the working folder, or else in a place that builds would share.
  process.chdir(dirname(SITE));
  await mkdir(join(SITE, '.astro'), { recursive: true });
  const folder = await mkdtemp(join(SITE, '.astro', 'build-'));
  try {
    const built = join(folder, 'site');
    await astro.build({
      root: SITE,
      outDir: built,
      cacheDir: join(folder, 'cache'),
      base,
      logLevel: 'error',
      vite: { cacheDir: join(folder, 'vite') },
    });
    await rm(target, { recursive: true, force: true });
    await cp(built, target, { recursive: true });
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

await runCommand(parseSiteArguments, main);
