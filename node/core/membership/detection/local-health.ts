// Local health (Lifeguard's LHA-Probe): a node that is itself late or cut off waits longer and
// accuses less.

const WORST_SCORE = 8;
/** From here on most of what fails is our own fault, or the network's. */
const UNWELL_SCORE = 4;

export interface LocalHealth {
  /** 0 (well) … 8. */
  score: number;
  /** Last time the event loop was found late, and by how much. */
  lateAt: number;
  lateMs: number;
  /** Share of the own exchanges with the living that brought no answer, smoothed; 0–1. */
  unanswered: number;
}

export const createHealth = (): LocalHealth => ({
  score: 0,
  lateAt: Number.NEGATIVE_INFINITY,
  lateMs: 0,
  unanswered: 0,
});

export function worsen(health: LocalHealth): void {
  health.score = Math.min(WORST_SCORE, health.score + 1);
}

export function improve(health: LocalHealth): void {
  health.score = Math.max(0, health.score - 1);
}

/** Timeouts are multiplied by this. */
export const patience = (health: LocalHealth): number => 1 + health.score;

/** Whether this node had better not be believed, not even by itself. */
export const isUnwell = (health: LocalHealth): boolean => health.score >= UNWELL_SCORE;

/** What one exchange counts in the share of those without an answer. */
const OUTCOME_SHARE = 1 / 8;
/** Beyond it the network loses so much that a question without an answer proves little. */
const LOSSY_SHARE = 1 / 4;

export function recordOutcome(health: LocalHealth, isAnswered: boolean): void {
  health.unanswered += ((isAnswered ? 0 : 1) - health.unanswered) * OUTCOME_SHARE;
}

/** Whether what others asked in vain is to shorten a suspicion. */
export const isLossy = (health: LocalHealth): boolean => health.unanswered > LOSSY_SHARE;

export function recordLateness(health: LocalHealth, lateMs: number, now: number): void {
  health.lateAt = now;
  health.lateMs = lateMs;
  worsen(health);
}

/** A failed probe says nothing when we ourselves did not run while its answer was due. */
export function wasLateSince(health: LocalHealth, since: number): boolean {
  return health.lateAt - health.lateMs >= since || health.lateAt >= since;
}
