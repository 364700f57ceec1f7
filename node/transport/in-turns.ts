// Lets exchanges end one at a turn of the event loop, over any transport: of dozens that fail or
// are answered at one moment, each leads to a look at all members, and all would come before a
// timer or a caller has its turn.

import type { Transport } from '../ports.ts';

/** Resolves at once where nobody went on in this turn, else in a later one, one at each. */
export function oneAtATurn(
  nextTurn: (callback: () => void) => unknown = setImmediate,
): () => Promise<void> {
  const waiting: (() => void)[] = [];
  let isTaken = false;

  const letOneGoOn = (): void => {
    const next = waiting.shift();
    isTaken = next !== undefined;
    if (next === undefined) return;
    nextTurn(letOneGoOn);
    next();
  };
  return () =>
    new Promise((resolve) => {
      waiting.push(resolve);
      if (!isTaken) letOneGoOn();
    });
}

export function inTurns(
  transport: Transport,
  nextTurn?: (callback: () => void) => unknown,
): Transport {
  const turn = oneAtATurn(nextTurn);
  return {
    ...transport,
    exchange: (address, body, timeoutMs) =>
      transport.exchange(address, body, timeoutMs).finally(turn),
  };
}
