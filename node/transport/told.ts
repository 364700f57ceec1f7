// Tells of peers with which no exchange can work until somebody mends something, and when it works
// again, over any transport.

import { TransportError } from '../errors.ts';
import type { Transport } from '../ports.ts';

/** Where problems are told; see the host's board. */
export interface TroubleBoard {
  report(subject: string, sentence: string): void;
  clear(subject: string): void;
}

/** Peers in trouble that are remembered; the board itself holds fewer. */
const MAX_REMEMBERED = 256;

export function withPeerProblems(transport: Transport, board: TroubleBoard): Transport {
  const subjects = new Map<string, string>();
  const mended = (address: string): void => {
    const subject = subjects.get(address);
    if (subject === undefined) return;
    subjects.delete(address);
    board.clear(subject);
  };
  const blame = (address: string, { trouble }: TransportError): void => {
    if (trouble === undefined) return;
    const subject = `${trouble.code} ${address}`;
    if (subjects.get(address) !== subject) mended(address);
    if (subjects.size < MAX_REMEMBERED) subjects.set(address, subject);
    board.report(subject, trouble.sentence);
  };
  return {
    ...transport,
    async exchange(address, body, timeoutMs) {
      try {
        const answer = await transport.exchange(address, body, timeoutMs);
        mended(address);
        return answer;
      } catch (error) {
        if (error instanceof TransportError) blame(address, error);
        throw error;
      }
    },
  };
}
