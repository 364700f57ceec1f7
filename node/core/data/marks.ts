// How far a view of a member reaches: marks rise only where nothing is missing below them.

import { CARD_LANE, eachVersion, holdsVersion, markOf, type Run, type Source } from './source.ts';

/**
 * Raises the marks as far as the run proves: only from where we already are without a gap.
 * Returns whether `watermark` moved.
 */
export function raiseMarks(source: Source, run: Omit<Run, 'entries'>): boolean {
  const before = source.watermark;
  raiseMark(source, run);
  settleMarks(source);
  return source.watermark !== before;
}

/**
 * The mark of the run's own lanes alone; what follows from it is for `settleMarks`. Returns whether
 * a mark rose.
 */
export function raiseMark(source: Source, run: Omit<Run, 'entries'>): boolean {
  if (run.lane === undefined) {
    if (run.from <= source.watermark && run.to > source.watermark) {
      source.watermark = run.to;
      return true;
    }
  } else if (run.from <= markOf(source, run.lane) && run.to > markOf(source, run.lane)) {
    source.laneWatermarks ??= new Map();
    source.laneWatermarks.set(run.lane, run.to);
    return true;
  }
  return false;
}

/**
 * Looks at all slots, so once for all runs of a member that came together. `areHeld`: nothing was
 * stored and the watermark is as it was, so that the version after it is not held.
 */
export function settleMarks(source: Source, areHeld = false): void {
  const before = source.watermark;
  promoteBase(source);
  // Versions have no gaps: who holds the next one lacks nothing up to it.
  const mayPass = !areHeld || source.watermark !== before;
  if (mayPass && holdsVersion(source, source.watermark + 1)) passHeld(source);
  dropPassedLanes(source);
}

/** Looks through all entries once, not once for each version. */
function passHeld(source: Source): void {
  const beyond: number[] = [];
  eachVersion(source, (version) => {
    if (version > source.watermark) beyond.push(version);
  });
  for (const version of beyond.sort((a, b) => a - b)) {
    if (version > source.watermark + 1) return;
    source.watermark = version;
  }
}

/**
 * When every lane is ahead of the watermark, it follows the slowest. The lane of cards is one of
 * them, so up to there all lanes are known.
 */
function promoteBase(source: Source): void {
  const { laneWatermarks, record } = source;
  if (laneWatermarks === undefined || record === undefined) return;
  let slowest = laneWatermarks.get(CARD_LANE) ?? 0;
  for (const slot of record.slots) {
    if (slowest <= source.watermark) return;
    const card = slot?.card;
    if (slot !== undefined && card === undefined) return;
    if (card) slowest = Math.min(slowest, laneWatermarks.get(card.priority) ?? 0);
  }
  source.watermark = Math.max(source.watermark, slowest);
}

function dropPassedLanes(source: Source): void {
  if (source.laneWatermarks === undefined) return;
  for (const [lane, mark] of source.laneWatermarks) {
    if (mark <= source.watermark) source.laneWatermarks.delete(lane);
  }
  if (source.laneWatermarks.size === 0) source.laneWatermarks = undefined;
}
