// Which nodes each real node cannot reach: all on the other side of a partition, and, where nodes
// share a process that cannot fall silent for one of them, those that vanished.

import { addressOf } from '../emulation/setup.ts';
import type { RunSpec } from '../plan/plan.ts';

export interface Cuts {
  /** These are on one side, all others on the other; none: there are no sides. */
  divide(cutOff: readonly number[]): void;
  vanish(node: number): void;
  appear(node: number): void;
  /** Addresses that nothing passes to or from. */
  of(node: number): string[];
}

export function createCuts(spec: RunSpec): Cuts {
  const vanished = new Set<number>();
  let apart: ReadonlySet<number> = new Set();
  return {
    divide(cutOff) {
      apart = new Set(cutOff);
    },
    vanish: (node) => void vanished.add(node),
    appear: (node) => void vanished.delete(node),
    of(node) {
      const others = Array.from({ length: spec.point.nodes }, (_, other) => other);
      return others
        .filter((other) => other !== node)
        .filter((other) => vanished.has(other) || apart.has(other) !== apart.has(node))
        .map((other) => addressOf(spec, other));
    },
  };
}
