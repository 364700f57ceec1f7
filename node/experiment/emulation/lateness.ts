// How late the event loop is: a beat that says by how much it came late. A few a second add next to
// nothing to what a node costs, where the runtime's own monitor would double it.

export interface Lateness {
  /** The worst so far, and the 99th percentile, ms. */
  worstMs(): number;
  p99Ms(): number;
  stop(): void;
}

/** Beats remembered: the last minutes. */
const KEPT = 1_000;

/** `onBeat` is called at each. */
export function watchLateness(beatMs: number, onBeat: () => void = () => {}): Lateness {
  const late: number[] = [];
  let worstMs = 0;
  let dueAt = performance.now() + beatMs;
  let timer = setTimeout(beat, beatMs);

  function beat(): void {
    const now = performance.now();
    const lateMs = Math.max(0, now - dueAt);
    worstMs = Math.max(worstMs, lateMs);
    late.push(lateMs);
    if (late.length > KEPT) late.shift();
    dueAt = now + beatMs;
    timer = setTimeout(beat, beatMs);
    onBeat();
  }

  return {
    worstMs: () => worstMs,
    p99Ms() {
      const sorted = [...late].sort((a, b) => a - b);
      return sorted[Math.ceil(sorted.length * 0.99) - 1] ?? 0;
    },
    stop: () => clearTimeout(timer),
  };
}
