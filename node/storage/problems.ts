// Turns what a database driver threw into one sentence that names the database and the fix.

import { OperatingError } from '../errors.ts';

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

/** Found in the driver's code or text (servers hand SQLite's word on in the text); first wins. */
const KNOWN: readonly (readonly [RegExp, string, (name: string) => string])[] = [
  [
    /SQLITE_(BUSY|LOCKED)|is locked/,
    'store_locked',
    (name) => `Database ${name} is locked by another process; close it there, then storing resumes`,
  ],
  [
    /SQLITE_FULL|disk is full|ENOSPC/,
    'store_full',
    (name) => `The disk of database ${name} is full; free some space, then storing resumes`,
  ],
  [
    /SQLITE_(NOTADB|CORRUPT|FORMAT)|not a database|malformed/,
    'store_corrupt',
    (name) =>
      `Database ${name} is damaged or no database; it was left as it is: move it away, with its ` +
      `-wal and -shm files, to start afresh, or mend it with 'sqlite3 FILE .recover'`,
  ],
  [
    /SQLITE_(READONLY|PERM)|readonly database/,
    'store_read_only',
    (name) => `Database ${name} is read-only; give this user the right to write the file`,
  ],
  [
    /SQLITE_CANTOPEN|ConnectionFailed|unable to open/,
    'store_not_writable',
    (name) =>
      `Database ${name} cannot be opened; check that its folder exists and may be written ` +
      'and that the path is no folder itself',
  ],
  [
    /SQLITE_IOERR|disk I\/O/,
    'store_disk',
    (name) => `The disk under database ${name} fails; check the disk and its mount`,
  ],
  [
    /HTTP status 40[13]|SQLITE_AUTH/,
    'store_denied',
    (name) => `Database server ${name} refused the token; check LIBSQL_AUTH_TOKEN`,
  ],
  [
    /URL_INVALID|URL_SCHEME|ERR_INVALID_URL|URL_PARAM/,
    'store_address',
    (name) =>
      `Database address ${JSON.stringify(name)} is not usable; ` +
      'write file:PATH, http://HOST:PORT, https://HOST or libsql://HOST (setting LIBSQL_URL)',
  ],
  [
    /fetch failed|ECONN|ENOTFOUND|TimeoutError|HTTP status 5|connect/i,
    'store_away',
    (name) => `Database server ${name} does not answer; start it or check LIBSQL_URL`,
  ],
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

export function problemOf(error: unknown, url: string): OperatingError {
  if (error instanceof OperatingError) return error;
  const text = describe(error);
  const name = databaseName(url);
  const known = KNOWN.find(([pattern]) => pattern.test(text));
  const [, code, sentence] = known ?? [/./, 'store_failed', undefined];
  const reason = error instanceof Error ? error.message : String(error);
  const message = sentence?.(name) ?? `Database ${name} failed: ${reason}`;
  return new OperatingError(code, `${message}${message.endsWith('.') ? '' : '.'}`, {
    cause: error,
  });
}
