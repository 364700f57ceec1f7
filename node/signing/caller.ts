// Signs calls to one node. Which run of which node that is, and what its clock says, the node is
// asked once, and again after it was started anew.

import type { Clock } from '../ports.ts';
import { type Call, type CallSigner, createCallSigner, type Recipient } from './call.ts';

export interface CallerOptions {
  readonly secret: string;
  /** For the node's log: letters, digits and . _ @ - alone. */
  readonly name: string;
  readonly clock: Pick<Clock, 'wallMs'>;
  /** Asks the node who it is, and for its wall clock, ms. */
  ask(): Promise<Recipient & { readonly wallMs: number }>;
}

export interface Caller {
  /** The Authorization header of a call. */
  authorize(call: Call): Promise<string>;
  /** Asks anew before the next call: what is known was of another run, or the clock has moved. */
  forget(): void;
}

/** Refusals after which asking anew helps. */
export const STALE = ['other_recipient', 'clock_off'];

export function createCaller({ secret, name, clock, ask }: CallerOptions): Caller {
  let signer: Promise<CallSigner> | undefined;
  let known: Promise<{ to: Recipient; aheadMs: number }> | undefined;
  const learn = async () => {
    const { wallMs, ...to } = await ask();
    return { to, aheadMs: wallMs - clock.wallMs() };
  };
  return {
    async authorize(call) {
      signer ??= createCallSigner(secret, name);
      known ??= learn();
      const sign = await signer;
      try {
        const { to, aheadMs } = await known;
        return await sign(call, to, clock.wallMs() + aheadMs);
      } catch (error) {
        known = undefined;
        throw error;
      }
    },
    forget() {
      known = undefined;
    },
  };
}
