// How much of the cluster each node knows, until all know all.

export interface Convergence {
  /** Returns whether that made the node's view full for the first time. */
  told(viewer: number, owner: number, metric: number, at: number): boolean;
  /** Other nodes of which the viewer holds any value; the dead keep theirs. */
  known(viewer: number): number;
  /** When it first held every value of every other; a later restart does not take it back. */
  fullViewAt(viewer: number): number | null;
  /** Whether it holds everything that all others told since their last start; true of nodes that
   * do not count. */
  isFull(viewer: number): boolean;
  /** When the last of the nodes had a full view; null before. */
  fullAt(): number | null;
  /** A node that starts anew knows nothing, and nobody has heard of its new life. */
  restarted(node: number): void;
}

/** `watched` are the nodes that count; all of them in clusters of ordinary size. */
export function createConvergence(
  nodes: number,
  metrics: number,
  watched: readonly number[],
): Convergence {
  const width = nodes * metrics;
  const row = new Map(watched.map((viewer, index) => [viewer, index]));
  /** Of the present lives, by watched viewer, owner and metric. */
  const held = new Uint8Array(watched.length * width);
  const counts = new Uint32Array(watched.length);
  /** Of any life, by watched viewer and owner. */
  const met = new Uint8Array(watched.length * nodes);
  const owners = new Uint32Array(watched.length);
  const fullAt: (number | null)[] = watched.map(() => null);
  /** Values of all others; one's own are no news. */
  const wanted = (nodes - 1) * metrics;
  let missing = watched.length;
  let lastAt: number | null = null;

  const increase = (list: Uint32Array, index: number): number => {
    const next = (list[index] as number) + 1;
    list[index] = next;
    return next;
  };
  /** What the viewer held of one owner, or of all, is gone. */
  const drop = (index: number, from: number, to: number): void => {
    const span = held.subarray(index * width + from, index * width + to);
    counts[index] = (counts[index] as number) - span.reduce((sum, one) => sum + one, 0);
    span.fill(0);
  };

  return {
    told(viewer, owner, metric, at) {
      const index = row.get(viewer);
      if (index === undefined || owner === viewer) return false;
      const place = index * width + owner * metrics + metric;
      if (held[place] === 1) return false;
      held[place] = 1;
      if (met[index * nodes + owner] === 0) increase(owners, index);
      met[index * nodes + owner] = 1;
      if (increase(counts, index) !== wanted || fullAt[index] !== null) return false;
      fullAt[index] = at;
      missing--;
      if (missing === 0) lastAt ??= at;
      return true;
    },
    known: (viewer) => owners[row.get(viewer) ?? -1] ?? 0,
    fullViewAt: (viewer) => fullAt[row.get(viewer) ?? -1] ?? null,
    isFull: (viewer) => (counts[row.get(viewer) ?? -1] ?? wanted) >= wanted,
    fullAt: () => lastAt,
    restarted(node) {
      for (const [viewer, index] of row) {
        if (viewer !== node) drop(index, node * metrics, (node + 1) * metrics);
        else {
          drop(index, 0, width);
          met.fill(0, index * nodes, (index + 1) * nodes);
          owners[index] = 0;
        }
      }
    },
  };
}
