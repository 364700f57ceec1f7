// What a program that opens databases takes from its system: a clock, drivers, places for files.

import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { OperatingError } from '../errors.ts';
import type { Clock } from '../ports.ts';
import { type ConnectionOptions, type CreateClient, isLocalUrl } from './connection.ts';
import { databaseName } from './problems.ts';
import type { Outcome } from './worker-messages.ts';

export const clock: Clock = {
  monotonicMs: () => performance.now(),
  wallMs: () => Date.now(),
  after(delayMs, callback) {
    const timer = setTimeout(callback, delayMs);
    return () => clearTimeout(timer);
  },
};

const reasonOf = (error: unknown): string =>
  error instanceof Error ? error.message : String(error);

/** Only the driver that is needed: each costs memory for good. */
export async function loadDriver(url: string): Promise<CreateClient> {
  try {
    const driver = isLocalUrl(url)
      ? await import('@libsql/client/sqlite3')
      : await import('@libsql/client/http');
    return driver.createClient;
  } catch (error) {
    throw new OperatingError(
      'store_driver',
      `The libSQL driver does not load here (${reasonOf(error)}); run npm install on this machine.`,
      { cause: error },
    );
  }
}

const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;

/**
 * With the folders above it. Not `recursive`: below /proc Node.js never comes back from that, and a
 * thread that is stuck keeps its process from ending.
 */
async function makeWithParents(folder: string): Promise<void> {
  try {
    await makeUnlessThere(folder);
  } catch (error) {
    if (codeOf(error) !== 'ENOENT' || dirname(folder) === folder) throw error;
    await makeWithParents(dirname(folder));
    await makeUnlessThere(folder);
  }
}

/** Another node of this machine may make the same folder at the same time. */
async function makeUnlessThere(folder: string): Promise<void> {
  try {
    await mkdir(folder);
  } catch (error) {
    if (codeOf(error) !== 'EEXIST' || !(await stat(folder)).isDirectory()) throw error;
  }
}

export async function makeFolder(url: string): Promise<void> {
  const folder = dirname(databaseName(url));
  try {
    await makeWithParents(resolve(folder));
  } catch (error) {
    throw new OperatingError(
      'store_not_writable',
      `Data folder ${folder} cannot be made (${reasonOf(error)}); mount its volume, give this ` +
        'user the right to write there, or choose another folder.',
      { cause: error },
    );
  }
}

const gone = (path: string): OperatingError =>
  new OperatingError(
    'store_gone',
    `Database ${path} is not where it was: it was moved or its volume is gone; bring it back, ` +
      'or storing begins anew in that place.',
  );

const unmounted = (folder: string): OperatingError =>
  new OperatingError(
    'store_unmounted',
    `The volume of data folder ${folder} is gone; mount it again, then storing resumes.`,
  );

/** Where the folder's file system is mounted; undefined for the one of the root. */
async function mountPointOf(folder: string): Promise<string | undefined> {
  const { dev } = await stat(folder);
  for (let at = resolve(folder); at !== dirname(at); at = dirname(at)) {
    if ((await stat(dirname(at))).dev !== dev) return at;
  }
  return undefined;
}

async function isMounted(point: string): Promise<boolean> {
  const devices = await Promise.all([stat(point), stat(dirname(point))]).catch(() => undefined);
  return devices !== undefined && devices[0].dev !== devices[1].dev;
}

/**
 * Where a database file lies. A file that was moved or deleted is made anew, but nothing is
 * written in place of a volume that was there when the process began: it would be hidden later.
 */
export function createPlace(url: string): Pick<ConnectionOptions, 'prepare' | 'check'> {
  if (!url.startsWith('file:')) return {};
  const path = databaseName(url);
  const folder = dirname(path);
  let volume: string | undefined;
  let device: number | undefined;
  return {
    async prepare() {
      if (volume !== undefined && !(await isMounted(volume))) throw unmounted(folder);
      await makeFolder(url);
      // A runtime may forbid to look at the folders above.
      volume ??= await mountPointOf(folder).catch(() => undefined);
      device = (await stat(folder)).dev;
    },
    async check() {
      // A volume that was mounted again is another device to who still has it open.
      const found = await Promise.all([stat(path), stat(folder)]).catch(() => undefined);
      if (found === undefined || found[1].dev !== device) throw gone(path);
    },
  };
}

/** What a thread answers for a piece of work; errors cross as code and sentence. */
export async function outcomeOf(work: () => Promise<unknown>): Promise<Omit<Outcome, 'call'>> {
  try {
    return { value: await work() };
  } catch (error) {
    const code = error instanceof OperatingError ? error.code : 'store_failed';
    return { error: { code, message: reasonOf(error) } };
  }
}
