// Seals what goes out and opens what comes back, over any transport. Callers see plain messages.
// A peer without the cluster's keys is answered by none.

import { TransportError } from '../errors.ts';
import type { Transport } from '../ports.ts';
import type { Signer } from '../signing/signer.ts';

export function withSignatures(transport: Transport, signer: Pick<Signer, 'seal'>): Transport {
  return {
    ...transport,
    async exchange(address, body, timeoutMs) {
      const sealed = await signer.seal(body);
      const answer = await transport.exchange(address, sealed.body, timeoutMs);
      const message = await sealed.open(answer);
      if (message === undefined) throw unproven(address);
      return message;
    },
  };
}

/** A node without a secret refuses what is sealed, so this is something else. */
const unproven = (address: string): TransportError => {
  const sentence =
    `${address} answered without a signature that fits; is it a node of this cluster, and does ` +
    'nothing between change its answers?';
  return new TransportError('rejected', sentence, { problem: { code: 'bad_answer', sentence } });
};
