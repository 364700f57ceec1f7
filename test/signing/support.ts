// Two signers of one cluster, under a clock that tests set.

import { createSigner, type Opened, type Signer } from '../../node/signing/signer.ts';

export const KEY = 'a-key-of-the-cluster-0001';
export const OTHER_KEY = 'a-key-of-the-cluster-0002';
export const TOLERANCE_MS = 120_000;
/** 2026-01-31T12:00:00Z */
export const NOON_MS = 1_769_860_800_000;

export const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
export const text = (body: Uint8Array): string => new TextDecoder().decode(body);

export interface TestSigner extends Signer {
  /** Of its own. */
  readonly clock: { now: number };
}

export async function signerOf(
  id: string,
  { cluster = 'test', keys = [KEY] }: { cluster?: string; keys?: readonly string[] } = {},
): Promise<TestSigner> {
  const clock = { now: NOON_MS };
  const wallMs = (): number => clock.now;
  const options = { cluster, keys, id, clock: { wallMs }, toleranceMs: TOLERANCE_MS };
  return { ...(await createSigner(options)), clock };
}

/** The code of a refusal, or `open`. */
export const outcomeOf = (opened: Opened): string => (opened.isOpen ? 'open' : opened.refusal.code);

/** The message, after checking that there is one. */
export function messageOf(opened: Opened): Extract<Opened, { isOpen: true }> {
  if (!opened.isOpen) throw new Error(opened.refusal.detail);
  return opened;
}

/** A copy with one bit turned. */
export function turned(body: Uint8Array, at: number, bit = 0): Uint8Array {
  const copy = body.slice();
  copy[at] = (copy[at] ?? 0) ^ (1 << bit);
  return copy;
}
