// How far a view of a member reaches: marks rise only where nothing is missing below them.

import { CARD_LANE, eachVersion, holdsVersion, markOf, type Run, type Source } from './source.ts';

/**
 * Raises the marks as far as the run proves: only from where we already are without a gap.
 * Returns whether `base` moved.
 */
export function raiseMarks(source: Source, run: Omit<Run, 'entries'>): boolean {
  const before = source.base;
  raiseMark(source, run);
  settleMarks(source);
  return source.base !== before;
}

/**
 * The mark of the run's own lanes alone; what follows from it is for `settleMarks`. Returns whether
 * a mark rose.
 */
export function raiseMark(source: Source, run: Omit<Run, 'entries'>): boolean {
  if (run.lane === undefined) {
    if (run.from <= source.base && run.to > source.base) {
      source.base = run.to;
      return true;
    }
  } else if (run.from <= markOf(source, run.lane) && run.to > markOf(source, run.lane)) {
    source.ahead ??= new Map();
    source.ahead.set(run.lane, run.to);
    return true;
  }
  return false;
}

/**
 * Looks at all slots, so once for all runs of a member that came together. `areHeld`: nothing was
 * stored and the base is as it was, so that the version after it is not held.
 */
export function settleMarks(source: Source, areHeld = false): void {
  const before = source.base;
  promoteBase(source);
  // Versions have no gaps: who holds the next one lacks nothing up to it.
  const mayPass = !areHeld || source.base !== before;
  if (mayPass && holdsVersion(source, source.base + 1)) passHeld(source);
  dropPassedLanes(source);
}

/** Looks through all entries once, not once for each version. */
function passHeld(source: Source): void {
  const beyond: number[] = [];
  eachVersion(source, (version) => {
    if (version > source.base) beyond.push(version);
  });
  for (const version of beyond.sort((a, b) => a - b)) {
    if (version > source.base + 1) return;
    source.base = version;
  }
}

/**
 * When every lane is ahead of the base, the base follows the slowest. The lane of cards is one of
 * them, so up to there all lanes are known.
 */
function promoteBase(source: Source): void {
  const { ahead, record } = source;
  if (ahead === undefined || record === undefined) return;
  let slowest = ahead.get(CARD_LANE) ?? 0;
  for (const slot of record.slots) {
    if (slowest <= source.base) return;
    const card = slot?.card;
    if (slot !== undefined && card === undefined) return;
    if (card) slowest = Math.min(slowest, ahead.get(card.priority) ?? 0);
  }
  source.base = Math.max(source.base, slowest);
}

function dropPassedLanes(source: Source): void {
  if (source.ahead === undefined) return;
  for (const [lane, mark] of source.ahead) {
    if (mark <= source.base) source.ahead.delete(lane);
  }
  if (source.ahead.size === 0) source.ahead = undefined;
}
