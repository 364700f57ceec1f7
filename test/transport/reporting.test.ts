// What is told of peers that refuse, and when it is over.

import { describe, expect, it } from 'vitest';
import { TransportError } from '../../node/errors.ts';
import type { Transport } from '../../node/ports.ts';
import { withPeerProblems } from '../../node/transport/reporting.ts';
import { statusRejected } from '../../node/transport/support/failures.ts';

const PEER = 'http://10.0.0.7:4001';
const OK = new Uint8Array(1);

const problem = (code: string, detail: string, title = 'Refused'): string =>
  JSON.stringify({ code, title, detail });
const refusal = (code: string, detail = 'Mend it.'): TransportError =>
  statusRejected(PEER, 401, 'application/problem+json', problem(code, detail));

function withProblems() {
  const told: string[] = [];
  const next = { outcome: OK as Uint8Array | Error };
  const inner: Transport = {
    async exchange() {
      if (next.outcome instanceof Error) throw next.outcome;
      return next.outcome;
    },
    onDisconnect() {},
    traffic: () => ({ sentBytes: 0, receivedBytes: 0 }),
    close: async () => {},
  };
  const transport = withPeerProblems(inner, {
    report: (subject, sentence) => void told.push(`${subject} | ${sentence}`),
    clear: (subject) => void told.push(`over: ${subject}`),
  });
  const exchange = async (outcome: Uint8Array | Error, address = PEER): Promise<void> => {
    next.outcome = outcome;
    const result = await transport.exchange(address, OK, 1_000).catch((error) => error);
    expect(result).toBe(outcome);
  };
  return { told, exchange };
}

describe('a peer that refuses this node', () => {
  it('is reported with its own reason, until it answers', async () => {
    const { told, exchange } = withProblems();
    await exchange(OK);
    await exchange(refusal('wrong_key'));
    await exchange(OK);
    await exchange(OK);
    expect(told).toEqual([
      `wrong_key ${PEER} | ${PEER} refuses this node (wrong_key): Mend it.`,
      `over: wrong_key ${PEER}`,
    ]);
  });

  it('for another reason than before is reported with that alone', async () => {
    const { told, exchange } = withProblems();
    await exchange(refusal('wrong_key'));
    await exchange(refusal('clock_off'));
    expect(told.slice(1)).toEqual([
      `over: wrong_key ${PEER}`,
      expect.stringMatching(/^clock_off http.* refuses this node \(clock_off\): Mend it\.$/),
    ]);
  });

  it('is not reported when the refusal comes and goes by itself', async () => {
    const { told, exchange } = withProblems();
    await exchange(refusal('stopped'));
    await exchange(new TransportError('timeout', 'late'));
    await exchange(statusRejected(PEER, 503, 'text/plain', 'starting'));
    await exchange(new RangeError('a bug'));
    expect(told).toEqual([]);
  });
});

describe('what a peer says of its refusal', () => {
  it('is in the message: code, title and detail', () => {
    const { message } = refusal('wrong_key', 'Set the same key.');
    expect(message).toBe(
      `${PEER} answered with status 401 (wrong_key: Refused; Set the same key.).`,
    );
  });

  it('is cut, and steers no terminal', () => {
    const detail = `\u001b[2J\u202e${'x'.repeat(5_000)}`;
    const { message, problem } = refusal('wrong_key', detail);
    expect(message.length).toBeLessThan(600);
    expect(problem?.sentence.length).toBeLessThan(600);
    expect(`${message}${problem?.sentence}`).not.toMatch(/[\p{Cc}\u202e]/u);
  });

  it.each(['', 'no JSON', 'null', '[]', '{"code":7,"detail":{}}'])('may be nothing: %j', (body) => {
    const error = statusRejected(PEER, 401, 'application/problem+json', body);
    expect(error.message).toBe(`${PEER} answered with status 401.`);
    expect(error.problem).toBeUndefined();
  });
});
