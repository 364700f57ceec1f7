// What a program that opens databases takes from its system: a clock, drivers, folders for files.

import { mkdir } from 'node:fs/promises';
import { dirname } from 'node:path';
import { OperatingError } from '../errors.ts';
import type { Clock } from '../ports.ts';
import { type CreateClient, isLocalUrl } from './connection.ts';
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

export async function makeFolder(url: string): Promise<void> {
  const folder = dirname(databaseName(url));
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    throw new OperatingError(
      'store_not_writable',
      `Data folder ${folder} cannot be made (${reasonOf(error)}); choose another one.`,
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
