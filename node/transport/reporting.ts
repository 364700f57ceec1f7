// Reports peers with which no exchange can work until an operator acts, and when it works
// again, over any transport.

import { TransportError } from '../errors.ts';
import type { Transport } from '../ports.ts';

/** Where problems are told; see the host's reporter. */
export interface ProblemReporter {
  report(subject: string, sentence: string): void;
  clear(subject: string): void;
}

/** Peers in problem that are remembered; the reporter itself holds fewer. */
const MAX_REMEMBERED = 256;

export function withPeerProblems(transport: Transport, reporter: ProblemReporter): Transport {
  const subjects = new Map<string, string>();
  const mended = (address: string): void => {
    const subject = subjects.get(address);
    if (subject === undefined) return;
    subjects.delete(address);
    reporter.clear(subject);
  };
  const blame = (address: string, { problem }: TransportError): void => {
    if (problem === undefined) return;
    const subject = `${problem.code} ${address}`;
    if (subjects.get(address) !== subject) mended(address);
    if (subjects.size < MAX_REMEMBERED) subjects.set(address, subject);
    reporter.report(subject, problem.sentence);
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
