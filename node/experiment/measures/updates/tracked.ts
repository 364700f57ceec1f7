// One change on its way: which nodes still lack it, when half and all had it, how often it was
// copied.

import type { Fresh, SpreadRow, UpdateRow } from '../../../storage/results/rows.ts';
import { nodeName } from '../names.ts';

export interface Tracked {
  readonly row: Pick<
    UpdateRow,
    'number' | 'owner' | 'metric' | 'priority' | 'version' | 'publishedAtMs'
  >;
  readonly stamp: number;
  readonly place: number;
  /** Among the updates of its priority, from 0. */
  readonly order: number;
  /** 1 for who is still to get it. */
  readonly waiting: Uint8Array;
  wanted: number;
  reached: number;
  copies: number;
  halfMs: number | null;
  allMs: number | null;
  /** Who told whom, where that is recorded. */
  readonly spread: Fresh<SpreadRow>[] | undefined;
}

/** Somebody had it: `viewer` is not waiting any more. */
export function arrive(
  tracked: Tracked,
  viewer: number,
  from: number,
  at: number,
  roundMs: number,
): void {
  tracked.waiting[viewer] = 0;
  tracked.reached++;
  const { number: update, publishedAtMs } = tracked.row;
  // Clocks of several processes differ by parts of a millisecond.
  const afterMs = Math.max(0, at - publishedAtMs);
  const [node, giver] = [nodeName(viewer), nodeName(from)];
  const round = Math.floor(afterMs / roundMs);
  tracked.spread?.push({ update, node, from: giver, afterMs, round });
  noteReach(tracked, afterMs);
}

/** A node died: if it was the last to wait, all that live have the update from now on. */
export function giveUp(tracked: Tracked, node: number, at: number): void {
  if (tracked.waiting[node] !== 1) return;
  tracked.waiting[node] = 0;
  tracked.wanted--;
  noteReach(tracked, at - tracked.row.publishedAtMs);
}

function noteReach(tracked: Tracked, afterMs: number): void {
  if (tracked.reached * 2 >= tracked.wanted) tracked.halfMs ??= afterMs;
  if (tracked.reached >= tracked.wanted) tracked.allMs ??= afterMs;
}

export const updateRowOf = (tracked: Tracked): Fresh<UpdateRow> => {
  const { row, reached, wanted, halfMs, allMs, copies } = tracked;
  return { ...row, reached, wanted, halfMs, allMs, copies };
};
