// A signed call that is to change something at one node, such as POST /leave: the form of its
// Authorization header, and what its MAC covers.

import { type Bytes, delimited, textBytes } from './bytes.ts';
import { NONCE_BYTES } from './envelope.ts';
import { importKeys, macOf } from './keys.ts';

export interface Call {
  readonly method: string;
  /** Below the node's base path, such as `/leave`. */
  readonly path: string;
  /** Without the question mark; empty when there is none. */
  readonly query: string;
  readonly body: Uint8Array;
}

/** One run of one node: the call is worth nothing at any other. */
export interface Recipient {
  readonly cluster: string;
  readonly id: string;
  readonly generation: number;
}

/** What the header says. */
export interface SignedCall {
  /** Who calls, for the log; any word. */
  readonly caller: string;
  readonly id: string;
  readonly generation: number;
  /** Wall clock as the node has it, ms. */
  readonly timeMs: number;
  readonly nonce: Uint8Array;
  readonly mac: Uint8Array;
}

export const CALL_SCHEME = 'PrioMon-HMAC-SHA256';

const PATTERN = new RegExp(
  `^${CALL_SCHEME} caller=([\\w.@-]{1,64}), node=([\\w.-]{1,64}), generation=(\\d{1,16}), ` +
    'time=(\\d{1,14}), nonce=([0-9a-f]{16}), mac=([0-9a-f]{64})$',
);

/** Undefined for what is no such header. */
export function readCall(authorization: string): SignedCall | undefined {
  const [, caller = '', id = '', generation, time, nonce = '', mac = ''] =
    PATTERN.exec(authorization) ?? [];
  if (caller === '') return undefined;
  return {
    caller,
    id,
    generation: Number(generation),
    timeMs: Number(time),
    nonce: fromHex(nonce),
    mac: fromHex(mac),
  };
}

export type CallSigner = (call: Call, to: Recipient, timeMs: number) => Promise<string>;

/** Makes headers; `caller` has letters, digits and . _ @ - alone. */
export async function createCallSigner(secret: string, caller: string): Promise<CallSigner> {
  const { first } = await importKeys([secret]);
  return async (call, to, timeMs) => {
    const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
    const { id, generation } = to;
    const mac = await callMac(first, call, { caller, timeMs: Math.floor(timeMs), nonce }, to);
    return (
      `${CALL_SCHEME} caller=${caller}, node=${id}, generation=${generation}, ` +
      `time=${Math.floor(timeMs)}, nonce=${toHex(nonce)}, mac=${toHex(mac)}`
    );
  };
}

export function callMac(
  key: CryptoKey,
  { method, path, query, body }: Call,
  { caller, timeMs, nonce }: Pick<SignedCall, 'caller' | 'timeMs' | 'nonce'>,
  { cluster, id, generation }: Recipient,
): Promise<Bytes> {
  const words = [method, path, query, cluster, id, String(generation), caller, String(timeMs)];
  return macOf(key, [delimited([...['priomon call 1', ...words].map(textBytes), nonce, body])]);
}

const toHex = (bytes: Uint8Array): string =>
  Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');

const fromHex = (text: string): Uint8Array =>
  Uint8Array.from(text.match(/../g) ?? [], (byte) => Number.parseInt(byte, 16));
