// Bounds of a query's numbers, which the route and the command line both hold to.

/** A quorum costs two messages a node and try; for more, ask `/state` of every node. */
export const MAX_QUORUM = 32;
export const MAX_TRIES = 10;
export const MAX_TOP = 1_000;
/** Of a whole quorum query; single requests get a second at most. */
export const MIN_TIMEOUT_MS = 100;
export const MAX_TIMEOUT_MS = 30_000;
