// A sealed message as bytes:
//   request  0xC1 | version and time 6 | nonce 8 | sender 4 | MAC 16 | message
//   answer   0xC1 | MAC 16 | message

import { type Bytes, joined } from './bytes.ts';

/** A byte that MessagePack never uses, so that no plain message begins with it. */
const MARK = Uint8Array.of(0xc1);
/** Half the hash, as RFC 2104 (section 5) allows: 128 bits against guessing. */
export const MAC_BYTES = 16;
export const NONCE_BYTES = 8;
const TIME_BYTES = 6;
const HEAD_BYTES = TIME_BYTES + NONCE_BYTES + 4;

const VERSION = 1;
/** Leaves the time of 6 bytes 44 bits, which last until the year 2527; the rest is the version. */
const VERSION_UNIT = 2 ** 44;
const HIGH_UNIT = 2 ** 32;

export const REQUEST_OVERHEAD = MARK.length + HEAD_BYTES + MAC_BYTES;
export const ANSWER_OVERHEAD = MARK.length + MAC_BYTES;

/** What a request says about itself, ahead of its message. */
export interface Head {
  /** Wall clock of the sender, ms. */
  readonly timeMs: number;
  readonly nonce: Uint8Array;
  /** Hash of the sender's id, 32 bits. */
  readonly sender: number;
}

export interface Envelope extends Head {
  /** False for the layout of a later release, of which only the head can be guessed. */
  readonly isKnown: boolean;
  /** The head as it was sent, for the MAC covers it. */
  readonly head: Uint8Array;
  readonly mac: Uint8Array;
  readonly message: Uint8Array;
}

export const isSealed = (body: Uint8Array): boolean => body[0] === MARK[0];

export function headBytes({ timeMs, nonce, sender }: Head): Bytes {
  const head = new Uint8Array(HEAD_BYTES);
  const view = new DataView(head.buffer);
  const field = VERSION * VERSION_UNIT + Math.floor(timeMs);
  view.setUint16(0, Math.floor(field / HIGH_UNIT));
  view.setUint32(2, field % HIGH_UNIT);
  head.set(nonce, TIME_BYTES);
  view.setUint32(TIME_BYTES + NONCE_BYTES, sender);
  return head;
}

/** `mac` may be longer than what is sent of it. */
export const requestBytes = (head: Uint8Array, mac: Uint8Array, message: Uint8Array): Bytes =>
  joined([MARK, head, mac.subarray(0, MAC_BYTES), message]);

/** Undefined for what is no sealed request, or cut short. */
export function readRequest(body: Uint8Array): Envelope | undefined {
  if (!isSealed(body) || body.length < REQUEST_OVERHEAD) return undefined;
  const macAt = MARK.length + HEAD_BYTES;
  const head = body.subarray(MARK.length, macAt);
  const view = new DataView(head.buffer, head.byteOffset, head.length);
  const field = view.getUint16(0) * HIGH_UNIT + view.getUint32(2);
  return {
    isKnown: Math.floor(field / VERSION_UNIT) === VERSION,
    timeMs: field % VERSION_UNIT,
    nonce: head.subarray(TIME_BYTES, TIME_BYTES + NONCE_BYTES),
    sender: view.getUint32(TIME_BYTES + NONCE_BYTES),
    head,
    mac: body.subarray(macAt, REQUEST_OVERHEAD),
    message: body.subarray(REQUEST_OVERHEAD),
  };
}

export const answerBytes = (mac: Uint8Array, message: Uint8Array): Bytes =>
  joined([MARK, mac.subarray(0, MAC_BYTES), message]);

/** Undefined for what is no sealed answer, or cut short. */
export function readAnswer(
  body: Uint8Array,
): { readonly mac: Uint8Array; readonly message: Uint8Array } | undefined {
  if (!isSealed(body) || body.length < ANSWER_OVERHEAD) return undefined;
  return {
    mac: body.subarray(MARK.length, ANSWER_OVERHEAD),
    message: body.subarray(ANSWER_OVERHEAD),
  };
}
