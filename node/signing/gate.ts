// What may come in: gossip of the cluster's own nodes, and calls that know its secret or the
// admin's token. The app asks it before it believes anything.

import { hashText } from '../core/hash.ts';
import { decodeRequest } from '../core/wire/decode.ts';
import { WireError } from '../core/wire/messages.ts';
import type { Clock } from '../ports.ts';
import { equalBytes, textBytes } from './bytes.ts';
import { type Call, type Recipient, readCall } from './call.ts';
import { isSealed, readRequest } from './envelope.ts';
import {
  foreignCluster,
  otherRecipient,
  SIGNED,
  type SigningRefusal,
  TO_MEND,
  unprovenCall,
  WRONG_TOKEN,
} from './refusals.ts';
import type { Opened, Signer } from './signer.ts';
import { createThrottledWarnings, type Report } from './throttled-warnings.ts';

export interface GateOptions {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** Absent: nothing is signed, and every caller is trusted. */
  readonly signer?: Signer | undefined;
  /** Absent: nobody needs it, and nobody gets in by it. */
  readonly adminToken?: string | undefined;
  /** The present run of this node. */
  self(): Recipient;
  /** Told of what keeps callers out, a bounded number of subjects. */
  readonly report: Report;
}

export interface Gate {
  /** `caller` is the host that the body came from. */
  openGossip(body: Uint8Array, caller: string): Promise<Opened>;
  /** Undefined when the call may change something here. */
  refuseCall(
    call: Call,
    authorization: string,
    caller: string,
  ): Promise<SigningRefusal | undefined>;
  /** A message that was opened, and then refused for a reason that somebody has to mend. */
  warn(refusal: { readonly code: string; readonly detail: string }, caller: string): void;
}

const PLAIN_ANSWER = async (answer: Uint8Array): Promise<Uint8Array> => answer;

export function createGate(options: GateOptions): Gate {
  const { signer, adminToken, self } = options;
  const warn = createThrottledWarnings(options.report, options.clock);

  const open = async (body: Uint8Array): Promise<Opened> => {
    if (signer !== undefined) return signer.open(body);
    if (!isSealed(body)) return { isOpen: true, message: body, seal: PLAIN_ANSWER };
    const unproven = readRequest(body)?.message ?? body;
    return { isOpen: false, refusal: SIGNED, unproven };
  };

  return {
    async openGossip(body, caller) {
      const opened = await open(body);
      if (opened.isOpen) return opened;
      const refusal = reasonOf(opened, self().cluster);
      warn(refusal.code, caller, refusal.told);
      return { ...opened, refusal };
    },
    async refuseCall(call, authorization, caller) {
      if (signer === undefined && adminToken === undefined) return undefined;
      const refusal = await callRefusal(options, call, authorization);
      if (refusal !== undefined) warn(`call_${refusal.code}`, caller, refusal.told);
      return refusal;
    },
    warn({ code, detail }, caller) {
      // Others are a stranger's mistakes, which are counted and no more.
      if (TO_MEND.includes(code)) warn(code, caller, `was told: ${detail}`);
    },
  };
}

/** A guess from what was sealed: the same mistake as a wrong key, but another fix. */
function reasonOf(
  { refusal, unproven }: Extract<Opened, { isOpen: false }>,
  cluster: string,
): SigningRefusal {
  const mayBeForeign = ['unsigned', 'signed', 'wrong_key'].includes(refusal.code);
  return mayBeForeign && isForeign(unproven, cluster) ? foreignCluster(cluster) : refusal;
}

function isForeign(message: Uint8Array, cluster: string): boolean {
  try {
    decodeRequest(message, hashText(cluster));
    return false;
  } catch (error) {
    return error instanceof WireError && error.code === 'foreign_cluster';
  }
}

const BEARER = /^Bearer +(.+)$/i;

async function callRefusal(
  { signer, adminToken, self }: GateOptions,
  call: Call,
  authorization: string,
): Promise<SigningRefusal | undefined> {
  const [, token] = BEARER.exec(authorization) ?? [];
  if (token !== undefined && adminToken !== undefined) {
    return equalBytes(textBytes(token), textBytes(adminToken)) ? undefined : WRONG_TOKEN;
  }
  const signed = readCall(authorization);
  if (signed === undefined || signer === undefined) {
    return unprovenCall(call, { secret: signer !== undefined, token: adminToken !== undefined });
  }
  const recipient = self();
  if (signed.id !== recipient.id || signed.generation !== recipient.generation) {
    return otherRecipient(recipient);
  }
  return signer.refusalOf(call, signed, recipient);
}
