// Turns what a database driver threw into one sentence that names the database and the fix.

import { OperatingError, RAISE_FILES } from '../../errors.ts';

/** A path or a server without secrets: URLs may carry a user, a password or a token. */
export function databaseName(url: string): string {
  const [plain = url] = url.split('?');
  if (!plain.startsWith('file:')) return plain.replace(/\/\/[^/]*@/, '//');
  try {
    return decodeURIComponent(plain.replace(/^file:(\/\/(?=\/))?/, ''));
  } catch {
    return plain;
  }
}

/** By the code of a problem: what the user can do about it, without the full stop. */
export type Fixes = Readonly<Record<string, string>>;

interface Known {
  /** Found in the driver's code or text (servers hand SQLite's word on in the text). */
  readonly pattern: RegExp;
  readonly code: string;
  readonly what: (name: string) => string;
  /** For a node; who else stores may know better. */
  readonly fix: string;
  /** Said of a server alone; a file has other reasons for the same. */
  readonly isOfServer?: boolean;
}

/** The first that fits wins. */
const KNOWN: readonly Known[] = [
  {
    pattern: /SQLITE_(BUSY|LOCKED)|is locked/,
    code: 'store_locked',
    what: (name) => `Database ${name} is locked by another process`,
    fix: 'close it there, then storing resumes',
  },
  {
    pattern: /SQLITE_FULL|disk is full|ENOSPC/,
    code: 'store_full',
    what: (name) => `The disk of database ${name} is full`,
    fix: 'free some space, then storing resumes',
  },
  {
    pattern: /HRANA_PROTO_ERROR|^\s*SyntaxError|HTTP status (3|405)/,
    code: 'store_address',
    what: (name) => `What answers at ${name} is no libSQL server`,
    fix: 'check LIBSQL_URL, and the proxy before the server if there is one',
    isOfServer: true,
  },
  {
    pattern: /SQLITE_(NOTADB|CORRUPT|FORMAT)|not a database|malformed|^\s*SyntaxError/,
    code: 'store_corrupt',
    what: (name) => `Database ${name} is damaged or no database`,
    fix:
      'it was left as it is: move it away, with its -wal and -shm files, to start afresh, ' +
      "or mend it with 'sqlite3 FILE .recover'",
  },
  {
    pattern: /SQLITE_(READONLY|PERM)|readonly database/,
    code: 'store_read_only',
    what: (name) => `Database ${name} is read-only`,
    fix: 'give this user the right to write the file',
  },
  {
    pattern: /EMFILE|ENFILE|Too many open files/i,
    code: 'store_out_of_files',
    what: (name) => `Database ${name} cannot be opened`,
    fix: RAISE_FILES,
  },
  {
    pattern: /SQLITE_CANTOPEN|ConnectionFailed|unable to open/,
    code: 'store_not_writable',
    what: (name) => `Database ${name} cannot be opened`,
    fix:
      'check that its volume is mounted, that its folder may be written and that the path is no ' +
      'folder itself',
  },
  {
    pattern: /SQLITE_IOERR|disk I\/O/,
    code: 'store_disk',
    what: (name) => `The disk under database ${name} fails`,
    fix: 'check the disk and its mount',
  },
  {
    pattern: /HTTP status 401|SQLITE_AUTH/,
    code: 'store_denied',
    what: (name) => `Database server ${name} refused the token`,
    fix: 'check that LIBSQL_AUTH_TOKEN is set, not expired and meant for this database',
  },
  {
    pattern: /HTTP status 403/,
    code: 'store_denied',
    what: (name) => `Database server ${name} does not let this token write`,
    fix: 'give LIBSQL_AUTH_TOKEN one with full access',
  },
  {
    pattern: /SQL_\w+_BLOCKED|BLOCKED\b|operation was blocked/i,
    code: 'store_blocked',
    what: (name) => `Database server ${name} blocks reads or writes`,
    fix: 'its quota may be used up: look at the account there',
  },
  {
    pattern: /HTTP status 404/,
    code: 'store_unknown',
    what: (name) => `Server ${name} has no such database`,
    fix: 'check LIBSQL_URL',
  },
  {
    pattern: /URL_INVALID|URL_SCHEME|ERR_INVALID_URL|URL_PARAM/,
    code: 'store_address',
    what: (name) => `Database address ${JSON.stringify(name)} is not usable`,
    fix: 'write file:PATH, http://HOST:PORT, https://HOST or libsql://HOST (setting LIBSQL_URL)',
  },
  {
    pattern: /fetch failed|ECONN|ENOTFOUND|TimeoutError|HTTP status 5|connect/i,
    code: 'store_away',
    what: (name) => `Database server ${name} does not answer`,
    fix: 'start it or check LIBSQL_URL',
  },
];

/** Code, kind and text of an error and of what caused it, for the patterns above. */
export function describe(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  const code = 'code' in error ? String(error.code) : '';
  const cause = error.cause === undefined ? '' : ` ${describe(error.cause)}`;
  return `${code} ${error.name} ${error.message}${cause}`;
}

/** The connection is sound, and the same write may be tried on it again. */
export const isPassing = (error: unknown): boolean =>
  error instanceof OperatingError ||
  /SQLITE_(FULL|CONSTRAINT|TOOBIG|MISMATCH)/.test(describe(error));

export function problemOf(error: unknown, url: string, fixes: Fixes = {}): OperatingError {
  if (error instanceof OperatingError) return error;
  const text = describe(error);
  const name = databaseName(url);
  const isFile = url.startsWith('file:');
  const known = KNOWN.find(({ pattern, isOfServer }) => {
    return pattern.test(text) && !(isFile && isOfServer === true);
  });
  const reason = error instanceof Error ? error.message : String(error);
  const message =
    known === undefined
      ? `Database ${name} failed: ${reason}`
      : `${known.what(name)}; ${fixes[known.code] ?? known.fix}`;
  const sentence = `${message}${message.endsWith('.') ? '' : '.'}`;
  return new OperatingError(known?.code ?? 'store_failed', sentence, { cause: error });
}

/** Sentences that are there, or undefined. */
export const joined = (...sentences: (string | undefined)[]): string | undefined =>
  sentences.filter((sentence) => sentence !== undefined).join(' ') || undefined;
