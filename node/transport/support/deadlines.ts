// Bounds waiting by a clock that may be virtual, and ends all of it when a transport closes.

import type { TransportError } from '../../errors.ts';
import type { Clock } from '../../ports.ts';
import { timedOut, transportClosed } from './failures.ts';

export interface Deadlines {
  /** What `work` brings, unless the time passes or the transport closes first. */
  within<T>(work: Promise<T>, address: string, timeoutMs: number): Promise<T>;
  /** Resolves after the time; rejects when the transport closes. */
  pause(delayMs: number): Promise<void>;
  close(): void;
}

export function createDeadlines(clock: Clock): Deadlines {
  const aborts = new Set<(reason: TransportError) => void>();
  let closed = false;

  /** `arm` starts the work and gets the two ways to end it; what it returns stops its timer. */
  const until = <T>(
    arm: (resolve: (value: T) => void, reject: (error: unknown) => void) => () => void,
  ): Promise<T> =>
    new Promise((resolve, reject) => {
      if (closed) return reject(transportClosed());
      const settle = (finish: () => void): void => {
        if (!aborts.delete(abort)) return;
        disarm();
        finish();
      };
      const abort = (reason: TransportError): void => settle(() => reject(reason));
      aborts.add(abort);
      const disarm = arm(
        (value) => settle(() => resolve(value)),
        (error) => settle(() => reject(error)),
      );
    });

  return {
    within(work, address, timeoutMs) {
      // Work that nobody waits for any more may fail unseen.
      work.catch(() => undefined);
      return until((resolve, reject) => {
        work.then(resolve, reject);
        return clock.after(timeoutMs, () => reject(timedOut(address, timeoutMs)));
      });
    },
    pause: (delayMs) => until((resolve) => clock.after(delayMs, () => resolve(undefined))),
    close() {
      closed = true;
      for (const abort of [...aborts]) abort(transportClosed());
    },
  };
}
