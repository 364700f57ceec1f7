// Lets exchanges end one at a turn of the event loop, over any transport: of dozens that fail or
// are answered at one moment, each leads to a look at all members, and all would come before a
// timer or a caller has its turn.

import type { Transport } from '../ports.ts';

export function inTurns(
  transport: Transport,
  nextTurn: (callback: () => void) => unknown = setImmediate,
): Transport {
  const waiting: (() => void)[] = [];
  let isTaken = false;

  const letOneEnd = (): void => {
    const next = waiting.shift();
    isTaken = next !== undefined;
    if (next === undefined) return;
    nextTurn(letOneEnd);
    next();
  };
  /** Resolves at once where none ended in this turn. */
  const turn = (): Promise<void> =>
    new Promise((resolve) => {
      waiting.push(resolve);
      if (!isTaken) letOneEnd();
    });
  return {
    ...transport,
    exchange: (address, body, timeoutMs) =>
      transport.exchange(address, body, timeoutMs).finally(turn),
  };
}
