// Serves the transport contract without sockets.

import { OperatingError } from '../../node/errors.ts';
import type { Transport } from '../../node/ports.ts';
import { createInProcessNetwork } from '../../node/transport/in-process.ts';
import type { TransportHarness } from '../contract/transport.ts';
import { realClock } from './clocks.ts';

const MAX_BYTES = 100_000;

/** Wrappers that are set to do nothing must pass as well. */
export function createInProcessHarness(
  wrap: (transport: Transport) => Transport = (transport) => transport,
): TransportHarness {
  const network = createInProcessNetwork({
    clock: realClock,
    maxBytes: MAX_BYTES,
  });
  let served = 0;
  return {
    maxBytes: MAX_BYTES,
    tellsDisconnects: true,
    connect: () => wrap(network.transport()),
    unusedAddress: async () => 'http://nobody:4001',
    async serve(handler, address = `http://n${++served}:4001`) {
      const stop = network.listen(address, async (body) => {
        const answer = await handler(body);
        if (answer instanceof Uint8Array) return answer;
        throw new OperatingError(answer.code, answer.title);
      });
      return { address, stop: async () => stop() };
    },
  };
}
