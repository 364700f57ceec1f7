// Which updates are followed: all while they are few, then every second, fourth, eighth … of each
// priority, so that the sample is spread evenly over the measured time, however busy it is.

import type { Tracked } from './tracked.ts';

/** Followed of each priority at most; when that is reached, every other one is let go. */
const MAX_TRACKED = 500;
/** Updates of each priority whose way is recorded node by node; they are never let go. */
const MAX_SPREADS = 2;

/** Its place among the updates of its priority, for one that is to be followed. */
export interface Turn {
  readonly order: number;
  readonly isSpread: boolean;
}

export interface UpdateSample {
  /** Counts one more update; undefined when it is not to be followed. */
  next(priority: number): Turn | undefined;
  /** Returns those that are not followed any more. */
  keep(tracked: Tracked): Tracked[];
  all(): Tracked[];
}

interface Lane {
  seen: number;
  stride: number;
  kept: Tracked[];
}

export function createUpdateSample(): UpdateSample {
  const lanes = new Map<number, Lane>();
  const laneOf = (priority: number): Lane => {
    const lane = lanes.get(priority) ?? { seen: 0, stride: 1, kept: [] };
    lanes.set(priority, lane);
    return lane;
  };
  return {
    next(priority) {
      const lane = laneOf(priority);
      const order = lane.seen++;
      const isSpread = order < MAX_SPREADS;
      return isSpread || order % lane.stride === 0 ? { order, isSpread } : undefined;
    },
    keep(tracked) {
      const lane = laneOf(tracked.row.priority);
      lane.kept.push(tracked);
      if (lane.kept.length < MAX_TRACKED) return [];
      lane.stride *= 2;
      const stays = ({ order, spread }: Tracked): boolean =>
        spread !== undefined || order % lane.stride === 0;
      const gone = lane.kept.filter((one) => !stays(one));
      lane.kept = lane.kept.filter(stays);
      return gone;
    },
    all: () => [...lanes.values()].flatMap(({ kept }) => kept),
  };
}
