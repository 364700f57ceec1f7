// Which generations a node can have in honesty. They begin with the wall clock of a start and grow
// by ones, so a number far beyond every clock is a forgery, or its owner's clock is broken. It is
// refused, for no node could outbid the largest number that there is; the limit moves on.

/** 2026-11-01. A clock that says less has lost its time; a release may raise it. */
const RELEASED_AT_MS = 1_793_491_200_000;
/**
 * Ten years. Honest clocks are wrong by time zones, by a year mistyped, or by all the years that a
 * machine was off; none of these may part a node from its peers. More gains nothing.
 */
export const GENERATION_LEAD_MS = 315_576_000_000;

/** The highest generation to believe; without a clock the program's own age has to do. */
export const highestGeneration = (wallMs: number | undefined): number =>
  Math.max(wallMs ?? 0, RELEASED_AT_MS) + GENERATION_LEAD_MS;

/**
 * For a new run after the one that a store knows of. Nobody believed a generation of a clock that
 * was far ahead, so once the clock is mended it counts no more.
 */
export function nextGeneration(stored: number | undefined, wallMs: number): number {
  const now = Math.floor(wallMs);
  const next = (stored ?? 0) + 1;
  return next > highestGeneration(now) ? now : Math.max(next, now);
}

interface Run {
  readonly generation: number;
}

/** Whether what is stored is of a later run than what is to be; not where its clock was wrong. */
export const isLaterRun = (stored: Run, run: Run): boolean =>
  stored.generation > run.generation && stored.generation - run.generation <= GENERATION_LEAD_MS;
