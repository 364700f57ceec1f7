// How long a suspect may stay silent before it is declared dead: timer mathematics alone.

/** Independent confirmers that bring the time down to its minimum (Lifeguard's K). */
export const CONFIRMATIONS = 3;

/**
 * Lifeguard's suspicion timeout (Dadgar, Phillips, Currey 2017, section IV-B): starts at the
 * maximum and falls with the logarithm of independent confirmations. All in ms.
 */
export function suspicionTimeoutMs(
  minMs: number,
  maxMs: number,
  confirmers: number,
  members: number,
): number {
  // Accused and confirmer cannot confirm; in a cluster of two nobody can, so do not wait for it.
  const possible = Math.min(CONFIRMATIONS, Math.max(0, members - 2));
  if (possible === 0) return minMs;
  const confirmations = Math.min(Math.max(0, confirmers - 1), possible);
  const share = Math.log(confirmations + 1) / Math.log(possible + 1);
  return Math.max(minMs, maxMs - (maxMs - minMs) * share);
}
