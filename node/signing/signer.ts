// Seals what a node sends and opens what it is sent: HMAC-SHA-256 over all that gives a message its
// meaning, by Web Crypto alone, so that it runs wherever a node does.

import { hashText } from '../core/hash.ts';
import type { Clock } from '../ports.ts';
import { delimited, equalBytes, textBytes } from './bytes.ts';
import { type Call, callMac, type Recipient, type SignedCall } from './call.ts';
import {
  answerBytes,
  type Envelope,
  headBytes,
  isSealed,
  MAC_BYTES,
  NONCE_BYTES,
  readAnswer,
  readRequest,
  requestBytes,
} from './envelope.ts';
import { importKeys, type Keyring, macOf } from './keys.ts';
import {
  clockOff,
  OTHER_SEAL,
  REPLAYED,
  type SigningRefusal,
  UNSIGNED,
  WRONG_KEY,
} from './refusals.ts';
import { createReplayMemory } from './replay.ts';

export interface SignerOptions {
  /** Messages of another cluster do not fit, whatever its keys. */
  readonly cluster: string;
  /** The first signs, all are believed. */
  readonly keys: readonly string[];
  /** Of this node. */
  readonly id: string;
  readonly clock: Pick<Clock, 'wallMs'>;
  /** How far the clock of a sender may be off, ms. */
  readonly toleranceMs: number;
}

export interface Sealed {
  readonly body: Uint8Array;
  /** The message of an answer to this very request; undefined for anything else. */
  open(answer: Uint8Array): Promise<Uint8Array | undefined>;
}

export type Opened =
  | {
      readonly isOpen: true;
      readonly message: Uint8Array;
      /** The answer, which only the asker of this request takes. */
      seal(answer: Uint8Array): Promise<Uint8Array>;
    }
  | {
      readonly isOpen: false;
      readonly refusal: SigningRefusal;
      /** What was sealed, unproven: good for a guess at what went wrong, no more. */
      readonly unproven: Uint8Array;
    };

export interface Signer {
  seal(message: Uint8Array): Promise<Sealed>;
  open(body: Uint8Array): Promise<Opened>;
  /** Of a call that is to change something here; undefined when it is proven. */
  refusalOf(call: Call, signed: SignedCall, self: Recipient): Promise<SigningRefusal | undefined>;
  /** Rejects with an OperatingError when they cannot be used; the old ones stay then. */
  replaceKeys(secrets: readonly string[]): Promise<void>;
}

const ROUTE = ['POST', '/gossip'];
/** The path below a node's base, for proxies may change what stands before it. */
const requestPrefix = (cluster: string) =>
  delimited(['priomon request 1', ...ROUTE, cluster].map(textBytes));
const ANSWER_PREFIX = delimited([textBytes('priomon answer 1')]);

/** Rejects with an OperatingError when the keys cannot be used. */
export async function createSigner(options: SignerOptions): Promise<Signer> {
  const { cluster, clock, toleranceMs } = options;
  const sender = hashText(options.id);
  const prefix = requestPrefix(cluster);
  const memory = createReplayMemory(toleranceMs);
  let keys: Keyring = await importKeys(options.keys);

  /** Only for what is proven. */
  const lateness = (timeMs: number, nonce: Uint8Array): SigningRefusal | undefined => {
    const nowMs = clock.wallMs();
    if (Math.abs(timeMs - nowMs) > toleranceMs) return clockOff(timeMs, nowMs, toleranceMs);
    return memory.take(nonce, timeMs, nowMs) ? undefined : REPLAYED;
  };

  return {
    async seal(message) {
      const key = keys.first;
      const nonce = crypto.getRandomValues(new Uint8Array(NONCE_BYTES));
      const head = headBytes({ timeMs: clock.wallMs(), nonce, sender });
      const mac = await macOf(key, [prefix, head, message]);
      return {
        body: requestBytes(head, mac, message),
        open: (answer) => openAnswer(key, mac, answer),
      };
    },
    async open(body) {
      if (!isSealed(body)) return { isOpen: false, refusal: UNSIGNED, unproven: body };
      const envelope = readRequest(body);
      if (envelope === undefined) return { isOpen: false, refusal: WRONG_KEY, unproven: body };
      const { isKnown, message, timeMs, nonce } = envelope;
      const closed = (refusal: SigningRefusal): Opened => ({
        isOpen: false,
        refusal,
        unproven: message,
      });
      if (!isKnown) return closed(OTHER_SEAL);
      const proof = await proofOf(keys, prefix, envelope);
      if (proof === undefined) return closed(WRONG_KEY);
      const refusal = lateness(timeMs, nonce);
      if (refusal !== undefined) return closed(refusal);
      // With the asker's own key: it may not know our first one yet.
      const seal = (answer: Uint8Array) => sealAnswer(proof.key, proof.mac, answer);
      return { isOpen: true, message, seal };
    },
    async refusalOf(call, signed, self) {
      if (!(await isProven(keys, call, signed, self))) return WRONG_KEY;
      return lateness(signed.timeMs, signed.nonce);
    },
    async replaceKeys(secrets) {
      keys = await importKeys(secrets);
    },
  };
}

/** The key that sealed the envelope, and the whole MAC. */
async function proofOf(keys: Keyring, prefix: Uint8Array, { head, mac, message }: Envelope) {
  for (const key of keys.all) {
    const own = await macOf(key, [prefix, head, message]);
    if (equalBytes(own.subarray(0, MAC_BYTES), mac)) return { key, mac: own };
  }
  return undefined;
}

async function isProven(
  keys: Keyring,
  call: Call,
  signed: SignedCall,
  self: Recipient,
): Promise<boolean> {
  for (const key of keys.all) {
    if (equalBytes(await callMac(key, call, signed, self), signed.mac)) return true;
  }
  return false;
}

/** Over the request's whole MAC, which covers its time and nonce: the answer to no other. */
const answerMac = (key: CryptoKey, requestMac: Uint8Array, answer: Uint8Array) =>
  macOf(key, [ANSWER_PREFIX, requestMac, answer]);

const sealAnswer = async (key: CryptoKey, requestMac: Uint8Array, answer: Uint8Array) =>
  answerBytes(await answerMac(key, requestMac, answer), answer);

async function openAnswer(
  key: CryptoKey,
  requestMac: Uint8Array,
  body: Uint8Array,
): Promise<Uint8Array | undefined> {
  const answer = readAnswer(body);
  if (answer === undefined) return undefined;
  const own = await answerMac(key, requestMac, answer.message);
  return equalBytes(own.subarray(0, MAC_BYTES), answer.mac) ? answer.message : undefined;
}
