// Strict priority: whatever is more important goes first, always, and nothing is reserved. Where
// capacity is short the low lanes starve; that is what the comparison shows.

import { pickChunks, type Score } from '../../core/exchange/deltas.ts';
import { PRIOMON, type Strategy } from '../../core/exchange/strategy.ts';

/** Far longer than any lag of an experiment, so that age decides only between equals. */
const LONGEST_LAG_MS = 1e9;

const byPriority: Score = ({ lane, lagMs }) => lane * LONGEST_LAG_MS + lagMs;

export const STRICT: Strategy = {
  ...PRIOMON,
  pick: (choice) => pickChunks({ ...choice, reserveShare: 0 }, byPriority),
};
