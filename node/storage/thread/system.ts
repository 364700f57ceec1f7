// What a program that opens databases takes from its system: a clock, drivers, places for files.

import { mkdir, stat } from 'node:fs/promises';
import { dirname, resolve } from 'node:path';
import { OperatingError, RAISE_FILES, saysOutOfFiles } from '../../errors.ts';
import type { Clock } from '../../ports.ts';
import { type CreateClient, isLocalUrl } from '../database/connection.ts';
import { databaseName } from '../database/problems.ts';
import { NO_DRIVER, type Outcome } from './messages.ts';

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

/**
 * Only the driver that is needed: each costs memory for good. A thread where it did not load keeps
 * half of it, and cannot load it later.
 */
export async function loadDriver(url: string): Promise<CreateClient> {
  try {
    const driver = isLocalUrl(url)
      ? await import('@libsql/client/sqlite3')
      : await import('@libsql/client/http');
    return driver.createClient;
  } catch (error) {
    const reason = reasonOf(error);
    const fix = saysOutOfFiles(reason) ? RAISE_FILES : 'run npm install on this machine';
    throw new OperatingError(
      NO_DRIVER,
      `The libSQL driver does not load here (${reason}); ${fix}.`,
      { cause: error },
    );
  }
}

/** Of an error of the system. */
export const codeOf = (error: unknown): unknown =>
  error instanceof Error && 'code' in error ? error.code : undefined;

/** Until what came from elsewhere meanwhile, messages for example, was looked at. */
export const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

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

const FULL = 'is full; free some space, then storing resumes.';
const USED_UP = 'is used up; free some space or raise the quota, then storing resumes.';
const READ_ONLY =
  'is read-only; mount its volume there, or mount it writable, after a check if an error made it ' +
  'so; then storing resumes.';

const upper = (what: string): string => what.charAt(0).toUpperCase() + what.slice(1);

/** What the system refuses by this code; undefined where its code says no more than a driver. */
export function refusalOf(code: unknown, what: string, cause: unknown): OperatingError | undefined {
  const refuse = (kind: string, sentence: string): OperatingError =>
    new OperatingError(kind, sentence, { cause });
  switch (code) {
    case 'ENOSPC':
      return refuse('store_full', `The disk of ${what} ${FULL}`);
    case 'EDQUOT':
      return refuse('store_full', `The disk quota for ${what} ${USED_UP}`);
    case 'EROFS':
      return refuse('store_read_only', `The file system of ${what} ${READ_ONLY}`);
    case 'EMFILE':
    case 'ENFILE':
      return refuse('store_out_of_files', `${upper(what)} cannot be opened; ${RAISE_FILES}.`);
    default:
      return undefined;
  }
}

export async function makeFolder(url: string): Promise<void> {
  const folder = dirname(databaseName(url));
  try {
    await makeWithParents(resolve(folder));
  } catch (error) {
    const refused = refusalOf(codeOf(error), `data folder ${folder}`, error);
    if (refused !== undefined) throw refused;
    throw new OperatingError(
      'store_not_writable',
      `Data folder ${folder} cannot be made (${reasonOf(error)}); mount its volume, give this ` +
        'user the right to write there, or choose another folder.',
      { cause: error },
    );
  }
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
