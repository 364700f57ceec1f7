// How long a stored value is believed that is not published again.

import type { MetricDefinition } from '../../core/model.ts';
import type { HistoryQuery } from '../../ports.ts';
import type { AppDependencies } from '../access/dependencies.ts';

export interface Holds {
  /** Of one node's metrics, or of all that are known. */
  of(node: string | undefined): Pick<HistoryQuery, 'holdMs' | 'holdsMs'>;
}

/** An owner tells a value anew after refresh / priority; half as much again is long. */
const PATIENCE = 1.5;
/** The way to an observer in a large cluster or through a crowded one, besides its rounds, ms. */
const WAY_MS = 60_000;
/** Definitions change rarely, and strangers may have told very many. */
const LOOK_MS = 10_000;

type Settings = AppDependencies['peers']['settings'];

/** How long a value of a metric holds at most, ms. */
export const holdMsOf = (priority: number, { refreshMs, maxRoundMs }: Settings): number =>
  Math.round((PATIENCE * refreshMs) / priority + 2 * maxRoundMs + WAY_MS);

export function createHolds({
  view,
  clock,
  peers: { settings },
}: Pick<AppDependencies, 'view' | 'clock' | 'peers'>): Holds {
  // A metric that is not told, or no more, is believed as long as the least important one.
  const holdMs = holdMsOf(1, settings);
  let all: ReadonlyMap<string, number> = new Map();
  let lookedAt = Number.NEGATIVE_INFINITY;

  /** Two nodes may give one name different priorities: the longer time breaks no line. */
  const look = (definitions: readonly MetricDefinition[]): Map<string, number> => {
    const found = new Map<string, number>();
    for (const { name, priority } of definitions) {
      found.set(name, Math.max(found.get(name) ?? 0, holdMsOf(priority, settings)));
    }
    return found;
  };
  return {
    of(node) {
      const now = clock.monotonicMs();
      if (node !== undefined) {
        const metrics = view.member(node)?.metrics ?? [];
        return { holdMs, holdsMs: look(metrics.map(({ definition }) => definition)) };
      }
      if (now - lookedAt >= LOOK_MS) {
        all = look(view.definitions());
        lookedAt = now;
      }
      return { holdMs, holdsMs: all };
    },
  };
}
