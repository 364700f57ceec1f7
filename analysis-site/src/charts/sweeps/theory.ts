// What the theory of push-pull gossip promises, to draw beside what was measured.

/**
 * Rounds until all of `nodes` know an update when each exchanges with `peers` others a round and
 * a share `loss` of the exchanges fails: first growth to almost all, then the last few. NaN where
 * nothing spreads.
 */
export function pushPullRounds(nodes: number, peers: number, loss = 0): number {
  if (nodes < 2 || peers < 1 || loss >= 1) return Number.NaN;
  const fanout = Math.min(peers, nodes - 1);
  const growth = Math.log(nodes) / Math.log(1 + 2 * fanout * (1 - loss));
  const tail =
    loss > 0
      ? Math.log(nodes) / (fanout * (1 - loss + Math.log(1 / loss)))
      : Math.log(Math.log(nodes)) / Math.log(1 + fanout);
  // Two nodes need one round; the tail's double logarithm is below 0 for them.
  return Math.max(1, growth + tail);
}
