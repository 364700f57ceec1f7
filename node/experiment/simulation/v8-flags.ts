// How the runtime is told to simulate fast.

/**
 * Messages die young and views live long: in a large young generation messages end before anybody
 * copies them. V8 pretenures what often survived a collection; after the start, when all that is
 * made are views, it would take messages for long-lived too and fill the old generation with them.
 * A third less time together, for up to 400 MB.
 */
export const SIMULATION_FLAGS: readonly string[] = [
  '--max-semi-space-size=128',
  '--min-semi-space-size=128',
  '--no-allocation-site-pretenuring',
];
