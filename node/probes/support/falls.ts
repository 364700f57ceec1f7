// Counters that should only rise, and fall: once after a restart or a wrap, for ever where a driver
// or a hypervisor miscounts. One that falls must not silence those that do not.

export interface Falls {
  /** Names of the counters that fell since the last call. */
  note(names: readonly string[], nowMs: number): void;
  /** None fell within the last half minute, as is nearly always so. */
  readonly isEmpty: boolean;
  /** Fell within the last half minute, so that its rises are not to be believed either. */
  isRecent(name: string): boolean;
  /** Fell this time and the time before. */
  isRepeated(name: string): boolean;
  /** Fell so many times in a row that it is no accident, in the order in which they began. */
  lasting(): readonly string[];
}

const RECENT_MS = 30_000;
const LASTING = 5;

export function createFalls(): Falls {
  const falls = new Map<string, { readonly inRow: number; readonly atMs: number }>();
  let last: readonly string[] = [];
  return {
    note(names, nowMs) {
      if (names.length === 0 && falls.size === 0) return;
      for (const [name, { atMs }] of falls) if (nowMs - atMs >= RECENT_MS) falls.delete(name);
      for (const name of names) {
        const inRow = last.includes(name) ? (falls.get(name)?.inRow ?? 0) + 1 : 1;
        falls.set(name, { inRow, atMs: nowMs });
      }
      last = names;
    },
    get isEmpty() {
      return falls.size === 0;
    },
    isRecent: (name) => falls.has(name),
    isRepeated: (name) => last.includes(name) && (falls.get(name)?.inRow ?? 0) > 1,
    lasting: () => [...falls].flatMap(([name, { inRow }]) => (inRow >= LASTING ? name : [])),
  };
}
