// The cluster's keys as this machine has them: from the settings, and from a file that is read
// again when it changes, so that keys can be exchanged while nodes run.

import { stat } from 'node:fs/promises';
import { settingError } from '../../config/problem.ts';
import { SECRET_PATTERN, SECRET_RULE } from '../../config/security.ts';
import { readBounded } from '../../config/sources/file.ts';
import { OperatingError } from '../../errors.ts';

export interface SecretsOptions {
  /** Those of the settings come behind those of the file. */
  readonly secrets: readonly string[];
  readonly file: string;
  /** Takes the keys when they changed; may reject with an OperatingError. */
  take(secrets: readonly string[]): Promise<void>;
  /** Told at each look why the file cannot be used, or that it can. */
  tell(problem: OperatingError | undefined): void;
  readonly pollMs?: number;
}

export interface SecretsWatch {
  close(): Promise<void>;
}

const POLL_MS = 1_000;
/** Far above any list of keys; bounds what a wrong path can cost. */
const MAX_FILE_BYTES = 16_384;

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file; write the keys into it, one a line',
  EACCES: 'this user may not read it; change its owner or its permissions',
  EISDIR: 'it is a folder; name a file in it',
};

const problemOf = (file: string, why: string, cause?: unknown): OperatingError =>
  settingError('secret_file', `secret_file ${file} cannot be used: ${why}.`, { cause });

/** Rejects with an OperatingError when there is no key in it, or it cannot be read. */
export async function readSecretFile(file: string): Promise<readonly string[]> {
  const secrets = keysIn(await textOf(file));
  const bad = secrets.findIndex((secret) => !SECRET_PATTERN.test(secret));
  if (bad >= 0) throw problemOf(file, `its key number ${bad + 1} ${SECRET_RULE}`);
  if (secrets.length > 0) return secrets;
  throw problemOf(file, 'it has no keys; write them into it, one a line');
}

/** One a line; empty lines and comments count as nothing. */
const keysIn = (text: string): string[] =>
  text
    .split(/\r\n|\r|\n/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && !line.startsWith('#'));

const textOf = (file: string): Promise<string> =>
  readBounded(file, MAX_FILE_BYTES, REASONS).catch(({ message, cause }: Error) => {
    throw problemOf(file, message, cause);
  });

/** Changes with what a file holds: orchestrators swap whole folders of secrets by a link. */
const markOf = async (file: string): Promise<string> => {
  const { mtimeMs, size, ino } = await stat(file);
  return `${mtimeMs} ${size} ${ino}`;
};

/** Looks at the file now and then until it is closed; the keys that were read stay meanwhile. */
export function watchSecretFile(options: SecretsOptions): SecretsWatch {
  const { file, secrets, take, tell, pollMs = POLL_MS } = options;
  let seen: string | undefined;
  const look = async (): Promise<void> => {
    try {
      const mark = await markOf(file).catch(() => undefined);
      // What cannot be looked at is read all the same: reading says why it cannot.
      if (mark === undefined || mark !== seen)
        await take([...(await readSecretFile(file)), ...secrets]);
      seen = mark;
      tell(undefined);
    } catch (error) {
      if (!(error instanceof OperatingError)) throw error;
      tell(error);
    }
    if (!closed) timer = setTimeout(look, pollMs).unref();
  };
  let closed = false;
  let timer = setTimeout(look, pollMs).unref();
  return {
    async close() {
      closed = true;
      clearTimeout(timer);
    },
  };
}
