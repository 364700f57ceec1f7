// Tries an exchange once more when a kept connection ended as it was used, over any transport: that
// proves nothing about the peer. It stands outside what seals messages, so that the second try has
// a seal of its own and is no replay to a peer that has seen the first.

import { TransportError } from '../errors.ts';
import type { Clock, Transport } from '../ports.ts';
import { timedOut } from './support/failures.ts';

export function withSecondTry(transport: Transport, clock: Pick<Clock, 'monotonicMs'>): Transport {
  return {
    ...transport,
    async exchange(address, body, timeoutMs) {
      const deadlineMs = clock.monotonicMs() + timeoutMs;
      try {
        return await transport.exchange(address, body, timeoutMs);
      } catch (error) {
        const leftMs = deadlineMs - clock.monotonicMs();
        if (!isStale(error) || leftMs <= 0) throw error;
        // The transport has dropped its other idle connections: the next one is fresh.
        return await transport.exchange(address, body, leftMs).catch((last: unknown) => {
          throw isTimeout(last) ? timedOut(address, timeoutMs) : last;
        });
      }
    },
  };
}

const isStale = (error: unknown): boolean => error instanceof TransportError && error.isStale;

const isTimeout = (error: unknown): boolean =>
  error instanceof TransportError && error.failure === 'timeout';
