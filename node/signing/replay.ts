// Remembers what was received lately, so that nothing counts twice. Bounded: what there is no room
// to remember is refused by its time.

/** Of the tolerance, to either side of now; what is forgotten goes a slot at a time. */
const SLOTS_PER_TOLERANCE = 4;
/** Or else a flood would close a long slot, which is the present one, for as long as it lasts. */
const MAX_SLOT_MS = 30_000;
/** Some 3 MB; at 2 minutes of tolerance 270 messages a second, more than a node is ever sent. */
const CAPACITY = 65_536;

export interface ReplayMemory {
  /**
   * Whether it is fresh; remembers it then. `nonce` has 8 bytes, of which 53 bits count. Call it
   * only with what is proven and within the tolerance: strangers must not fill the memory.
   */
  take(nonce: Uint8Array, timeMs: number, nowMs: number): boolean;
  /** Messages remembered. */
  size(): number;
}

/**
 * Nonces by the time that their message names: once that is out of tolerance, its slot goes. When
 * there are too many, the oldest slot goes, and so a flood leaves the messages of now their way in.
 */
export function createReplayMemory(toleranceMs: number, capacity = CAPACITY): ReplayMemory {
  const slotMs = Math.max(1, Math.min(MAX_SLOT_MS, toleranceMs / SLOTS_PER_TOLERANCE));
  const slots = new Map<number, Set<number>>();
  let size = 0;
  /** The first slot that is remembered in full. */
  let floor = Number.NEGATIVE_INFINITY;
  const drop = (slot: number): void => {
    size -= slots.get(slot)?.size ?? 0;
    slots.delete(slot);
  };
  return {
    take(nonce, timeMs, nowMs) {
      const oldest = Math.floor((nowMs - toleranceMs) / slotMs);
      for (const slot of slots.keys()) if (slot < oldest) drop(slot);
      const slot = Math.floor(timeMs / slotMs);
      if (slot < floor) return false;
      const known = slots.get(slot) ?? new Set();
      const name = numberOf(nonce);
      if (known.has(name)) return false;
      slots.set(slot, known.add(name));
      size++;
      if (size > capacity) {
        const first = Math.min(...slots.keys());
        drop(first);
        floor = first + 1;
      }
      return true;
    },
    size: () => size,
  };
}

/** Of 64 random bits those that a number holds: in a full memory two share them once in 2^22. */
function numberOf(nonce: Uint8Array): number {
  const view = new DataView(nonce.buffer, nonce.byteOffset, nonce.length);
  return (view.getUint32(0) & 0x1fffff) * 2 ** 32 + view.getUint32(4);
}
