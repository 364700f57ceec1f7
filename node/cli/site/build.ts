// Builds the report site with Astro, and puts it where the older one was.

import { cp, mkdir, mkdtemp, readdir, rm } from 'node:fs/promises';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { OperatingError } from '../../errors.ts';
import type { SiteOptions } from './options.ts';

export const SITE = fileURLToPath(new URL('../../../analysis-site', import.meta.url));

/**
 * Builds in a folder of its own and then takes the place of the older site: two builds at once do
 * not meet, and a build that fails leaves the older site as it was.
 */
export async function buildSite({ out, base }: Pick<SiteOptions, 'out' | 'base'>): Promise<void> {
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
    await replaceSite(target, built);
  } catch (error) {
    throw buildProblem(error, out);
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

/** What else lies there, such as `.git` or `CNAME`, stays. */
async function replaceSite(target: string, built: string): Promise<void> {
  await mkdir(target, { recursive: true });
  for (const name of await readdir(built)) {
    await rm(join(target, name), { recursive: true, force: true });
    await cp(join(built, name), join(target, name), { recursive: true });
  }
}

/** Faults of the pages stay what they are; what the machine or the database refused is told. */
export function buildProblem(error: unknown, out: string): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error;
  // Pages are bundled: the class of their errors is another one of the same name.
  if (error.name === OperatingError.name) {
    return new OperatingError(String(error.code), error.message, { cause: error });
  }
  if (!('syscall' in error)) return error;
  const sentence = `The site cannot be written to ${out}: ${error.message}.`;
  return new OperatingError('site_out', sentence, { cause: error });
}
