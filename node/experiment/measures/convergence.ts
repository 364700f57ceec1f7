// How much of the cluster each node knows, until all know all.

export interface Convergence {
  /** Returns whether that made the node's view full. */
  told(viewer: number, owner: number, metric: number, at: number): boolean;
  /** Nodes of which the viewer holds any value. */
  known(viewer: number): number;
  fullViewAt(viewer: number): number | null;
  /** Whether it holds everything now; true of nodes that do not count. */
  isFull(viewer: number): boolean;
  /** When the last of the nodes had a full view; null before. */
  fullAt(): number | null;
  /** A node that starts anew knows nothing. */
  reset(viewer: number): void;
}

/** `watched` are the nodes that count; all of them in clusters of ordinary size. */
export function createConvergence(
  nodes: number,
  metrics: number,
  watched: readonly number[],
): Convergence {
  const width = nodes * metrics;
  const row = new Map(watched.map((viewer, index) => [viewer, index]));
  const held = new Uint8Array(watched.length * width);
  const counts = new Uint32Array(watched.length);
  const owners = new Uint32Array(watched.length);
  const fullAt: (number | null)[] = watched.map(() => null);
  /** Values of all others; one's own are no news. */
  const wanted = (nodes - 1) * metrics;
  let missing = watched.length;
  let lastAt: number | null = null;

  function holdsAny(start: number, owner: number): boolean {
    for (let metric = 0; metric < metrics; metric++) {
      if (held[start + owner * metrics + metric] === 1) return true;
    }
    return false;
  }

  return {
    told(viewer, owner, metric, at) {
      const index = row.get(viewer);
      if (index === undefined || owner === viewer) return false;
      const start = index * width;
      const place = start + owner * metrics + metric;
      if (held[place] === 1) return false;
      if (!holdsAny(start, owner)) owners[index] = (owners[index] as number) + 1;
      held[place] = 1;
      counts[index] = (counts[index] as number) + 1;
      if (counts[index] !== wanted || fullAt[index] !== null) return false;
      fullAt[index] = at;
      missing--;
      if (missing === 0) lastAt ??= at;
      return true;
    },
    known: (viewer) => owners[row.get(viewer) ?? -1] ?? 0,
    fullViewAt: (viewer) => fullAt[row.get(viewer) ?? -1] ?? null,
    isFull: (viewer) => (counts[row.get(viewer) ?? -1] ?? wanted) >= wanted,
    fullAt: () => lastAt,
    reset(viewer) {
      const index = row.get(viewer);
      if (index === undefined) return;
      held.fill(0, index * width, (index + 1) * width);
      counts[index] = 0;
      owners[index] = 0;
    },
  };
}
