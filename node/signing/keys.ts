// The cluster's keys: the first signs, all are believed, and they change while the node runs.

import { OperatingError } from '../errors.ts';
import { type Bytes, joined, textBytes } from './bytes.ts';

/** A change of keys needs two; each more lets a stranger's message cost one more HMAC. */
export const MAX_KEYS = 8;

export interface Keyring {
  readonly first: CryptoKey;
  readonly all: readonly CryptoKey[];
}

/** Rejects with an OperatingError when there are none or too many. */
export async function importKeys(secrets: readonly string[]): Promise<Keyring> {
  const all = await Promise.all([...new Set(secrets)].map(importKey));
  const [first] = all;
  if (first === undefined) throw keyProblem('There are no keys to sign with; give one at least.');
  if (all.length <= MAX_KEYS) return { first, all };
  throw keyProblem(
    `There are ${all.length} keys, but ${MAX_KEYS} at most are tried; take out those that no ` +
      'node signs with any more.',
  );
}

const keyProblem = (sentence: string): OperatingError => new OperatingError('keys', sentence);

const importKey = (secret: string): Promise<CryptoKey> =>
  crypto.subtle.importKey('raw', textBytes(secret), { name: 'HMAC', hash: 'SHA-256' }, false, [
    'sign',
  ]);

/** HMAC-SHA-256, 32 bytes. */
export async function macOf(key: CryptoKey, parts: readonly Uint8Array[]): Promise<Bytes> {
  return new Uint8Array(await crypto.subtle.sign('HMAC', key, joined(parts)));
}
