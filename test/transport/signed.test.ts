// Exchanges under seal pass the suite of every transport; without the right seal there are none.

import { describe, expect, it } from 'vitest';
import { ANSWER_OVERHEAD } from '../../node/signing/envelope.ts';
import { createInProcessNetwork } from '../../node/transport/in-process.ts';
import { createNodeHttpTransport } from '../../node/transport/node-http.ts';
import { withSecondTry } from '../../node/transport/second-try.ts';
import { withSignatures } from '../../node/transport/signed.ts';
import { describeTransport, expectFailure, type Handler } from '../contract/transport.ts';
import { bytes, messageOf, OTHER_KEY, signerOf, text } from '../signing/support.ts';
import { realClock } from './clocks.ts';
import { serveHttp, unusedAddress } from './http-harness.ts';
import { createInProcessHarness } from './in-process-harness.ts';

const asker = await signerOf('n1');
const answerer = await signerOf('n2');
const MAX_BYTES = 100_000;

/** A node behind its gate. */
const sealed =
  (handler: Handler): Handler =>
  async (body) => {
    const opened = messageOf(await answerer.open(body));
    const answer = await handler(opened.message);
    return answer instanceof Uint8Array ? opened.seal(answer) : answer;
  };

describeTransport('signed over in-process', () => {
  const harness = createInProcessHarness((transport) => withSignatures(transport, asker));
  return {
    ...harness,
    maxBytes: harness.maxBytes - ANSWER_OVERHEAD,
    wireMaxBytes: harness.maxBytes,
    serve: (handler, address) => harness.serve(sealed(handler), address),
  };
});

describeTransport('signed over node-http', () => ({
  maxBytes: MAX_BYTES - ANSWER_OVERHEAD,
  wireMaxBytes: MAX_BYTES,
  tellsDisconnects: true,
  connect: () =>
    withSecondTry(
      withSignatures(createNodeHttpTransport({ maxBytes: MAX_BYTES }), asker),
      realClock,
    ),
  unusedAddress,
  serve: (handler, address) => serveHttp(sealed(handler), address),
}));

describe('a signed exchange', () => {
  const network = createInProcessNetwork({ clock: realClock });
  const transport = withSignatures(network.transport(), asker);

  it.each<[string, (body: Uint8Array) => Promise<Uint8Array>]>([
    ['is answered without a seal', async () => bytes('yes')],
    ['is answered with what was sent', async (body) => body],
    [
      'is answered under another key',
      async () => (await (await signerOf('n2', { keys: [OTHER_KEY] })).seal(bytes('yes'))).body,
    ],
  ])('fails with a sentence when it %s', async (_, handler) => {
    const stop = network.listen('http://n2:4001', handler);
    const exchange = transport.exchange('http://n2:4001', bytes('hi'), 1_000);
    const error = await expectFailure(exchange, 'rejected');
    stop();
    expect(error.message).toMatch(
      /^http:\/\/n2:4001 answered without a signature that fits; is it/,
    );
    expect(error.problem).toEqual({ code: 'bad_answer', sentence: error.message });
  });

  it('never sends the same bytes twice for the same body', async () => {
    const seen: Uint8Array[] = [];
    const stop = network.listen('http://n2:4001', async (body) => {
      seen.push(body.slice());
      return (await sealed(async (message) => message)(body)) as Uint8Array;
    });
    for (let i = 0; i < 3; i++) {
      expect(text(await transport.exchange('http://n2:4001', bytes('hi'), 1_000))).toBe('hi');
    }
    stop();
    expect(new Set(seen.map(String)).size).toBe(3);
  });
});
