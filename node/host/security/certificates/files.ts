// Reads the PEM files that settings name and refuses what a node could not use, with the field, the
// value and the fix.

import { createPrivateKey, type KeyObject, X509Certificate } from 'node:crypto';
import { settingError } from '../../../config/problem.ts';
import type { TlsConfig } from '../../../config/security.ts';
import { readBounded } from '../../../config/sources/file.ts';
import type { OperatingError } from '../../../errors.ts';

/** What a node shows to who calls it, and since when and until when others believe that. */
export interface Credentials {
  /** PEM. */
  readonly cert: string;
  readonly key: string;
  readonly fromMs: number;
  readonly untilMs: number;
}

interface AuthorityFile {
  readonly ca?: TlsConfig['ca'] | undefined;
}

/** Above any bundle of authorities that a system has. */
const MAX_FILE_BYTES = 2 ** 20;

const REASONS: Readonly<Record<string, string>> = {
  ENOENT: 'there is no such file; check the path',
  EACCES: 'this user may not read it; change its owner or its permissions',
  EISDIR: 'it is a folder; name a file in it',
};

const problem = (setting: string, path: string, why: string, cause?: unknown): OperatingError =>
  settingError('certificate', `${setting} is ${path}, but ${why}.`, { cause });

/** Undefined without a certificate; rejects with an OperatingError for what cannot serve. */
export async function readCredentials({ cert, key }: TlsConfig): Promise<Credentials | undefined> {
  if (cert === undefined) return undefined;
  const [certText, keyText] = await Promise.all([
    readPem('tls.cert', cert),
    readPem('tls.key', key),
  ]);
  const certificate = certificateIn('tls.cert', cert, certText);
  if (!certificate.checkPrivateKey(privateKeyIn(key, keyText))) {
    const why = `it belongs to another certificate than the one in ${cert} (tls.cert)`;
    throw problem('tls.key', key, `${why}; name the files of one pair`);
  }
  checkChain(cert, certText, keyText);
  return {
    cert: certText,
    key: keyText,
    fromMs: certificate.validFromDate.getTime(),
    untilMs: certificate.validToDate.getTime(),
  };
}

/** To its end, or to where the file is cut. */
const CERTIFICATE = /-----BEGIN CERTIFICATE-----[\s\S]*?(-----END CERTIFICATE-----|$)/g;

/** The first certificate alone says little: one that follows may be cut short, or too weak. */
function checkChain(path: string, cert: string, key: string): void {
  try {
    // One by one as well: not every runtime's TLS looks at what follows the first.
    for (const [pem] of cert.matchAll(CERTIFICATE)) new X509Certificate(pem);
    process.getBuiltinModule('node:tls').createSecureContext({ cert, key });
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw problem('tls.cert', path, `TLS refuses it (${reason}); write the whole chain`, cause);
  }
}

/** Undefined without tls.ca; rejects with an OperatingError for what is no certificate. */
export async function readAuthority({ ca }: AuthorityFile): Promise<string | undefined> {
  if (ca === undefined) return undefined;
  const text = await readPem('tls.ca', ca);
  certificateIn('tls.ca', ca, text);
  return text;
}

/** The first of the file, which is a node's own; those of its authorities follow. */
function certificateIn(setting: string, path: string, text: string): X509Certificate {
  try {
    return new X509Certificate(text);
  } catch (cause) {
    const found = /PRIVATE KEY-----/.test(text) ? 'a private key' : 'no certificate';
    throw problem(setting, path, `it holds ${found}; name a file with a certificate (PEM)`, cause);
  }
}

function privateKeyIn(path: string, text: string): KeyObject {
  if (/ENCRYPTED/.test(text)) {
    throw problem('tls.key', path, 'it asks for a password; store the key without one');
  }
  try {
    return createPrivateKey(text);
  } catch (cause) {
    const why = 'it holds no private key; name a file with the private key (PEM)';
    throw problem('tls.key', path, why, cause);
  }
}

const readPem = (setting: string, path: string): Promise<string> =>
  readBounded(path, MAX_FILE_BYTES, REASONS).catch(({ message, cause }: Error) => {
    throw problem(setting, path, `it cannot be read: ${message}`, cause);
  });
