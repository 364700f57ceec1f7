// Counters that should only rise, and fall: once after a restart or a wrap, for ever where a driver
// or a hypervisor miscounts. One that falls must not silence those that do not.

export interface Falls {
  /** Names of the counters that fell since the last call. */
  note(names: readonly string[], nowMs: number): void;
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
  let last: ReadonlySet<string> = new Set();
  return {
    note(names, nowMs) {
      for (const [name, { atMs }] of falls) if (nowMs - atMs >= RECENT_MS) falls.delete(name);
      for (const name of names) {
        const inRow = last.has(name) ? (falls.get(name)?.inRow ?? 0) + 1 : 1;
        falls.set(name, { inRow, atMs: nowMs });
      }
      last = new Set(names);
    },
    isRecent: (name) => falls.has(name),
    isRepeated: (name) => last.has(name) && (falls.get(name)?.inRow ?? 0) > 1,
    lasting: () => [...falls].flatMap(([name, { inRow }]) => (inRow >= LASTING ? name : [])),
  };
}
