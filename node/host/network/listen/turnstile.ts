// Lets requests in at turns of the event loop, one of a peer and one of others at each: hundreds
// that come at one moment, each on a connection of its own, would all be answered before a timer
// has its turn.

export interface Turnstile {
  /** Begins the work at once where nobody went in this turn, else in its turn. */
  enter(work: () => void, isPeer: boolean): void;
}

export function createTurnstile(
  nextTurn: (callback: () => void) => unknown = setImmediate,
): Turnstile {
  const peers: (() => void)[] = [];
  const others: (() => void)[] = [];
  let isTaken = false;

  /** One of each kind: a flood of one kind must not starve the other. */
  const letIn = (): void => {
    const next = [peers.shift(), others.shift()].filter((work) => work !== undefined);
    isTaken = next.length > 0;
    if (!isTaken) return;
    // First of all, for work may throw.
    nextTurn(letIn);
    for (const work of next) work();
  };
  return {
    enter(work, isPeer) {
      (isPeer ? peers : others).push(work);
      if (!isTaken) letIn();
    },
  };
}
