// Lets requests in one at a turn of the event loop: hundreds that come at one moment, each on a
// connection of its own, would all be answered before gossip or a timer has its turn.

export interface Turnstile {
  /** Begins the work at once where nobody went in this turn, else later; peers go first. */
  enter(work: () => void, isPeer: boolean): void;
}

export function createTurnstile(
  nextTurn: (callback: () => void) => unknown = setImmediate,
): Turnstile {
  const peers: (() => void)[] = [];
  const others: (() => void)[] = [];
  let isTaken = false;

  const letOneIn = (): void => {
    const work = peers.shift() ?? others.shift();
    isTaken = work !== undefined;
    if (work === undefined) return;
    // First of all, for the work may throw.
    nextTurn(letOneIn);
    work();
  };
  return {
    enter(work, isPeer) {
      (isPeer ? peers : others).push(work);
      if (!isTaken) letOneIn();
    },
  };
}
